#include <doctest/doctest.h>

#include <algorithm>

#include "tests/sandbox_tests/sandbox_world.h"

namespace mailmgr::sandbox {
namespace {

using nlohmann::json;

const std::string kToken = "/token";

Response token_request(World& world) {
  return world.post_form(kToken, {{"grant_type", "refresh_token"}});
}

json rule(const json& match, const json& action) {
  return {{"match", match}, {"action", action}};
}

}  // namespace

TEST_CASE("control: only loopback names reach it") {
  World world;
  Request request;
  request.method = "GET";
  request.path = "/_sandbox/stats";
  const auto status = [&](const char* host) {
    request.headers = {{"Host", host}};
    return world.sandbox.handle(request).status;
  };
  for (const auto* host : {"127.0.0.1:1", "localhost:99", "[::1]:5", "127.0.0.1"}) CHECK(status(host) == 200);
  for (const auto* host : {"evil.example", "evil.example:80", "localhost.evil.example", "192.0.2.1"})
    CHECK(status(host) == 403);
}

TEST_CASE("control: mailbox verbs reach the service of that account with their arguments") {
  World world;
  CHECK(world.control("/mailbox/a%40gmail.test/deliver", {{"raw", "x"}})["done"] == "deliver");
  CHECK(world.gmail->controls.back() == R"(a@gmail.test deliver {"raw":"x"})");
  CHECK(world.control("/mailbox/B@outlook.test/mark", {{"id", "1"}})["done"] == "mark");
  CHECK(world.graph->controls.back() == R"(b@outlook.test mark {"id":"1"})");
  CHECK(world.look("/mailbox/a@gmail.test/state")["done"] == "state");
  CHECK(world.get("/_sandbox/mailbox/a@gmail.test/mark").status == 405);
  CHECK(world.send("POST", "/_sandbox/mailbox/nobody@gmail.test/mark", "{}").status == 404);
  const auto refused = world.send("POST", "/_sandbox/mailbox/a@gmail.test/refuse", "{}");
  CHECK(refused.status == 400);
  CHECK(body_of(refused)["error"] == "refused as asked");
  CHECK(world.send("POST", "/_sandbox/mailbox/a@gmail.test/mark", "not json").status == 400);
}

TEST_CASE("control: accounts and clients are listed and added") {
  World world;
  CHECK(world.look("/accounts")["accounts"].size() == 2);
  CHECK(world.control("/accounts", {{"email", "new@gmail.test"}})["provider"] == "google");
  CHECK(world.gmail->mailboxes.contains("new@gmail.test"));
  CHECK(world.control("/clients", {{"provider", "google"}, {"client_id", "x"}, {"testing", true}})["testing"] == true);
  CHECK(world.look("/accounts")["clients"].size() == 3);
  CHECK(world.send("POST", "/_sandbox/clients", R"({"provider":"yahoo","client_id":"x"})").status == 400);
  CHECK(world.send("POST", "/_sandbox/clients", R"({"provider":"google","client_id":"x","colour":1})").status == 400);
}

TEST_CASE("control: the clock runs ahead of the machine's") {
  World world;
  const auto before = world.sandbox.now();
  CHECK(world.control("/clock", {{"advance_seconds", 90}})["offset_seconds"] == 90);
  CHECK(world.sandbox.now() - before == std::chrono::seconds(90));
  CHECK(world.look("/clock")["offset_seconds"] == 90);
  CHECK(world.send("POST", "/_sandbox/clock", R"({"advance":1})").status == 400);
}

TEST_CASE("control: expiring says what and how many") {
  World world;
  const auto counts = world.control("/expire", {{"tokens", true}, {"cursors", true}, {"email", "a@gmail.test"}});
  CHECK(counts == json{{"tokens", 0}, {"cursors", 1}});
  CHECK(world.gmail->controls.back() == "a@gmail.test expire_cursors {}");
  CHECK(world.graph->controls.empty());
  CHECK(world.send("POST", "/_sandbox/expire", "{}").status == 400);
  CHECK(world.send("POST", "/_sandbox/expire", R"({"tokens":true,"email":"nobody@gmail.test"})").status == 400);
}

TEST_CASE("faults: a rule answers in place of the provider, in its shape, as often as it says") {
  World world;
  const auto added = world.control(
      "/faults", {{"match", {{"path", "^/token"}}}, {"action", {{"error", "invalid_grant"}}}, {"times", 1}});
  CHECK(added["ids"] == json::array({1}));
  CHECK(body_of(token_request(world))["error"] == "invalid_grant");
  CHECK(body_of(token_request(world))["error"] == "invalid_request");  // the endpoint's own answer: no client id
  CHECK(world.look("/faults")["rules"][0]["fired"] == 1);
  CHECK(world.send("DELETE", "/_sandbox/faults/1").status == 200);
  CHECK(world.send("DELETE", "/_sandbox/faults/1").status == 404);
}

TEST_CASE("faults: provider errors have the shape of the path they meet") {
  World world;
  world.control("/faults", {{"action", {{"error", "rateLimitExceeded"}}}, {"match", {{"path", "^/gmail"}}}});
  world.control("/faults", {{"action", {{"error", "ApplicationThrottled"}, {"headers", {{"retry-after", "7"}}}}},
                            {"match", {{"path", "^/v1.0"}}}});
  world.control("/faults", {{"action", {{"error", "AADSTS50076"}}}, {"match", {{"path", "oauth2/v2.0"}}}});
  const auto gmail = world.get("/gmail/v1/users/me/profile");
  CHECK(gmail.status == 429);
  CHECK(body_of(gmail)["error"]["errors"][0]["reason"] == "rateLimitExceeded");
  const auto graph = world.get("/v1.0/me");
  CHECK(graph.status == 429);
  CHECK(body_of(graph)["error"]["code"] == "ApplicationThrottled");
  const std::pair<std::string, std::string> wait("retry-after", "7");
  CHECK(std::find(graph.headers.begin(), graph.headers.end(), wait) != graph.headers.end());
  const auto aad = body_of(world.post_form("/common/oauth2/v2.0/token", {}));
  CHECK(aad["error"] == "interaction_required");
  CHECK(aad["suberror"] == "basic_action");
}

TEST_CASE("faults: nth and every count the requests that match") {
  World world;
  world.control("/faults", rule({{"path", "^/token"}, {"nth", 2}}, {{"status", 502}}));
  world.control("/faults", rule({{"path", "^/revoke"}, {"every", 2}}, {{"status", 503}, {"body", {{"a", 1}}}}));
  std::string seen;
  for (int i = 0; i < 4; ++i) seen += std::to_string(token_request(world).status) + " ";
  CHECK(seen == "400 502 400 400 ");
  seen.clear();
  for (int i = 0; i < 4; ++i) seen += std::to_string(world.post_form("/revoke", {}).status) + " ";
  CHECK(seen == "400 503 400 503 ");
}

TEST_CASE("faults: chances come from the seed") {
  const auto run = [](std::uint64_t seed) {
    Options options;
    options.seed = seed;
    options.faults = R"([{"match":{"probability":0.5},"action":{"status":503}}])";
    World world(options);
    std::string seen;
    for (int i = 0; i < 40; ++i) seen += token_request(world).status == 503 ? 'x' : '.';
    return seen;
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
  CHECK(run(1).find('x') != std::string::npos);
  CHECK(run(1).find('.') != std::string::npos);
}

TEST_CASE("faults: a broken connection is told to the server; handling happens before or not at all") {
  World world;
  const auto with = [&](const char* kind) {
    world.send("DELETE", "/_sandbox/faults");
    world.control("/faults", {{"match", {{"path", "upload-session"}}}, {"action", kind}});
    const auto before = world.graph->handled;
    const auto transport = world.send("PUT", "/upload-session/x", "y").transport;
    return std::pair(transport, world.graph->handled - before);
  };
  CHECK(with("reset_before") == std::pair(Transport::reset_before_handling, 0));
  CHECK(with("reset_after") == std::pair(Transport::reset_after_handling, 1));
  CHECK(with("reset_mid_body") == std::pair(Transport::reset_mid_body, 1));
  CHECK(with("truncate") == std::pair(Transport::truncate_body, 1));
  CHECK(with("drip") == std::pair(Transport::drip, 1));
}

TEST_CASE("faults: HTML and broken JSON come with status 200") {
  World world;
  world.control("/faults", {{"action", "html"}, {"times", 1}});
  const auto html = token_request(world);
  CHECK(html.status == 200);
  CHECK(html.body.starts_with("<!doctype html>"));
  world.control("/faults", {{"action", "malformed_json"}});
  const auto broken = token_request(world);
  CHECK(broken.status == 200);
  CHECK(json::parse(broken.body, nullptr, false).is_discarded());
}

TEST_CASE("faults: parts of a batch meet rules too, but keep their connection") {
  World world;
  world.control("/faults", {{"match", {{"path", "^/v1.0/me/messages/7"}}}, {"action", "reset_after"}});
  world.control("/faults",
                {{"match", {{"path", "^/v1.0/me/messages/7"}}}, {"action", {{"error", "ErrorItemNotFound"}}}});
  const auto response = world.send("POST", "/upload-session/x", "part /v1.0/me/messages/7");
  CHECK(response.transport == Transport::normal);
  CHECK(response.status == 404);
  CHECK(body_of(response)["error"]["code"] == "ErrorItemNotFound");
}

TEST_CASE("faults: a rule that cannot be understood is refused whole") {
  World world;
  for (const auto* bad : {R"({"action":"explode"})", R"({"match":{}})", R"({"action":"html","colour":1})",
                          R"({"match":{"path":"("},"action":"html"})", R"({"match":{"when":1},"action":"html"})",
                          R"({"action":{"error":""}})", R"([{"action":"html"},{"action":"explode"}])", "3"})
    CHECK(world.send("POST", "/_sandbox/faults", bad).status == 400);
  CHECK(world.look("/faults")["rules"].empty());
  Options options;
  options.faults = "not json";
  CHECK_THROWS_AS(World{options}, std::invalid_argument);
}

}  // namespace mailmgr::sandbox
