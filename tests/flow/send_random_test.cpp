// Exactly once, whatever happens: requests that go wrong in every way, the process killed at any request, commands
// repeated with their key, owners who delete drafts. The table of outcomes is printed.
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

// What can happen to a request to send, to stage or to look; the mail itself is never made up.
constexpr const char* kFaults = R"([
  {"match":{"probability":0.06,"path":"gmail/v1|v1.0"},"action":"reset_before"},
  {"match":{"probability":0.06,"path":"gmail/v1|v1.0"},"action":"reset_after"},
  {"match":{"probability":0.04,"path":"gmail/v1|v1.0"},"action":"reset_mid_body"},
  {"match":{"probability":0.04,"path":"gmail/v1|v1.0"},"action":"truncate"},
  {"match":{"probability":0.04,"path":"gmail/v1|v1.0"},"action":{"status":500}},
  {"match":{"probability":0.04,"path":"gmail/v1|v1.0"},"action":{"status":502,"after":true}},
  {"match":{"probability":0.04,"path":"gmail/v1|v1.0"},"action":{"status":504,"after":true}},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":{"status":401}},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":{"status":429}},
  {"match":{"probability":0.02,"path":"gmail/v1|v1.0"},"action":"malformed_json"}])";

struct Trial {
  SendingMailbox& world;
  std::mt19937& dice;
  bool owner_deleted = false;
  bool deletes = false;  // this owner tidies up the drafts now and then

  int roll(int sides) { return static_cast<int>(dice() % static_cast<unsigned>(sides)); }

  void delete_drafts() {
    if (!deletes || roll(12) != 0) return;
    for (const auto& id : world.drafts()) {
      world.box.control("delete", json{{"id", id}}.dump());
      owner_deleted = true;
    }
  }

  // One run of the command, which may be killed before or after any of its requests.
  std::optional<Sending> run() {
    int kill_at = roll(3) == 0 ? roll(24) : -1;
    const auto passing = [&] {
      delete_drafts();
      if (kill_at >= 0 && kill_at-- == 0) throw Killed();
    };
    world.box.http.between_requests(passing);
    world.box.http.after_requests(passing);
    std::optional<Sending> sending;
    try {
      auto tried = world.try_to_send();
      if (tried) sending = *std::move(tried);
    } catch (const Killed&) {
      world.store = nullptr;
      world.store = world.open();
    }
    world.box.http.between_requests(nullptr);
    world.box.http.after_requests(nullptr);
    return sending;
  }
};

}  // namespace

TEST_CASE("whatever goes wrong, a command that is repeated with its key sends once, or says that it cannot know") {
  const int sends = test_count(40, 1000);
  for (const auto kind : kSenders) {
    for (const auto access : {AccessLevel::full, AccessLevel::send_only}) {
      std::map<std::string, int> outcomes;
      std::mt19937 dice(7);
      std::optional<SendingMailbox> world;
      for (int i = 0; i < sends; ++i) {
        CAPTURE(kind);
        CAPTURE(access);
        CAPTURE(i);
        if (i % 20 == 0) world.emplace(kind, access);
        auto& request = world->request;
        request.draft.subject = "Report " + std::to_string(i);
        request.key = "key " + std::to_string(i);
        request.later = false;
        world->fault(kFaults);
        Trial trial{*world, dice, false, i % 4 == 3};
        OutboxState state = OutboxState::queued;
        for (int run = 0; run < 60 && state != OutboxState::sent && state != OutboxState::unknown; ++run) {
          if (const auto sending = trial.run()) state = sending->row.state;
          if (trial.roll(4) == 0) world->box.clock.advance(std::chrono::minutes(trial.roll(30)));
        }
        world->box.remove_faults();
        const int while_wild = world->times_sent(request.draft.subject);
        if (state != OutboxState::sent) {
          const auto last = world->try_to_send();  // in quiet times; what is unknown is asked about
          if (!last) FAIL(last.error().message);
          state = last->row.state;
        }
        const int times = world->times_sent(request.draft.subject);
        // Only where no evidence can exist may it stay unknown: who may only send cannot look in Sent.
        const bool may_be_unknown = trial.owner_deleted || access == AccessLevel::send_only;
        CHECK(times <= 1);
        CHECK_MESSAGE((state == OutboxState::sent || state == OutboxState::unknown || state == OutboxState::failed),
                      to_string(state));
        if (state == OutboxState::sent) CHECK(times == 1);
        if (state == OutboxState::unknown) CHECK(may_be_unknown);
        if (state == OutboxState::failed) {
          CHECK(while_wild == 0);
          CHECK(world->send().state == OutboxState::sent);
          CHECK(world->times_sent(request.draft.subject) == 1);
        }
        ++outcomes[fmt::format("{}{}", to_string(state),
                               state == OutboxState::unknown && times == 1 ? " (was sent)" : "")];
      }
      for (const auto& [outcome, count] : outcomes) {
        std::cout << fmt::format("{:<10} {:<10} {:<20} {:>5}\n", to_string(kind), to_string(access), outcome, count);
      }
    }
  }
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
