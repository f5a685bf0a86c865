// Sending against both providers' stand-in: however the answers fail, a message leaves once or the outcome is told.
#include "core/flow/send.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "store/store.h"
#include "tests/providers/fixture.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
using nlohmann::json;

namespace {

constexpr ProviderKind kProviders[] = {ProviderKind::google, ProviderKind::microsoft};

struct World {
  explicit World(ProviderKind kind)
      : box(kind), store(store::MailStore::open(folder.path(), store::OpenMode::write).value()) {
    request.account.id = AccountId(1);
    request.account.name = request.account.email = box.email;
    request.account.provider = to_string(kind);
    request.draft.to = {{"", "someone@example.org"}};
    request.draft.subject = "Report";
    request.draft.text = "Here.";
  }

  Result<OutboxRow> send() {
    const SendWorld world{box.courier(), store->outbox(), leases, box.clock, box.random};
    auto prepared = prepare_message(request, world);
    if (!prepared) return prepared.error();
    return send_message(*prepared, world, {});
  }
  std::size_t sent() {
    const json answer = json::parse(box.control("sent"));
    return answer.is_array() ? answer.size() : answer["messages"].size();
  }

  TempFolder folder;
  SandboxMailbox box;
  MemoryLeases leases;
  std::unique_ptr<store::MailStore> store;
  SendRequest request;
};

}  // namespace

TEST_CASE("a message is sent once and the outbox says so") {
  for (const auto kind : kProviders) {
    CAPTURE(kind);
    World world(kind);
    const auto row = world.send().value();
    CHECK(row.state == OutboxState::sent);
    CHECK(row.recipients == std::vector<std::string>{"someone@example.org"});
    CHECK(world.sent() == 1);
    CHECK(world.store->outbox().find(row.id).value()->state == OutboxState::sent);
  }
}

TEST_CASE("an answer that never comes after the provider has sent is found out, not repeated") {
  for (const auto kind : kProviders) {
    CAPTURE(kind);
    World world(kind);
    world.box.control_all("/_sandbox/faults",
                          R"({"match":{"method":"POST","path":"send$"},"action":"reset_after","times":1})");
    const auto row = world.send().value();
    CHECK(row.state == OutboxState::sent);
    CHECK(world.sent() == 1);
  }
}

TEST_CASE("a dispatch that broke before it was handled is repeated with the same draft") {
  for (const auto kind : kProviders) {
    CAPTURE(kind);
    World world(kind);
    world.box.control_all("/_sandbox/faults",
                          R"({"match":{"method":"POST","path":"send$"},"action":"reset_before","times":1})");
    const auto row = world.send().value();
    CHECK(row.state == OutboxState::sent);
    CHECK(world.sent() == 1);
  }
}

TEST_CASE("a provider that refuses ends in failed, and nothing is left behind") {
  for (const auto kind : kProviders) {
    CAPTURE(kind);
    World world(kind);
    world.box.control_all("/_sandbox/faults", R"({"match":{"method":"POST","path":"send$"},"action":{"status":400}})");
    const auto row = world.send().value();
    CHECK(row.state == OutboxState::failed);
    CHECK(!outcome(row));
    CHECK(world.sent() == 0);
    CHECK(row.staged.value.empty());
  }
}

TEST_CASE("a login that may only read does not send, and nothing enters the outbox") {
  World world(ProviderKind::google);
  world.request.access = AccessLevel::read_only;
  const auto row = world.send();
  REQUIRE(!row);
  CHECK(row.error().code == Code::refused);
  CHECK(!*world.store->outbox().find(OutboxId(1)));
}

TEST_CASE("a message over the provider's limit is refused before it is uploaded") {
  World world(ProviderKind::microsoft);
  world.request.draft.attachments.push_back({"big.bin", "", Blob(std::string(6u << 20, 'x'))});
  const auto row = world.send();
  REQUIRE(!row);
  CHECK(row.error().code == Code::too_large);
  CHECK(world.sent() == 0);
}
