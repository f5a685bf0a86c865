// Large messages leave exactly once too, whatever happens while they go up in pieces: requests that go wrong in every
// way, the process killed at any of them, commands repeated with their key.
#include <fmt/format.h>

#include <iostream>
#include <random>

#include "core/base/encoding.h"
#include "core/mail/parse.h"
#include "tests/flow/sending_world.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::test;
using nlohmann::json;

namespace {

struct KilledMidway {};  // as if the process ended here

constexpr const char* kUploadFaults = R"([
  {"match":{"probability":0.05,"path":"gmail/v1|v1.0|upload"},"action":"reset_before"},
  {"match":{"probability":0.08,"path":"gmail/v1|v1.0|upload"},"action":"reset_after"},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0|upload"},"action":"reset_mid_body"},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0|upload"},"action":"truncate"},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0|upload"},"action":{"status":500}},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0|upload"},"action":{"status":502,"after":true}},
  {"match":{"probability":0.02,"path":"gmail/v1|v1.0|upload"},"action":{"status":429}},
  {"match":{"probability":0.02,"path":"gmail/v1|v1.0|upload"},"action":"malformed_json"}])";

std::string large_content(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 7;
  for (auto& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

void attach_large(SendingMailbox& world) {
  // Above what one request takes at either; a small one beside it.
  world.request.draft.attachments = {{"large.bin", "application/octet-stream", Blob(large_content(4200000))},
                                     {"small.bin", "application/octet-stream", Blob(large_content(1000))}};
}

// Whether the last message that was sent carries the small file and the last bytes of the large one.
bool last_sent_is_whole(SendingMailbox& world) {
  const auto sent = json::parse(world.box.control("sent"));
  const auto raw = base64_decode(sent.back()["raw"].get<std::string>()).value();
  const auto message = parse_message(Blob(raw)).value();
  return message.attachments.size() == 2 && message.attachments[0].size == 4200000 &&
         message.attachments[1].size == 1000;
}

std::optional<Sending> run_until_killed(SendingMailbox& world, int kill_at) {
  const auto passing = [&kill_at] {
    if (kill_at >= 0 && kill_at-- == 0) throw KilledMidway();
  };
  world.box.http.between_requests(passing);
  world.box.http.after_requests(passing);
  std::optional<Sending> sending;
  try {
    if (auto tried = world.try_to_send()) sending = *std::move(tried);
  } catch (const KilledMidway&) {
    world.store = nullptr;
    world.store = world.open();
  }
  world.box.http.between_requests(nullptr);
  world.box.http.after_requests(nullptr);
  return sending;
}

}  // namespace

TEST_CASE("a large message whose command is killed at any request is sent once when it is repeated") {
  for (const auto kind : kSenders) {
    for (int kill_at = 0; kill_at < 30; kill_at += test_count(9, 1) == 1 ? 1 : 9) {
      CAPTURE(to_string(kind));
      CAPTURE(kill_at);
      SendingMailbox world(kind);
      attach_large(world);
      world.request.key = "k";
      const auto first = run_until_killed(world, kill_at);
      const auto row = world.send();
      CHECK(row.state == OutboxState::sent);
      CHECK(world.times_sent() == 1);
      CHECK(world.drafts().empty());
      CHECK(last_sent_is_whole(world));
      if (first) break;  // it needs no more requests than that
    }
  }
}

TEST_CASE("whatever goes wrong while it goes up, a large message is sent once and whole") {
  const int sends = test_count(2, 150);
  for (const auto kind : kSenders) {
    std::map<std::string, int> outcomes;
    std::mt19937 dice(11);
    for (int i = 0; i < sends; ++i) {
      CAPTURE(to_string(kind));
      CAPTURE(i);
      SendingMailbox world(kind);
      attach_large(world);
      world.request.key = "k";
      world.fault(kUploadFaults);
      OutboxState state = OutboxState::queued;
      for (int run = 0; run < 60 && state != OutboxState::sent && state != OutboxState::unknown; ++run) {
        const int kill_at = dice() % 3 == 0 ? static_cast<int>(dice() % 40) : -1;
        if (const auto sending = run_until_killed(world, kill_at)) state = sending->row.state;
        world.box.clock.advance(std::chrono::minutes(dice() % 10));
      }
      world.box.remove_faults();
      if (state != OutboxState::sent) state = world.send().state;
      CHECK(state == OutboxState::sent);
      CHECK(world.times_sent() == 1);
      CHECK(world.drafts().empty());
      CHECK(last_sent_is_whole(world));
      ++outcomes[std::string(to_string(state))];
    }
    for (const auto& [outcome, count] : outcomes) {
      std::cout << fmt::format("large: {:<10} {:<10} {:>5}\n", to_string(kind), outcome, count);
    }
  }
}

TEST_CASE("a small attachment whose answer is none of the provider's is not taken for added") {
  for (const std::string action : {"html", "malformed_json"}) {
    SendingMailbox world(ProviderKind::microsoft);
    attach_large(world);
    world.fault(
        fmt::format(R"({{"match":{{"method":"POST","path":"/attachments$"}},"action":"{}","times":1}})", action));
    CHECK(world.send().state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
    CHECK(last_sent_is_whole(world));
  }
}

TEST_CASE("how far the upload of a large message is, is told") {
  for (const auto kind : kSenders) {
    CAPTURE(to_string(kind));
    SendingMailbox world(kind);
    attach_large(world);
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    auto sending = world.world();
    sending.progress = [&](std::string_view, std::uint64_t done, std::uint64_t of) {
      last = done;
      total = of;
    };
    const auto prepared = prepare_message(world.request, sending).value();
    CHECK(send_message(prepared, sending, {}).value().row.state == OutboxState::sent);
    CHECK(last > 4200000);
    CHECK(last == total);
  }
}
