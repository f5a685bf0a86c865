// Fault rules that hold requests or repeat answers.
#include <doctest/doctest.h>

#include <future>

#include "tests/sandbox_tests/gmail_fixture.h"
#include "tests/sandbox_tests/sandbox_world.h"

namespace mailmgr::sandbox {
namespace {

const std::string kPath = "/upload-session/x";  // answered without a token
const nlohmann::json kHold = {{"match", {{"path", "upload"}}}, {"action", "hold"}};

}  // namespace

TEST_CASE("a held request waits until its rule is removed, and others pass meanwhile") {
  World world;
  const int rule = world.control("/faults", kHold)["ids"][0];
  auto held = std::async(std::launch::async, [&] { return world.send("PUT", kPath, "x").status; });
  CHECK(world.look("/held/1")["held"] == 1);
  CHECK(world.graph->handled == 0);
  CHECK(world.get("/token").status == 405);
  CHECK(world.send("DELETE", "/_sandbox/faults/" + std::to_string(rule)).status == 200);
  CHECK(held.get() == 200);
  CHECK(world.graph->handled == 1);
  CHECK(world.look("/held/0")["held"] == 0);
}

TEST_CASE("a rule that is spent after some requests holds no more than those") {
  World world;
  auto once = kHold;
  once["times"] = 1;
  world.control("/faults", once);
  auto held = std::async(std::launch::async, [&] { return world.send("PUT", kPath, "x").status; });
  CHECK(world.look("/held/1")["held"] == 1);
  CHECK(world.send("PUT", kPath, "y").status == 200);
  world.send("DELETE", "/_sandbox/faults");
  CHECK(held.get() == 200);
}

TEST_CASE("a sandbox that ends lets go of what it holds") {
  World world;
  world.control("/faults", kHold);
  auto held = std::async(std::launch::async, [&] { return world.send("PUT", kPath, "x").status; });
  CHECK(world.look("/held/1")["held"] == 1);
  world.sandbox.release();
  CHECK(held.get() == 200);
}

TEST_CASE("a repeated answer is the one that the same path and query had before, page tokens aside") {
  World world;
  world.control("/faults", {{"match", {{"path", "upload"}}}, {"action", "repeat"}});
  const auto first = world.get(kPath + "?of=a&pageToken=1");
  CHECK(world.graph->handled == 1);  // nothing to repeat yet
  CHECK(world.get(kPath + "?of=a&pageToken=2").body == first.body);
  CHECK(world.graph->handled == 1);
  CHECK(world.get(kPath + "?of=b&pageToken=2").status == 200);
  CHECK(world.graph->handled == 2);
}

}  // namespace mailmgr::sandbox
