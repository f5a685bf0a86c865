// The search language on a fixed mailbox: what people write, and what they should get, written down by hand; and the
// same as an evaluator that knows no SQL finds, in every way in which the store can answer.
#include <cstdlib>
#include <ctime>
#include <set>
#include <sstream>

#include "tests/store/query_mailbox.h"
#include "tests/store/query_ways.h"
#include "tests/support/test_count.h"

namespace mailmgr::store {
namespace {

struct Asked {
  const char* query;
  const char* ids;  // in any order
};

std::set<std::string> as_set(const std::string& ids) {
  std::istringstream in(ids);
  std::set<std::string> set;
  for (std::string id; in >> id;) set.insert(id);
  return set;
}

// Dates of queries are days of the local calendar.
class InBerlin {
 public:
  InBerlin() {
    if (const char* old = std::getenv("TZ")) old_ = old;
    set("Europe/Berlin");
  }
  ~InBerlin() { old_ ? set(old_->c_str()) : unset(); }

 private:
  static void set(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  static void unset() {
    ::unsetenv("TZ");
    ::tzset();
  }
  std::optional<std::string> old_;
};

constexpr Asked kAsked[] = {
    // Words.
    {"kestrel", "g1 g3 g18 o1 o2 o/g1"},
    {"KESTREL report", "g1 g3 o/g1"},
    {"kestrel -report", "g18 o1 o2"},
    {"kestrel NOT report", "g18 o1 o2"},
    {"kestrels", ""},
    {"kestr", ""},
    {"quick fox", "g1 g3 o/g1"},
    {"\"quick brown\"", "g1 o/g1"},
    {"\"brown quick\"", "g3"},
    {"\"brown fox\" kestrel", "g1 o/g1"},
    {"quick -\"quick brown\"", "g3"},
    {"resume", "g2"},
    {"résumé koln", "g2"},
    {"KÖLN", "g2"},
    {"cafe", "g2"},
    {"café lait", "g2"},
    {"nunez", "g2 g3"},
    {"jose@example.net", "g2 g3"},
    {"grusse", ""},
    {"grüße", "g5"},
    {"hello world", "g5"},
    {"secretstyle", ""},
    {"会議", "g4"},
    {"議会", ""},
    {"日本語", "g4 o4"},
    {"東京", "g4 o11"},
    {"\"東京で会議\"", "g4"},
    {"東京 会議", "g4"},
    {"東京 -会議", "o11"},
    {"invoice", "g6"},
    {"invoice-2026.pdf", "g6"},
    {"pdf", "g6"},
    {"terms", "g6"},
    {"attached 2026", "g6"},
    {"tanaka", "g4"},
    {"lists.example.org", "g5"},
    {"sub.example", "g16"},
    {"oyvind", "g16"},
    {"star*", "g16"},
    {"\"and or not near\"", "g16"},
    {"AND near", "g16"},
    {"well-known", "g16"},
    {"\"well known\"", "g16"},
    {"known-well", ""},
    {"a_b", "g16"},
    {"10:30", "g16"},
    {"kestrel !! report", "g1 g3 o/g1"},
    {"kestrel -> report", "g1 g3 o/g1"},
    {"kestrel & report", "g1 g3 o/g1"},
    {"kestrel \"...\" -\"!\" report", "g1 g3 o/g1"},
    {"is:starred &", "g10 o3"},
    {"\"!!\"", ""},
    {"%", ""},
    {"(!! \xE2\x80\xA6) plan", "o3 o4"},
    {"kestrel OR plan", "g1 g3 g18 o1 o2 o/g1 o3 o4"},
    {"{kestrel plan} -report", "g18 o1 o2 o4"},
    {"kestrel report OR budget", "g1 g3 o2 o/g1"},
    {"(kestrel report) OR budget", "g1 g3 o2 o/g1"},
    {"kestrel (report OR budget OR offers)", "g1 g3 o1 o2 o/g1"},
    {"-(kestrel OR plan) is:unread", ""},
    {"NOT (NOT kestrel)", "g1 g3 g18 o1 o2 o/g1"},
    // Fields of text.
    {"subject:kestrel", "g1 g3 o1 o/g1"},
    {"subject:(kestrel report)", "g1 g3 o/g1"},
    {"subject:\"report kestrel\"", ""},
    {"subject:(offers OR figures)", "o1 o2 o6"},
    {"subject:(kestrel -report)", "o1"},
    {"subject:fox", ""},
    {"body:fox", "g1 g3 o/g1"},
    {"body:kestrel", ""},
    {"body:world", "g5"},
    {"body:(quick brown) subject:re", "g3"},
    {"filename:pdf", "g6"},
    {"filename:invoice", "g6"},
    {"filename:本語", "o4"},
    {"filename:(pdf OR txt)", "g6 o4"},
    {"-filename:pdf has:attachment", "o4"},
    {"kestrel body:fox", "g1 g3 o/g1"},
    // People.
    {"from:ada@example.org", "g1 g6 g10 g11 g12 g13 g14 g15 g16 g17 g18 o2 o3 o4 o5 o/g1 o11"},
    {"from:lovelace subject:kestrel", "g1 o/g1"},
    {"from:ADA@ subject:kestrel", "g1 o/g1"},
    {"from:\"Ada Lovelace <ada@example.org>\" subject:figures", "o2"},
    {"from:<ada@example.org> subject:figures", "o2"},
    {"from:@example.org subject:kestrel", "g1 g3 o/g1"},
    {"from:example.org subject:kestrel", "g1 g3 o1 o/g1"},
    {"from:jose", "g2"},
    {"from:José", "g2"},
    {"from:nunez", "g2"},
    {"from:@example.net", "g2"},
    {"to:jose", "g3"},
    {"to:bob@example.com", "g9"},
    {"cc:oyvind", "g16"},
    {"cc:@sub.example.org", "g16"},
    {"cc:Øyvind", "g16"},
    {"bcc:secret@example.net", "g9"},
    {"bcc:hidden", "g9"},
    {"to:secret@example.net", ""},
    {"from:{jose tanaka}", "g2 g4"},
    {"from:(jose OR tanaka) -in:inbox", "g4"},
    {"from:nobody", ""},
    {"from:\"<\"", ""},
    {"-from:ada@ -from:me@", "g2 g4 g5 o1"},
    {"list:announce", "g5"},
    {"list:announce.lists.example.org", "g5"},
    {"list:<announce.lists.example.org>", "g5"},
    {"list:other", ""},
    {"domain:example.net", "g2 g3 g9"},
    {"domain:@Example.NET", "g2 g3 g9"},
    {"domain:jp", "g4"},
    {"domain:sub.example.org", "g16"},
    {"domain:evil.example", "o1"},
    {"domain:example.org account:home", "o2 o3 o4 o5 o6 o9 o/g1 o11"},
    // Places.
    {"in:sent", "g3 o6"},
    {"is:sent", "g3 o6"},
    {"label:sent", "g3 o6"},
    {"in:drafts", "g9 o9"},
    {"is:draft", "g9 o9"},
    {"in:inbox account:home", "o1 o11"},
    {"in:Posteingang", "o1 o11"},
    {"in:inbox/* account:home", "o1 o11 o/g1"},
    {"in:Posteingang/Team", "o/g1"},
    {"in:archive", "g4 g16 g17 o2"},
    {"in:archive/*", "o2"},
    {"in:archiv", "o2"},
    {"in:spam", "g7 o7"},
    {"in:trash", "g8 o8"},
    {"in:SPAM kestrel", "g7"},
    {"kestrel in:trash", "g8"},
    {"in:anywhere kestrel", "g1 g3 g7 g8 g18 o1 o2 o/g1"},
    {"in:anywhere lawyer", "o1 o8"},
    {"in:(spam OR trash)", "g7 g8 o7 o8"},
    {"in:junk", ""},  // by its own name a folder of spam is still left out
    {"label:work", "g2 g18"},
    {"label:WORK", "g2 g18"},
    {"label:work/*", "g2 g6 g18"},
    {"label:\"work/old plans\"", "g6"},
    {"label:work-old-plans", "g6"},
    {"label:\"work/old*\"", ""},
    {"label:red", "o1 o2"},
    {"label:büro", "g16 o2"},
    {"label:BÜRO account:home", "o2"},
    {"label:(red OR work)", "g2 g18 o1 o2"},
    {"label:red label:büro", "o2"},
    {"label:important", "g12"},
    {"in:projects", "o5"},
    {"in:\"Projects/2026\"", "o3"},
    {"in:projects-2026", "o3"},
    {"in:Projects/2026/Alpha", "o4"},
    {"in:projects/*", "o3 o4 o5"},
    {"in:projects/2026/*", "o3 o4"},
    {"in:projects/* -in:projects", "o3 o4"},
    {"in:nowhere", ""},
    {"-in:inbox -in:sent account:work", "g4 g9 g16 g17"},
    // Marks, sizes, notes.
    {"is:unread", "g1 o1"},
    {"is:unread in:anywhere", "g1 g7 o1"},
    {"is:starred", "g10 o3"},
    {"is:read is:starred", "g10 o3"},
    {"is:todo", "g18 o2 o3"},
    {"is:todo -has:note", "o3"},
    {"is:todo account:home", "o2 o3"},
    {"has:note", "g18 o1 o2 o11"},
    {"has:note in:anywhere", "g18 o1 o2 o7 o11"},
    {"has:note is:unread", "o1"},
    {"note:kestrel", "g18 o2"},
    {"note:\"kestrel budget\"", "o2"},
    {"note:(kestrel -budget)", "g18"},
    {"note:東京", "o11"},
    {"note:muller", "o11"},
    {"note:offers", ""},
    {"kestrel lawyer", "o1"},  // one word in the mail, one in the note
    {"lawyer", "o1"},
    {"offers -lawyer", ""},
    {"slides OR budget", "g18 o2"},
    {"\"kestrel slides\" is:todo", "g18"},
    {"anrufen muller", "o11"},
    {"-kestrel is:todo", "o3"},
    {"has:attachment", "g6 o4"},
    {"has:attachments -filename:txt", ""},
    {"larger:4096", "g11"},
    {"larger:4095 subject:bound", "g10 g11"},
    {"smaller:4096 subject:bound", "g12"},
    {"smaller:4097 subject:bound", "g10 g12"},
    {"larger:4K", "g11"},
    // Dates.
    {"after:2026-02-01 subject:midnight", "g14 g15"},
    {"before:2026-02-01 subject:midnight", "g13"},
    {"after:2026-02-01 before:2026-02-02 midnight", "g14"},
    {"after:2026/02/01 before:2026/02/02", "g14"},
    {"after:2026-02-02 midnight", "g15"},
    {"after:2026-01-31T23:00:00Z midnight", "g15 g14"},
    {"before:2026-01-31T22:59:59.999Z midnight", ""},
    {"newer_than:2d", "g1 g2 g3 g13 g14 g15"},
    {"older_than:25d", "o9 o/g1 o11"},
    {"older_than:26d kestrel", "o/g1"},
    {"older_than:4w", ""},
    // Ids.
    {"id:1", "g1"},
    {"id:99999", ""},
    {"{id:1 id:2} fox", "g1"},
    {"thread:t1", "g1 g2 g3 o3"},
    {"thread:t1 account:work", "g1 g2 g3"},
    {"thread:T1", ""},
    {"rfc822msgid:g1@mid.example", "g1 o/g1"},
    {"rfc822msgid:<g1@mid.example> account:me@EXAMPLE.com", "o/g1"},
    {"account:work is:unread", "g1"},
    {"account:Work", ""},
    {"-account:work is:unread", "o1"},
};

}  // namespace

TEST_CASE_FIXTURE(QueryMailbox, "the search language finds what is written down, and nothing else") {
  const InBerlin zone;
  CHECK(std::size(kAsked) >= 150);
  for (const auto& [text, ids] : kAsked) {
    CAPTURE(text);
    const auto query = query::parse(text, at(kNoon));
    REQUIRE_MESSAGE(query.has_value(), query.error().message);
    CAPTURE(query::to_string(query->root));
    const auto found = find(text);
    CHECK(as_set(found) == as_set(ids));
    CHECK(found == ids_of(expected(*query)));
  }
}

TEST_CASE_FIXTURE(QueryMailbox, "every way of answering gives the same, whole and page by page, and by threads") {
  const InBerlin zone;
  const QueryWays ways(*this);
  // A part of them in `./dev test`, which runs slowly sanitized.
  const auto step = static_cast<std::size_t>(test::test_count(4, 1) > 1 ? 4 : 1);
  for (std::size_t i = 0; i < std::size(kAsked); i += step) {
    CAPTURE(kAsked[i].query);
    ways.check(*query::parse(kAsked[i].query, at(kNoon)));
  }
}

TEST_CASE_FIXTURE(QueryMailbox, "who searches for words of notes hears how that is answered") {
  const auto method = [&](const std::string& text, Order order = Order::date) {
    const auto how = reader().explain(*query::parse(text, at(kNoon)), {.order = order}, names);
    REQUIRE(how);
    return how->method + " " + std::to_string(how->steps.size());
  };
  CHECK(method("in:anywhere is:unread").starts_with("date"));
  CHECK(method("in:inbox is:unread").starts_with("set"));
  CHECK(method("in:archiv").starts_with("folder"));
  CHECK(method("from:ada").starts_with("set"));
  CHECK(method("fox").starts_with("words"));
  CHECK(method("fox", Order::relevance).starts_with("relevance"));
  const auto how = reader().explain(*query::parse("kestrel", at(kNoon)), {}, names);
  CHECK(how->steps.back() == "2 messages with the words in a note are looked at apart");
}

TEST_CASE_FIXTURE(QueryMailbox, "by relevance, what a person wrote about comes first") {
  const auto found = find("kestrel", {.order = Order::relevance});
  CHECK(found.starts_with("g18 o2 "));
  CHECK(as_set(found) == as_set("g1 g3 g18 o1 o2 o/g1"));
}

}  // namespace mailmgr::store
