#include "core/oauth/revocation.h"

#include <doctest/doctest.h>

#include "tests/oauth/oauth_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

namespace {

struct RevocationWorld {
  FakeClock clock;
  ScriptedHttp http;
  Url endpoint = Url::parse("https://login.test/revoke").value();

  Status revoke() { return RevocationClient(http, clock, endpoint).revoke(Secret("rt-1"), 30s, Stop()); }
  Error refusal() {
    const Status status = revoke();
    REQUIRE_FALSE(status);
    return status.error();
  }
};

}  // namespace

TEST_CASE("a token is revoked by a form that holds nothing else") {
  RevocationWorld world;
  world.http.answer(200, "{}");
  CHECK(world.revoke());
  const HttpRequest request = world.http.last();
  CHECK(request.method == "POST");
  CHECK(request.url.str() == "https://login.test/revoke");
  CHECK(request.content_type == "application/x-www-form-urlencoded");
  CHECK(request.body == "token=rt-1");
}

TEST_CASE("a token that was dead before counts as revoked") {
  RevocationWorld world;
  world.http.answer(400, R"({"error":"invalid_token","error_description":"Token expired or revoked"})");
  CHECK(world.revoke());
}

TEST_CASE("only what passes is worth another try, and no answer is followed elsewhere") {
  RevocationWorld world;
  world.http.answer(503);
  CHECK(world.refusal().code == Code::try_later);
  world.http.answer(429, "", {{"Retry-After", "7"}});
  CHECK(world.refusal().retry_after == 7s);
  world.http.fail(Code::unreachable);
  CHECK(world.refusal().code == Code::unreachable);
  world.http.answer(400, R"({"error":"invalid_request"})");
  CHECK(world.refusal().code == Code::refused);
  world.http.answer(400, "<html>rt-1</html>");
  CHECK(world.refusal().message.find("rt-1") == std::string::npos);
  world.http.answer(302, "", {{"Location", "https://evil.test/"}});
  CHECK(world.refusal().code == Code::refused);
  CHECK(world.http.requests().size() == 6);
}
