// Exactly once, whatever happens: requests that go wrong in every way, the process killed at any request, commands
// repeated with their key, two of them at once, owners who delete drafts, providers who take their time. The table of
// outcomes is printed.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <random>
#include <thread>

#include "tests/flow/sending_world.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::test;
using nlohmann::json;

namespace {

struct Killed {};  // as if the process ended here: nothing of it goes on, what was committed stays

// A rule for the requests to send, to stage or to look, but not for those of the login.
std::string fault_of(double probability, const std::string& action) {
  return fmt::format(R"({{"match":{{"probability":{},"path":"gmail/v1|v1.0"}},"action":{}}})", probability, action);
}

std::string faults_of(std::initializer_list<std::pair<double, const char*>> chances) {
  std::vector<std::string> rules;
  for (const auto& [probability, action] : chances) rules.push_back(fault_of(probability, action));
  return fmt::format("[{}]", fmt::join(rules, ","));
}

constexpr const char* kBefore = R"("reset_before")";
constexpr const char* kAfter = R"("reset_after")";
constexpr const char* kMidBody = R"("reset_mid_body")";
constexpr const char* kCut = R"("truncate")";
constexpr const char* k500 = R"({"status":500})";
constexpr const char* k502 = R"({"status":502})";
constexpr const char* k504 = R"({"status":504})";
constexpr const char* k500After = R"({"status":500,"after":true})";
constexpr const char* k502After = R"({"status":502,"after":true})";
constexpr const char* k504After = R"({"status":504,"after":true})";
constexpr const char* k401 = R"({"status":401})";
constexpr const char* k429 = R"({"status":429})";
constexpr const char* kBrokenJson = R"("malformed_json")";

struct Trouble {
  const char* name;
  std::string faults;
  int killed = 0;          // runs in a hundred
  int deleted = 0;         // requests in a hundred before and after which the owner deletes all drafts
  bool times_out = false;  // a minute passes at some requests
  bool two_at_once = false;
};

const std::vector<Trouble>& troubles() {
  static const std::vector<Trouble> all{
      {"none", "[]"},
      {"reset before", faults_of({{.25, kBefore}})},
      {"reset after", faults_of({{.25, kAfter}})},
      {"mid-answer", faults_of({{.12, kMidBody}, {.12, kCut}})},
      {"500 502 504", faults_of({{.08, k500}, {.08, k502}, {.08, k504}})},
      {"the same after", faults_of({{.08, k500After}, {.08, k502After}, {.08, k504After}})},
      {"timeout", faults_of({{.1, kBefore}, {.15, kAfter}}), 0, 0, true},
      {"401 429 nonsense", faults_of({{.06, k401}, {.06, k429}, {.06, kBrokenJson}})},
      {"killed", "[]", 70},
      {"two at once", faults_of({{.06, kAfter}, {.04, kBefore}}), 20, 0, false, true},
      {"drafts deleted", faults_of({{.12, kAfter}, {.12, kBefore}}), 10, 8},
      {"all of it",
       faults_of({{.06, kBefore},
                  {.06, kAfter},
                  {.04, kMidBody},
                  {.04, kCut},
                  {.03, k500},
                  {.02, k502After},
                  {.02, k504After},
                  {.02, k401},
                  {.02, k429},
                  {.02, kBrokenJson}}),
       33, 1, true},
  };
  return all;
}

// What came of the sends with one trouble.
struct Outcomes {
  int sends = 0, once = 0;
  int deleted = 0;  // unknown: the owner deleted the draft
  int blind = 0;    // unknown: the login may not look in Sent
  int lost = 0, twice = 0;
  int wrong = 0;  // said to have failed though it had left, or unknown without a reason
};

class Trial {
 public:
  Trial(SendingMailbox& world, const Trouble& trouble, std::mt19937& dice, int number)
      : world_(world), trouble_(trouble), dice_(dice), subject_("Report " + std::to_string(number)) {
    world.request.draft.subject = subject_;
    world.request.key = "key " + std::to_string(number);
    // Some are finished messages, and some of these bring the Message-ID of one that was sent before.
    const auto form = static_cast<std::size_t>(number) / troubles().size() % 4;
    is_finished_ = form == 1 || form == 2;
    const std::string id = form == 1 ? "again" : std::to_string(number);
    raw_ = fmt::format(
        "From: {}\r\nTo: someone@example.org\r\nSubject: {}\r\nMessage-ID: <{}@example.org>\r\n\r\nHere.\r\n",
        world.box.email, subject_, id);
  }

  void run(Outcomes& outcomes) {
    world_.fault(trouble_.faults);
    for (int runs = 0; runs < 60 && !is_decided(); ++runs) {
      run_once();
      if (roll(100) < 25) world_.box.clock.advance(std::chrono::minutes(roll(30)));
      // A command that says that nothing was sent is right.
      if (state_ == OutboxState::failed && roll(2) == 0) outcomes.wrong += times_sent() > 0 ? 1 : 0;
    }
    world_.box.remove_faults();
    if (state_ != OutboxState::sent) {  // in quiet times; what is unknown is asked about
      const auto last = attempt(*world_.store);
      if (!last) FAIL(last.error().message);
      state_ = last->row.state;
    }
    count(outcomes);
  }

 private:
  int roll(int sides) { return static_cast<int>(dice_() % static_cast<unsigned>(sides)); }
  bool is_decided() const { return state_ == OutboxState::sent || state_ == OutboxState::unknown; }

  // Once all that is on its way has arrived.
  int times_sent() {
    world_.box.clock.advance(std::chrono::seconds(30));
    return world_.times_sent(subject_);
  }

  Result<Sending> attempt(store::MailStore& store) {
    const SendWorld sending{world_.box.courier(), store.outbox(), world_.leases, world_.box.clock, world_.box.random};
    auto prepared = is_finished_ ? prepare_finished(finished(), sending) : prepare_message(world_.request, sending);
    if (!prepared) return prepared.error();
    return send_message(*prepared, sending, {});
  }

  FinishedRequest finished() const {
    FinishedRequest request;
    static_cast<SendOrder&>(request) = world_.request;
    request.raw = Blob(raw_);
    return request;
  }

  // Before and after each request.
  void pass(int& kill_at) {
    if (trouble_.deleted > 0 && roll(100) < trouble_.deleted) {
      for (const auto& id : world_.drafts()) {
        world_.box.control("delete", json{{"id", id}}.dump());
        was_deleted_ = true;
      }
    }
    if (trouble_.times_out && roll(8) == 0) world_.box.clock.advance(std::chrono::minutes(1));
    if (kill_at >= 0 && kill_at-- == 0) throw Killed();
  }

  void run_once() {
    state_ = OutboxState::queued;  // nothing is told by one that is killed
    int kill_at = roll(100) < trouble_.killed ? roll(20) : -1;
    const auto passing = [&] { pass(kill_at); };
    world_.box.http.between_requests(passing);
    world_.box.http.after_requests(passing);
    std::atomic<bool> was_killed = false;
    const auto run_with = [&](store::MailStore& store) {
      std::optional<Sending> sending;
      try {
        if (auto tried = attempt(store)) sending = *std::move(tried);
      } catch (const Killed&) {
        was_killed = true;
      }
      return sending;
    };
    std::optional<Sending> one, two;
    if (trouble_.two_at_once) {
      const auto other_store = world_.open();
      const std::jthread other([&] { two = run_with(*other_store); });
      one = run_with(*world_.store);
    } else {
      one = run_with(*world_.store);
    }
    if (was_killed) {
      world_.store = nullptr;
      world_.store = world_.open();
    }
    world_.box.http.between_requests(nullptr);
    world_.box.http.after_requests(nullptr);
    if (one && two) CHECK(one->row.id == two->row.id);
    // Of two it is not known here which spoke last, nor whether the other was killed after that; the row is.
    if (one || two) state_ = world_.row((one ? one : two)->row.id).state;
  }

  void count(Outcomes& outcomes) {
    const int times = times_sent();
    const bool is_blind = world_.request.access == AccessLevel::send_only;
    const bool is_unknown = state_ == OutboxState::unknown;
    ++outcomes.sends;
    outcomes.once += state_ == OutboxState::sent && times == 1;
    outcomes.deleted += is_unknown && was_deleted_;
    outcomes.blind += is_unknown && !was_deleted_ && is_blind;
    outcomes.lost += state_ == OutboxState::sent && times == 0;
    outcomes.twice += times > 1;
    outcomes.wrong += !is_decided() || (is_unknown && !was_deleted_ && !is_blind);
  }

  SendingMailbox& world_;
  const Trouble& trouble_;
  std::mt19937& dice_;
  std::string subject_, raw_;
  bool is_finished_ = false;
  bool was_deleted_ = false;
  OutboxState state_ = OutboxState::queued;
};

// At Microsoft, what was accepted takes seconds to leave, in the Outbox or still among the drafts.
void send_slowly(SendingMailbox& world, ProviderKind kind, std::mt19937& dice) {
  if (kind != ProviderKind::microsoft) return;
  const auto in = dice() % 2 == 0 ? "outbox" : "drafts";
  world.box.control("send_slowly", json{{"seconds", dice() % 13}, {"in", in}}.dump());
}

}  // namespace

TEST_CASE("whatever goes wrong, a command that is repeated with its key sends once, or says that it cannot know") {
  const int sends = test_count(60, 1000);
  std::string table =
      fmt::format("\n{:<10} {:<10} {:<17} {:>5} {:>5} {:>16} {:>16} {:>5} {:>6} {:>6}\n", "provider", "access",
                  "trouble", "sends", "once", "unknown: deleted", "unknown: no look", "lost", "twice", "wrong");
  for (const auto kind : kSenders) {
    for (const auto access : {AccessLevel::full, AccessLevel::send_only}) {
      std::mt19937 dice(7);
      std::optional<SendingMailbox> world;
      std::vector<Outcomes> outcomes(troubles().size());
      for (int i = 0; i < sends; ++i) {
        CAPTURE(kind);
        CAPTURE(access);
        CAPTURE(i);
        if (i % 20 == 0) {
          world.emplace(kind, access);
          send_slowly(*world, kind, dice);
        }
        const auto which = static_cast<std::size_t>(i) % troubles().size();
        Trial(*world, troubles()[which], dice, i).run(outcomes[which]);
      }
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const auto& [count, once, deleted, blind, lost, twice, wrong] = outcomes[i];
        CAPTURE(kind);
        CAPTURE(access);
        CAPTURE(std::string(troubles()[i].name));
        CHECK(lost == 0);
        CHECK(twice == 0);
        CHECK(wrong == 0);
        CHECK(once + deleted + blind == count);
        table += fmt::format("{:<10} {:<10} {:<17} {:>5} {:>5} {:>16} {:>16} {:>5} {:>6} {:>6}\n", to_string(kind),
                             to_string(access), troubles()[i].name, count, once, deleted, blind, lost, twice, wrong);
      }
    }
  }
  std::cout << table;
}

TEST_CASE("two processes with one key send one message") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.request.key = "k";
    const auto other_store = world.open();
    std::vector<std::optional<Sending>> results(2);
    {
      const auto run = [&](int which, store::MailStore& store) {
        const SendWorld sending{world.box.courier(), store.outbox(), world.leases, world.box.clock, world.box.random};
        const auto prepared = prepare_message(world.request, sending).value();
        results[static_cast<std::size_t>(which)] = send_message(prepared, sending, {}).value();
      };
      const std::jthread one([&] { run(0, *world.store); });
      const std::jthread two([&] { run(1, *other_store); });
    }
    CHECK(world.times_sent() == 1);
    CHECK(results[0]->row.id == results[1]->row.id);
    CHECK(results[0]->repeated != results[1]->repeated);
    CHECK(results[0]->row.state == OutboxState::sent);
    CHECK(results[1]->row.state == OutboxState::sent);
  }
}

TEST_CASE("a draft that is seen at first, and then nothing is seen, may still be on its way") {
  SendingMailbox world(ProviderKind::microsoft);
  world.request.key = "k";
  world.box.control("send_slowly", R"({"seconds":5,"in":"drafts"})");
  // The run ends once its draft was taken, without hearing so.
  struct Ended {};
  world.box.http.after_requests([&] {
    if (world.box.http.requests().back().ends_with("send")) throw Ended();
  });
  CHECK_THROWS_AS((void)world.send(), Ended);
  // The next one sees the draft once, and is not answered any more.
  world.box.http.after_requests(nullptr);
  int looks = 0;
  world.box.http.after_requests([&] {
    if (world.box.http.requests().back().find("batch") != std::string::npos && ++looks == 1) {
      world.fault(R"([{"match":{"path":"v1.0"},"action":"reset_before"}])");
    }
  });
  std::vector<OutboxRow> rows;
  const auto flushed =
      flush_outbox(world.request.account.id, world.world(), [&](const OutboxRow& row) { rows.push_back(row); }, {});
  CHECK(looks > 1);
  CHECK_FALSE(flushed);
  CHECK(world.row(OutboxId(1)).state == OutboxState::sending);
  world.box.http.after_requests(nullptr);
  world.box.remove_faults();
  CHECK(world.send().state == OutboxState::sent);
  CHECK(world.times_sent() == 1);
}
