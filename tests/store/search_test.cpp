#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

struct Gmail : MailFixture {
  Gmail() { gmail_folders(account); }

  void store_with(const std::string& id, const std::function<void(NewMessage&)>& change) {
    NewMessage message = make({.id = id});
    change(message);
    REQUIRE(sync().store_messages(account, {&message, 1}, at(kNoon)));
  }
};

TEST_CASE_FIXTURE(Gmail, "free words are found in subjects, names, addresses, bodies and file names") {
  store({.id = "subject", .subject = "Kestrel report", .received = kNoon + 5});
  store({.id = "body", .body = "a kestrel was seen", .received = kNoon + 4});
  store({.id = "address", .from = "x@kestrel.example", .received = kNoon + 3});
  store({.id = "file", .received = kNoon + 2, .files = {"kestrel.pdf"}});
  store({.id = "none", .body = "kestrels", .received = kNoon + 1});
  CHECK(find("KESTREL") == "subject body address file");
  CHECK(find("subject:kestrel") == "subject");
  CHECK(find("body:kestrel") == "body");
  CHECK(find("filename:kestrel") == "file");
  CHECK(find("filename:kestrel.pdf") == "file");
  CHECK(find("lovelace none") == "");
  CHECK(find("kestrel seen") == "body");
  CHECK(find("kestrel -seen") == "subject address file");
  CHECK(find("kestrel -(seen OR report)") == "address file");
  CHECK(find("-kestrel") == "none");
  CHECK(find("seen OR report") == "subject body");
}

TEST_CASE_FIXTURE(Gmail, "phrases, accents, capitals and CJK characters") {
  store({.id = "m", .subject = "Grüße aus Köln", .body = "the quick brown fox\nwrote 日本語テスト"});
  CHECK(find("\"quick brown\"") == "m");
  CHECK(find("\"brown quick\"").empty());
  CHECK(find("brown quick") == "m");
  CHECK(find("koln GRÜSSE").empty());
  CHECK(find("köln grusse").empty());
  CHECK(find("KOLN") == "m");
  CHECK(find("本語") == "m");
  CHECK(find("語本").empty());
}

TEST_CASE_FIXTURE(Gmail, "attack 72: nothing in a query is an operator of SQLite's") {
  store({.id = "m", .subject = "a NEAR b", .body = "quote \" star* AND or NOT colon: caret^ (paren)"});
  for (const auto* text : {"near", "\"AND\"", "star*", "caret^", "\"quote\"", "sub'ject NOT near", "a--", "m.id=1",
                           "\"subject : near\"", "body:'star'", "\"+\" quote", "%", "_"}) {
    CAPTURE(text);
    (void)find(text);  // no error
  }
  CHECK(find("near") == "m");
  CHECK(find("star*") == "m");
  CHECK(find("quote \"!!\"") == "m");  // punctuation alone asks for nothing
  CHECK(find("sta").empty());          // whole words only
  CHECK(find("subject:caret").empty());
}

TEST_CASE_FIXTURE(Gmail, "people are found by part of a name or address, by address and by domain") {
  store({.id = "ada", .from = "ada@example.org", .received = kNoon + 3});
  store({.id = "spoof", .from = "eve@example.org.evil.example", .received = kNoon + 2});
  store_with("name", [](NewMessage& m) {
    m.received = at(kNoon + 1);
    m.parsed.from = {{"Øyvind ada@example.org", "eve@evil.example"}};
    m.parsed.cc = {{"Bob", "Bob@Sub.Example.Org"}};
    m.parsed.bcc = {{"", "hidden@example.net"}};
    m.parsed.list_id = "announce.lists.example.org";
  });
  CHECK(find("from:ADA") == "ada spoof name");  // Ada Lovelace is everybody's name in these
  CHECK(find("from:ada@example.org") == "ada");
  CHECK(find("from:@example.org") == "ada");
  CHECK(find("from:ada@") == "ada");
  CHECK(find("from:øYVIND") == "name");
  CHECK(find("to:bob@example.com") == "ada spoof name");
  CHECK(find("cc:bob") == "name");
  CHECK(find("to:sub.example.org").empty());
  CHECK(find("bcc:hidden") == "name");
  CHECK(find("list:announce") == "name");
  CHECK(find("domain:example.org") == "ada name");
  CHECK(find("domain:evil.example") == "spoof name");
  CHECK(find("from:nobody").empty());
  CHECK(find("-from:@example.org") == "spoof name");
}

TEST_CASE_FIXTURE(Gmail, "an accent in an address makes it another's, and nobody can pose as a domain by one") {
  store({.id = "bank", .from = "service@paypal.example"});
  store({.id = "evil", .from = "service@pàypal.example"});
  CHECK(find("from:@paypal.example") == "bank");
  CHECK(find("domain:paypal.example") == "bank");
  CHECK(find("from:service@paypal.example") == "bank");
  CHECK(find("from:@pàypal.example") == "evil");
  CHECK(find("from:lovelacé") == "evil bank");  // in a name it is no matter
}

TEST_CASE_FIXTURE(Gmail, "labels and folders by name, role or id, whatever their case") {
  store({.id = "inbox", .labels = {"INBOX", "L1"}, .received = kNoon + 5});
  store({.id = "sent", .labels = {"SENT", "L2"}, .received = kNoon + 4});
  store({.id = "archive", .labels = {"L3", "IMPORTANT"}, .received = kNoon + 3});
  store({.id = "draft", .labels = {"DRAFT"}, .received = kNoon + 2, .draft = true});
  CHECK(find("in:inbox") == "inbox");
  CHECK(find("label:inbox") == "inbox");
  CHECK(find("is:sent") == "sent");
  CHECK(find("in:drafts") == "draft");
  CHECK(find("is:draft") == "draft");
  CHECK(find("in:archive") == "archive");
  CHECK(find("label:WORK") == "inbox");  // and not what is under it
  CHECK(find("label:work/old-plans") == "sent");
  CHECK(find("label:work-old-plans") == "sent");
  CHECK(find("label:BÜRO") == "archive");
  CHECK(find("label:important") == "archive");
  CHECK(find("label:nowhere").empty());
  CHECK(find("-label:work") == "sent archive draft");
  CHECK(find("in:inbox OR in:archive") == "inbox archive");
}

TEST_CASE_FIXTURE(Gmail, "spam and trash are left out unless the query reaches them") {
  store({.id = "ham", .received = kNoon + 3});
  store({.id = "spam", .labels = {"SPAM"}, .received = kNoon + 2});
  store({.id = "trash", .labels = {"TRASH"}, .received = kNoon + 1});
  CHECK(find("subject") == "ham");
  CHECK(find("") == "ham");
  CHECK(find("in:spam") == "spam");
  CHECK(find("in:trash subject") == "trash");
  CHECK(find("in:anywhere") == "ham spam trash");
  CHECK(find("in:anywhere subject") == "ham spam trash");
}

TEST_CASE_FIXTURE(Gmail, "marks, sizes, dates and ids") {
  store({.id = "a", .body = std::string(5000, 'x'), .received = kNoon, .unread = true, .files = {"a.pdf"}});
  store({.id = "b", .thread = "t", .received = kNoon - 86'400, .starred = true});
  store({.id = "c", .thread = "t", .received = kNoon - 2 * 86'400});
  CHECK(find("is:unread") == "a");
  CHECK(find("is:read") == "b c");
  CHECK(find("is:starred") == "b");
  CHECK(find("has:attachment") == "a");
  CHECK(find("larger:4K") == "a");
  CHECK(find("smaller:4K") == "b c");
  CHECK(find("after:2026-01-30T12:00:00Z") == "a b");
  CHECK(find("before:2026-01-30T12:00:00Z") == "c");
  CHECK(find("after:2026-01-30T00:00:00Z before:2026-01-31T00:00:00Z") == "b");
  CHECK(find("subject before:2026-01-31T00:00:00Z after:2026-01-30T00:00:00Z") == "b");
  CHECK(find("thread:t") == "b c");
  CHECK(find("id:1") == "a");
  CHECK(find("id:999").empty());
  CHECK(find("rfc822msgid:b@example.org") == "b");
  CHECK(find("rfc822msgid:<c@example.org>") == "c");
}

TEST_CASE_FIXTURE(Gmail, "accounts are chosen by the selection and by account: terms") {
  gmail_folders(AccountId(2));
  store({.id = "one", .received = kNoon + 1});
  store(AccountId(2), {.id = "two"});
  CHECK(find("") == "one two");
  CHECK(find("", {.accounts = {AccountId(2)}}) == "two");
  CHECK(find("account:work") == "one");
  CHECK(find("account:ME@example.com") == "two");
  CHECK(find("account:Work").empty());  // names are exact
  CHECK(find("-account:work subject") == "two");
  CHECK(find("in:inbox") == "one two");
}

TEST_CASE_FIXTURE(Gmail, "words and conditions mix in any nesting") {
  store({.id = "a", .labels = {"INBOX", "L1"}, .body = "apple", .received = kNoon + 3});
  store({.id = "b", .body = "pear", .from = "bob@example.net", .received = kNoon + 2, .unread = true});
  store({.id = "c", .body = "apple pear", .received = kNoon + 1, .starred = true});
  CHECK(find("apple OR is:unread") == "a b c");
  CHECK(find("pear (is:unread OR label:work)") == "b");
  CHECK(find("(apple is:starred) OR from:bob") == "b c");
  CHECK(find("-(apple OR is:unread)").empty());
  CHECK(find("-(apple is:starred)") == "a b");
  CHECK(find("NOT (NOT apple)") == "a c");
  CHECK(find("-apple -from:ada@") == "b");
  CHECK(find("(apple pear) OR (label:work apple)") == "a c");
}

TEST_CASE_FIXTURE(Gmail, "a query that is nested too deeply is refused, a long one is answered") {
  store({.id = "m", .body = "apple"});
  std::string deep = "apple";
  for (int i = 0; i < 60; ++i) deep = i % 2 == 0 ? "-(is:read " + deep + ")" : "(is:unread OR " + deep + ")";
  const auto query = query::parse(deep, at(kNoon));
  REQUIRE(query);
  const auto searched = reader().search(*query, {}, {}, [](const MessageRow&) { return true; });
  if (!searched) CHECK(searched.error().code == Code::usage);

  std::string wide = "from:nobody";
  for (int i = 0; i < 3000; ++i) wide += " OR from:x" + std::to_string(i);
  CHECK(find(wide).empty());
  std::string words = "apple";
  for (int i = 0; i < 5000; ++i) words += " apple";
  CHECK(find(words) == "m");
}

TEST_CASE_FIXTURE(Gmail, "deleted messages are not found, and their place is not used again") {
  store({.id = "a", .body = "apple"});
  apply("mailbox", {gone("a")});
  CHECK(find("apple").empty());
  store({.id = "b", .body = "pear"});  // received in the same second
  CHECK(find("apple").empty());
  CHECK(find("pear") == "b");
}

TEST_CASE_FIXTURE(Gmail, "a folder's name is looked up in each account by itself, and known where it means something") {
  const AccountId other(2);
  Folders folders;
  folders.folders = {{FolderId("f-plans"), Folder::Kind::folder, Role::none, "work-old-plans"},
                     {FolderId("f-team"), Folder::Kind::folder, Role::none, "Team/Kestrel"}};
  folders.streams = {StreamId("f-plans"), StreamId("f-team")};
  REQUIRE(sync().save_folders(other, folders, at(kNoon)));
  store({.id = "spaced", .labels = {"L2"}, .received = kNoon + 1});
  NewMessage dashed = make({.id = "dashed", .labels = {}});
  dashed.marks.folder = FolderId("f-plans");
  REQUIRE(sync().store_messages(other, {&dashed, 1}, at(kNoon)));

  CHECK(find("in:work-old-plans") == "spaced dashed");  // of the other it is the very name
  CHECK(find("in:work-old-plans", {.accounts = {account}}) == "spaced");
  CHECK(find("in:\"work/old plans\" account:work") == "spaced");

  const auto known = [&](std::string_view name, std::vector<AccountId> accounts = {}) {
    return reader().knows_place(name, accounts).value();
  };
  CHECK(known("work-old-plans", {account}));
  CHECK(known("work-old-plans", {other}));
  CHECK(known("WORK/OLD PLANS"));
  CHECK(known("team/*"));
  CHECK_FALSE(known("team"));
  CHECK_FALSE(known("team/*", {account}));
  CHECK(known("L2"));
  CHECK(known("archive", {other}));
  CHECK(known("anywhere"));
  CHECK_FALSE(known(""));
  mail->hide({other});
  CHECK_FALSE(known("team/*"));
}

TEST_CASE_FIXTURE(Gmail, "hits are ordered by date and number although many messages share a second") {
  std::vector<NewMessage> batch;
  for (int i = 0; i < 400; ++i) {
    NewMessage message = make({.id = "m" + std::to_string(i), .received = kNoon + (i * 37) % 5});
    *message.received += milliseconds((i * 101) % 1000);
    batch.push_back(std::move(message));
  }
  for (std::size_t i = 0; i < batch.size(); i += 50) {
    REQUIRE(sync().store_messages(account, std::span(batch).subspan(i, 50), at(kNoon)));
  }
  const auto by_date = find("in:inbox");  // walks the folder
  CHECK(find("") == by_date);             // walks the dates
  CHECK(find("subject") == by_date);      // walks the index
  CHECK(find("from:ada") == by_date);     // sorts a set
  for (const auto* text : {"", "subject", "in:inbox", "from:ada"}) {
    std::vector<std::string> pages;
    std::optional<MessageId> before;
    for (;;) {
      const auto page = find(text, {.limit = 30, .before = before});
      if (page.empty()) break;
      pages.push_back(page);
      before = row(page.substr(page.rfind(' ') + 1)).id;
    }
    CAPTURE(text);
    CHECK((join(pages) == by_date));
  }
}

TEST_CASE_FIXTURE(Gmail, "paging after a message that is gone is an error of the caller's") {
  query::Query everything;
  const auto searched =
      reader().search(everything, {.before = MessageId(5)}, {}, [](const MessageRow&) { return true; });
  REQUIRE_FALSE(searched);
  CHECK(searched.error().code == Code::not_found);
}

TEST_CASE_FIXTURE(Gmail, "relevance puts a subject before a body that mentions the word once") {
  store({.id = "often", .subject = "kestrel", .body = "kestrel kestrel", .received = kNoon});
  store({.id = "once", .body = "much text around a single kestrel in it", .received = kNoon + 9});
  CHECK(find("kestrel") == "once often");
  CHECK(find("kestrel", {.order = Order::relevance}) == "often once");
  CHECK(find("kestrel", {.limit = 1, .order = Order::relevance}) == "often");
}

TEST_CASE_FIXTURE(Gmail, "a sink can end a search") {
  for (int i = 0; i < 5; ++i) store({.id = std::to_string(i), .received = kNoon + i});
  int seen = 0;
  query::Query everything;
  REQUIRE(reader().search(everything, {}, {}, [&](const MessageRow&) { return ++seen < 2; }));
  CHECK(seen == 2);
  CHECK(find("", {.limit = 0}).empty());
}

TEST_CASE_FIXTURE(Gmail, "a message can be deleted and stored while a search runs") {
  for (int i = 0; i < 60; ++i) store({.id = std::to_string(i), .received = kNoon + i});
  std::size_t seen = 0;
  query::Query everything;
  REQUIRE(reader().search(everything, {}, {}, [&](const MessageRow& row) {
    apply("mailbox", {gone(row.remote_id.value)});
    return ++seen > 0;
  }));
  CHECK(seen == 60);
  CHECK(list().empty());
}

TEST_CASE_FIXTURE(Gmail, "threads come once each, by their newest message found") {
  store({.id = "a1", .body = "apple", .thread = "a", .received = kNoon, .unread = true});
  store({.id = "b1", .body = "apple", .thread = "b", .received = kNoon + 10});
  store({.id = "a2", .body = "pear", .from = "bob@example.net", .thread = "a", .received = kNoon + 20});
  store({.id = "a3", .labels = {"SPAM"}, .thread = "a", .received = kNoon + 30});
  store({.id = "lone", .received = kNoon + 5});
  CHECK(threads("") == "a2:2:1 b1:1:0 lone:1:0");
  CHECK(threads("apple") == "b1:1:0 a1:2:1");
  CHECK(threads("", {.limit = 2}) == "a2:2:1 b1:1:0");
  CHECK(threads("", {.before = row("b1").id}) == "lone:1:0");     // a is on the page before
  CHECK(threads("apple", {.before = row("b1").id}) == "a1:2:1");  // a's newer message is no apple
  CHECK(threads("subject", {.before = row("b1").id}) == "lone:1:0");
  CHECK(threads("in:anywhere") == "a3:3:1 b1:1:0 lone:1:0");
  std::vector<Address> participants;
  query::Query everything;
  REQUIRE(reader().search_threads(everything, {.limit = 1}, {}, [&](const ThreadRow& thread) {
    participants = thread.participants;
    CHECK(thread.subject == "subject");
    CHECK(thread.received == at(kNoon + 20));
    return true;
  }));
  CHECK(participants.size() == 2);
  const auto rows = reader().thread(account, ThreadId("a"));
  REQUIRE(rows->size() == 3);
  CHECK(rows->front().remote_id.value == "a1");
}

TEST_CASE_FIXTURE(Gmail, "a row carries what lists show") {
  store_with("m", [](NewMessage& m) {
    m.thread = ThreadId("t");
    m.parsed.to = {{"Bob", "bob@example.com"}, {"Bob", "bob@example.com"}};
    m.parsed.cc = {{"", "cc@example.com"}};
    m.parsed.date = at(kNoon - 7);
    m.parsed.damage = "no end";
  });
  const auto found = row("m");
  CHECK(found.account == account);
  CHECK(found.message_id == "<m@example.org>");
  CHECK(found.thread == ThreadId("t"));
  CHECK(found.date == at(kNoon - 7));
  CHECK(found.received == at(kNoon));
  CHECK(found.from == Address{"Ada Lovelace", "ada@example.org"});
  CHECK(found.to.size() == 2);
  CHECK(found.cc.size() == 1);
  CHECK(found.subject == "subject");
  CHECK(found.snippet == "body");
  CHECK(found.damage == "no end");
}

}  // namespace
}  // namespace mailmgr::store
