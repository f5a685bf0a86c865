#include <doctest/doctest.h>

#include "tests/sandbox_tests/sandbox_world.h"

namespace mailmgr::sandbox {
namespace {

// Access tokens by auto-consent.
std::string google_token(World& world, const std::string& email = "a@gmail.test") {
  const std::string redirect = "http://127.0.0.1:1/";
  const auto answer = world.get("/o/oauth2/v2/auth", {{"client_id", std::string(kGoogleClientId)},
                                                      {"redirect_uri", redirect},
                                                      {"response_type", "code"},
                                                      {"scope", "https://www.googleapis.com/auth/gmail.modify"},
                                                      {"login_hint", email},
                                                      {"code_challenge", challenge()},
                                                      {"code_challenge_method", "S256"}});
  return body_of(world.post_form("/token", {{"grant_type", "authorization_code"},
                                            {"client_id", std::string(kGoogleClientId)},
                                            {"client_secret", std::string(kGoogleClientSecret)},
                                            {"code", location_param(answer, "code")},
                                            {"code_verifier", kVerifier},
                                            {"redirect_uri", redirect}}))["access_token"];
}

Options willing(std::vector<std::string> accounts = {"a@gmail.test", "b@outlook.test"}) {
  Options options;
  options.auto_consent = true;
  options.accounts = std::move(accounts);
  return options;
}

HeaderList bearer(const std::string& token) {
  return {{"authorization", "Bearer " + token}};
}

}  // namespace

TEST_CASE("front: the domain of an address decides its provider, a prefix overrules it") {
  World world(willing(
      {"x@gmail.test", "y@googlemail.test", "z@hotmail.test", "google:w@example.com", "microsoft:v@example.com"}));
  CHECK(world.gmail->mailboxes.size() == 3);
  CHECK(world.graph->mailboxes.size() == 2);
  CHECK(world.gmail->mailboxes.contains("w@example.com"));
  Options unclear;
  unclear.accounts = {"v@example.com"};
  CHECK_THROWS_AS(World{unclear}, std::invalid_argument);
  unclear.accounts = {"no address"};
  CHECK_THROWS_AS(World{unclear}, std::invalid_argument);
}

TEST_CASE("front: auto-consent answers for the account named by login_hint, else for the first") {
  World world(willing({"x@gmail.test", "y@gmail.test"}));
  CHECK(body_of(world.get("/gmail/v1/users/me/profile", google_token(world, "y@gmail.test")))["user"] ==
        "y@gmail.test");
  CHECK(body_of(world.get("/gmail/v1/users/me/profile", google_token(world, "nobody@gmail.test")))["user"] ==
        "x@gmail.test");
}

TEST_CASE("front: every path goes to its own service, unknown ones to none") {
  World world(willing());
  const auto token = google_token(world);
  for (const auto* path : {"/gmail/v1/users/me/labels", "/batch/gmail/v1", "/batch",
                           "/upload/gmail/v1/users/me/messages", "/resumable/upload/gmail/v1/users/me/messages"})
    CHECK(world.get(path, token).status == 200);
  CHECK(world.gmail->handled == 5);
  CHECK(world.get("/v1.0/me").status == 401);
  CHECK(world.get("/calendar/v3/anything", token).status == 404);
  CHECK(world.graph->handled == 0);
}

TEST_CASE("front: upload session URLs need no token") {
  World world(willing());
  CHECK(world.send("PUT", "/upload-session/secret", "bytes").status == 200);
  CHECK(world.graph->handled == 1);
}

TEST_CASE("front: statistics count by path pattern, user and status, and start again on reset") {
  World world(willing());
  const auto token = google_token(world);
  for (const auto* id : {"18c1", "18c2"})
    world.get("/gmail/v1/users/me/messages/" + std::string(id) + "?format=raw", token);
  world.get("/gmail/v1/users/me/messages/18c3");
  world.send("POST", "/batch/gmail/v1", "part /gmail/v1/users/me/messages/1", bearer(token));
  auto stats = world.look("/stats");
  CHECK(stats["by_path"]["GET /gmail/v1/users/{user}/messages/{id}"] == 3);
  CHECK(stats["by_path"]["POST /token"] == 1);
  CHECK(stats["by_user"]["a@gmail.test"] == 3);
  CHECK(stats["by_status"]["401"] == 1);
  CHECK(stats["batch_parts"] == 1);
  CHECK(stats["quota_units"] == 15);
  CHECK(stats["tokens"]["access_tokens"] == 1);
  CHECK(stats["max_concurrency"]["a@gmail.test"] == 1);
  world.control("/stats/reset");
  stats = world.look("/stats");
  CHECK(stats["requests"] == 0);
  CHECK(stats["tokens"]["access_tokens"] == 0);
}

TEST_CASE("front: path patterns keep words of the API and hide ids") {
  CHECK(path_pattern("/v1.0/me/mailFolders/AAMk=/messages/delta") == "/v1.0/me/mailFolders/{id}/messages/delta");
  CHECK(path_pattern("/v1.0/users/a@b/messages/AAMk/$value") == "/v1.0/users/{user}/messages/{id}/$value");
  CHECK(path_pattern("/v1.0/$batch") == "/v1.0/$batch");
  CHECK(path_pattern("/contoso.test/oauth2/v2.0/token") == "/{tenant}/oauth2/v2.0/token");
  CHECK(path_pattern("/gmail/v1/users/me/messages/send") == "/gmail/v1/users/{user}/messages/send");
}

TEST_CASE("front: sent mail arrives in the recipient's mailbox at either provider, after the sender's request") {
  World world(willing());
  const auto token = google_token(world);
  world.send("POST", "/gmail/v1/users/me/messages/send", "send B@outlook.test", bearer(token));
  world.send("POST", "/gmail/v1/users/me/messages/send", "send nobody@example.com", bearer(token));
  REQUIRE(world.graph->controls.size() == 1);
  CHECK(world.graph->controls[0].starts_with("b@outlook.test deliver "));
  CHECK(world.graph->controls[0].find(base64("Subject: hello\r\n\r\nhi\r\n")) != std::string::npos);
}

TEST_CASE("front: behind a prefix every provider path moves, pages and control stay reachable") {
  auto options = willing();
  options.prefix = "/proxy";
  World world(options);
  CHECK(world.get("/.well-known/openid-configuration").status == 404);
  CHECK(world.get("/proxy/.well-known/openid-configuration").status == 200);
  CHECK(world.get("/proxy/_sandbox/stats").status == 200);
  CHECK(world.get("/_sandbox/stats").status == 200);
}

TEST_CASE("front: mail goes to every account, or to the one named") {
  CHECK(MailSource::parse("/tmp/a=b@c").email.empty());
  CHECK(MailSource::parse("a@gmail.test=/tmp/x").email == "a@gmail.test");
  CHECK(MailSource::parse("a@gmail.test=/tmp/x").path == "/tmp/x");
  auto options = willing();
  options.synthetic = 3;
  World world(options);
  CHECK(world.gmail->mailboxes["a@gmail.test"].size() == 3);
  CHECK(world.graph->mailboxes["b@outlook.test"].size() == 3);
  options.mail = {MailSource::parse("c@gmail.test=/tmp/x")};
  CHECK_THROWS_AS(World{options}, std::invalid_argument);
}

TEST_CASE("front: a request says whose it is, for counting what is in flight") {
  World world(willing());
  Request request;
  CHECK(world.sandbox.user_of(request).empty());
  request.headers = bearer(google_token(world));
  CHECK(world.sandbox.user_of(request) == "a@gmail.test");
}

}  // namespace mailmgr::sandbox
