// Sums over stored mail: what counts where, and what an answer is.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <random>

#include "tests/store/mail_fixture.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::store;

namespace {

constexpr std::int64_t kStatsHour = 3600;
constexpr std::int64_t kStatsDay = 24 * kStatsHour;
const std::set<Dimension> kAllOfIt{Dimension::month, Dimension::sender, Dimension::domain, Dimension::folder};

struct Ledger : MailFixture {
  Ledger() { gmail_folders(account); }

  Statistics sum(const std::string& text = "", std::set<Dimension> by = kAllOfIt,
                 std::optional<std::size_t> limit = {}) {
    StatisticsRequest request;
    auto query = query::parse(text, at(kNoon));
    REQUIRE_MESSAGE(query.has_value(), query.error().message);
    request.query = *std::move(query);
    request.by = std::move(by);
    request.limit = limit;
    auto statistics = mail->statistics().sum(request, names, {});
    REQUIRE_MESSAGE(statistics.has_value(), statistics.error().message);
    return *std::move(statistics);
  }
  // "key:messages …"
  std::string rows(Dimension dimension, const std::string& text = "") {
    std::vector<std::string> words;
    const auto statistics = sum(text);
    for (const auto& row : statistics.rows.at(dimension))
      words.push_back(fmt::format("{}:{}", row.key, row.tally.messages));
    return join(words);
  }
  void in(const std::string& id, const std::string& thread, std::int64_t when,
          const std::string& from = "ada@example.org") {
    store({.id = id, .from = from, .thread = thread, .received = when});
  }
  void out(const std::string& id, const std::string& thread, std::int64_t when) {
    store({.id = id, .labels = {"SENT"}, .from = "me@example.org", .thread = thread, .received = when});
  }
  std::optional<std::int64_t> median(const std::string& text = "") {
    const auto median = sum(text, {}).total.median_answer;
    return median ? std::optional<std::int64_t>(median->count()) : std::nullopt;
  }
};

}  // namespace

TEST_CASE("a message whose note has the words that are asked for is summed up once, as it is found once") {
  Ledger ledger;
  ledger.store({.id = "a", .body = "the invoice"});
  ledger.store({.id = "b", .body = "something else"});
  REQUIRE(ledger.mail->notes().put_note(ledger.row("a").id, "invoice of May", at(kNoon)));
  REQUIRE(ledger.mail->notes().put_note(ledger.row("b").id, "an invoice, too", at(kNoon)));
  CHECK(ledger.sum("invoice").total.messages == 2);
}

TEST_CASE("messages, bytes and unread are summed up by month, sender, domain and folder") {
  Ledger ledger;
  ledger.store({.id = "a", .labels = {"INBOX", "L1"}, .from = "Ada@Example.org", .received = kNoon, .unread = true});
  ledger.store({.id = "b", .labels = {"INBOX"}, .from = "ada@example.org", .received = kNoon - 40 * kStatsDay});
  ledger.store({.id = "c", .labels = {"L1"}, .from = "bob@example.com", .received = kNoon});
  ledger.out("d", "", kNoon);
  const auto sums = ledger.sum();
  CHECK(sums.total.messages == 4);
  CHECK(sums.total.unread == 1);
  CHECK(sums.total.received == 3);
  std::uint64_t bytes = 0;
  for (const auto* id : {"a", "b", "c", "d"}) bytes += ledger.row(id).size;
  CHECK(sums.total.bytes == bytes);
  CHECK(ledger.rows(Dimension::month) == "2025-12:1 2026-01:3");
  CHECK(ledger.rows(Dimension::sender) ==
        "ada@example.org:2 bob@example.com:1");  // of received mail, whatever the case
  CHECK(ledger.rows(Dimension::domain) == "example.org:2 example.com:1");
  CHECK(ledger.rows(Dimension::folder) == "Work:2 inbox:2 archive:1 sent:1");
  CHECK(ledger.sum("", {Dimension::sender}).rows.size() == 1);
}

TEST_CASE("spam and trash are left out unless the query asks, and a query narrows every sum") {
  Ledger ledger;
  ledger.in("a", "", kNoon);
  ledger.store({.id = "s", .labels = {"SPAM"}});
  ledger.store({.id = "t", .labels = {"TRASH"}});
  ledger.store({.id = "w", .labels = {"L1"}, .body = "invoice"});
  CHECK(ledger.sum().total.messages == 2);
  CHECK(ledger.sum("in:anywhere").total.messages == 4);
  CHECK(ledger.sum("in:spam").total.messages == 1);
  CHECK(ledger.sum("invoice").total.messages == 1);
  CHECK(ledger.rows(Dimension::folder, "invoice OR in:inbox") == "Work:1 archive:1 inbox:1");
  CHECK(ledger.sum("nowhere").total.messages == 0);
  CHECK(ledger.sum("nowhere").rows[Dimension::month].empty());
}

TEST_CASE("an account is left out that is not asked for, or whose purge has begun") {
  Ledger ledger;
  ledger.gmail_folders(AccountId(2));
  ledger.in("a", "", kNoon);
  ledger.store(AccountId(2), {.id = "b"});
  StatisticsRequest request;
  request.accounts = {AccountId(2)};
  CHECK(ledger.mail->statistics().sum(request, ledger.names, {})->total.messages == 1);
  CHECK(ledger.sum().total.messages == 2);
  ledger.mail->hide({AccountId(2)});
  CHECK(ledger.sum().total.messages == 1);
}

TEST_CASE("a message is answered by the first later message of a sent folder in its thread, and by no other") {
  Ledger ledger;
  ledger.in("question", "T1", kNoon);
  CHECK_FALSE(ledger.median());
  ledger.out("other thread", "T2", kNoon + kStatsHour);
  ledger.out("earlier", "T1", kNoon - kStatsHour);
  ledger.in("theirs", "T1", kNoon + kStatsHour, "bob@example.com");
  ledger.store({.id = "draft", .labels = {"SENT"}, .thread = "T1", .received = kNoon + kStatsHour, .draft = true});
  CHECK_FALSE(ledger.median());
  ledger.out("late", "T1", kNoon + 5 * kStatsHour);
  ledger.out("answer", "T1", kNoon + 2 * kStatsHour);
  const auto sums = ledger.sum();
  CHECK(sums.total.answered == 2);  // what Bob wrote in between is answered by the same
  CHECK(sums.rows.at(Dimension::sender).at(0).tally.median_answer == std::chrono::seconds(2 * kStatsHour));
  CHECK(sums.rows.at(Dimension::sender).at(1).tally.median_answer == std::chrono::seconds(kStatsHour));
  // An answer counts with the message it answers, whether or not the query finds it too.
  CHECK(ledger.median("from:ada@example.org") == 2 * kStatsHour);
  CHECK(ledger.sum("in:sent").total.answered == 0);
}

TEST_CASE("a thread of another account, and mail without a thread, answers nothing") {
  Ledger ledger;
  ledger.gmail_folders(AccountId(2));
  ledger.in("question", "T1", kNoon);
  ledger.store({.id = "alone", .subject = "", .thread = "", .received = kNoon});
  ledger.store(AccountId(2), {.id = "x", .labels = {"SENT"}, .thread = "T1", .received = kNoon + kStatsHour});
  ledger.store(
      {.id = "y", .labels = {"SENT"}, .subject = "", .from = "me@example.org", .received = kNoon + kStatsHour});
  CHECK_FALSE(ledger.median());
}

TEST_CASE("the median and the time of nine in ten are by nearest rank") {
  Ledger ledger;
  for (int i = 1; i <= 10; ++i) {
    const auto thread = fmt::format("T{}", i);
    ledger.in("q" + thread, thread, kNoon);
    ledger.out("a" + thread, thread, kNoon + i * 100);
  }
  const auto total = ledger.sum("", {}).total;
  CHECK(total.median_answer == std::chrono::seconds(500));
  CHECK(total.p90_answer == std::chrono::seconds(900));
}

TEST_CASE("a limit leaves the largest rows, of months the latest, and tells how many there are") {
  Ledger ledger;
  for (int i = 0; i < 5; ++i) {
    ledger.in(fmt::format("m{}", i), "", kNoon - i * 40 * kStatsDay,
              i < 3 ? "often@example.org" : fmt::format("p{}@x.test", i));
  }
  const auto sums = ledger.sum("", kAllOfIt, 2);
  CHECK(sums.rows.at(Dimension::sender).size() == 2);
  CHECK(sums.rows.at(Dimension::sender)[0].key == "often@example.org");
  CHECK(sums.keys.at(Dimension::sender) == 3);
  CHECK(sums.rows.at(Dimension::month).size() == 2);
  CHECK(sums.rows.at(Dimension::month)[1].key == "2026-01");
  CHECK(sums.rows.at(Dimension::month)[0].key == "2025-12");
}

TEST_CASE("random mail: every sum is what adding up one by one gives") {
  std::mt19937 random(7);
  const auto below = [&](std::uint32_t end) { return random() % end; };
  for (int round = 0; round < test::test_count(3, 60); ++round) {
    CAPTURE(round);
    Ledger ledger;
    struct Sent {
      std::string thread;
      std::int64_t when;
      bool sent;
    };
    std::vector<Sent> all;
    std::map<std::string, std::uint64_t> senders;
    for (int i = 0; i < 60; ++i) {
      const auto thread = fmt::format("T{}", below(8));
      const auto when = kNoon + static_cast<std::int64_t>(below(1'000'000));
      const bool sent = below(3) == 0;
      const auto from = fmt::format("p{}@example.org", below(5));
      all.push_back({thread, when, sent});
      if (sent) ledger.out(fmt::format("m{}", i), thread, when);
      if (!sent) ledger.in(fmt::format("m{}", i), thread, when, from);
      if (!sent) ++senders[from];
    }
    std::vector<std::int64_t> answers;
    for (const auto& question : all) {
      std::optional<std::int64_t> first;
      for (const auto& answer : all) {
        if (question.sent || !answer.sent || answer.thread != question.thread || answer.when < question.when) continue;
        first = std::min(first.value_or(INT64_MAX), answer.when - question.when);
      }
      if (first) answers.push_back(*first);
    }
    std::sort(answers.begin(), answers.end());
    const auto sums = ledger.sum();
    CHECK(sums.total.answered == answers.size());
    CHECK(sums.total.median_answer->count() == answers[(answers.size() + 1) / 2 - 1]);
    for (const auto& row : sums.rows.at(Dimension::sender)) CHECK(row.tally.messages == senders[row.key]);
    CHECK(sums.rows.at(Dimension::sender).size() == senders.size());
  }
}
