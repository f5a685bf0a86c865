// Queries nobody would write, and texts that are none.
#include <random>

#include "tests/store/query_ways.h"
#include "tests/support/test_count.h"

namespace mailmgr::store {
namespace {

class RandomQuery {
 public:
  explicit RandomQuery(unsigned seed) : random_(seed) {}

  std::string all(int depth) {
    std::string text = any(depth);
    for (auto more = below(3); more > 0; --more) text += " " + any(depth);
    return text;
  }
  std::string garbage() {
    static constexpr std::string_view kPieces[] = {
        "(", ")", "{",   "}", "\"", "-", "OR",  "NOT", ":",  "from:", "is:", "@", "kestrel", "東京", "*",         "^",
        "'", ";", "in:", "%", "\\", "é", "id:", "7",   "/*", "<",     ">",   ",", "\xC3",    "\n",   "é\xCC\x81", "🎉"};
    std::string text;
    for (auto more = below(12); more > 0; --more) {
      text += one_of(kPieces);
      if (below(2) == 0) text += ' ';
    }
    return text;
  }

 private:
  unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }
  template <std::size_t N>
  std::string one_of(const std::string_view (&choices)[N]) {
    return std::string(choices[below(N)]);
  }

  std::string any(int depth) {
    std::string text = one(depth);
    for (; below(5) == 0;) text += " OR " + one(depth);
    return text;
  }
  std::string one(int depth) {
    const auto kind = below(depth > 0 ? 8 : 5);
    if (kind == 5) return "-" + one(depth - 1);
    if (kind == 6) return "(" + all(depth - 1) + ")";
    if (kind == 7) return "{" + all(depth - 1) + "}";
    return kind < 2 ? word() : term();
  }
  std::string word() {
    static constexpr std::string_view kWords[] = {
        "kestrel", "report", "fox",         "quick", "\"quick brown\"", "会議", "東京", "lawyer", "budget",
        "plan",    "ada",    "example.org", "!!",    "\"a b\"",         "koln", "KÖLN", "pdf",    "nothing",
        "muller",  "2026",   "re",          "star*"};
    return one_of(kWords);
  }
  std::string term() {
    static constexpr std::string_view kTerms[] = {"is:unread",
                                                  "is:read",
                                                  "is:starred",
                                                  "is:draft",
                                                  "is:sent",
                                                  "is:todo",
                                                  "has:note",
                                                  "has:attachment",
                                                  "in:inbox",
                                                  "in:archive",
                                                  "in:spam",
                                                  "in:trash",
                                                  "in:anywhere",
                                                  "in:projects/*",
                                                  "in:inbox/*",
                                                  "label:work",
                                                  "label:red",
                                                  "label:büro",
                                                  "from:ada",
                                                  "from:@example.org",
                                                  "from:<ada@example.org>",
                                                  "to:me",
                                                  "cc:oyvind",
                                                  "bcc:secret",
                                                  "list:announce",
                                                  "domain:example.net",
                                                  "domain:org",
                                                  "account:work",
                                                  "account:home",
                                                  "thread:t1",
                                                  "id:3",
                                                  "rfc822msgid:g1@mid.example",
                                                  "larger:4096",
                                                  "smaller:4096",
                                                  "larger:300",
                                                  "newer_than:9d",
                                                  "older_than:9d",
                                                  "after:2026-01-20",
                                                  "before:2026-01-20",
                                                  "subject:(",
                                                  "note:(",
                                                  "note:kestrel",
                                                  "body:fox",
                                                  "filename:txt",
                                                  "subject:report",
                                                  "from:{ada jose}"};
    auto text = one_of(kTerms);
    return text.ends_with("(") ? text + word() + " " + word() + ")" : text;
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE_FIXTURE(QueryMailbox, "any query finds what the evaluator does, in every way of answering") {
  const QueryWays ways(*this);
  for (int seed = 1; seed <= test::test_count(50, 20'000); ++seed) {
    const auto text = RandomQuery(static_cast<unsigned>(seed)).all(3);
    CAPTURE(seed);
    CAPTURE(text);
    const auto query = query::parse(text, at(kNoon));
    if (!query) {
      CHECK(query.error().code == Code::usage);
      continue;
    }
    ways.check(*query);
  }
}

TEST_CASE_FIXTURE(QueryMailbox, "any text is a query that is answered, or a mistake that is told") {
  const QueryWays ways(*this);
  for (int seed = 1; seed <= test::test_count(200, 50'000); ++seed) {
    const auto text = RandomQuery(static_cast<unsigned>(seed)).garbage();
    CAPTURE(seed);
    CAPTURE(text);
    const auto query = query::parse(text, at(kNoon));
    if (!query) {
      CHECK(query.error().code == Code::usage);
      const auto place = query::place_of(query.error());
      if (place) CHECK(*place <= text.size());
      continue;
    }
    const auto done = reader().search(*query, {}, names, [](const MessageRow&) { return true; });
    CHECK_MESSAGE(done.has_value(), done.error().message);
  }
}

}  // namespace mailmgr::store
