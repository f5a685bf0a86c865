#include "core/oauth/token_client.h"

#include <doctest/doctest.h>

#include "tests/oauth/oauth_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

namespace {

const std::string kGood = R"({"access_token":"at-1","expires_in":3599,"token_type":"Bearer","scope":"b a",)"
                          R"("refresh_token":"rt-2","refresh_token_expires_in":604799})";

struct World {
  FakeClock clock;
  SeededRandom random;
  ScriptedHttp http;
  OAuthClient client = test_client();

  Result<TokenSet> refresh() {
    TokenClient endpoint(http, clock, random, client);
    return endpoint.refresh(Secret("rt-1"), 30s, Stop());
  }
  Result<TokenSet> exchange() {
    TokenClient endpoint(http, clock, random, client);
    return endpoint.exchange(Secret("4/code"), "http://127.0.0.1:5/cb/google", Secret("the-verifier"), 30s, Stop());
  }
  Result<TokenSet> answered(int status, const std::string& body, HttpHeaders headers = {}) {
    http.answer(status, body, std::move(headers));
    return refresh();
  }
  Result<TokenSet> with(const std::string& member) {
    return answered(200, R"({"access_token":"at","token_type":"bearer",)" + member + "}");
  }
};

}  // namespace

TEST_CASE("an exchange posts the code, the same redirect URI, the verifier and the secret as a form") {
  World world;
  world.http.answer(200, kGood);
  REQUIRE(world.exchange());
  const HttpRequest request = world.http.last();
  CHECK(request.method == "POST");
  CHECK(request.url.str() == "https://login.test/token");
  CHECK(request.content_type == "application/x-www-form-urlencoded");
  CHECK(request.deadline == 30s);
  CHECK(request.max_body <= (1U << 20));
  CHECK(sent(world.http, 0, "grant_type") == "authorization_code");
  CHECK(sent(world.http, 0, "code") == "4/code");
  CHECK(sent(world.http, 0, "redirect_uri") == "http://127.0.0.1:5/cb/google");
  CHECK(sent(world.http, 0, "code_verifier") == "the-verifier");
  CHECK(sent(world.http, 0, "client_id") == "client-1");
  CHECK(sent(world.http, 0, "client_secret") == "s3cret");
}

TEST_CASE("a public client sends no secret") {
  World world;
  world.client.client_secret.reset();
  world.http.answer(200, kGood);
  REQUIRE(world.refresh());
  CHECK(sent(world.http, 0, "client_secret") == "(none)");
  CHECK(sent(world.http, 0, "grant_type") == "refresh_token");
  CHECK(sent(world.http, 0, "refresh_token") == "rt-1");
}

TEST_CASE("an answer is read with expiries by the local clock") {
  World world;
  const auto tokens = world.answered(200, kGood);
  REQUIRE(tokens);
  CHECK(tokens->access.reveal() == "at-1");
  CHECK(tokens->access_expires == world.clock.now() + 3599s);
  CHECK(tokens->refresh.value().reveal() == "rt-2");
  CHECK(tokens->refresh_expires == world.clock.now() + 604799s);
  CHECK(tokens->scopes.value() == std::set<std::string>{"a", "b"});
}

TEST_CASE("attack 26: what the server leaves out is left as it was") {
  World world;
  const auto tokens = world.answered(200, R"({"access_token":"at","token_type":"bearer"})");
  REQUIRE(tokens);
  CHECK_FALSE(tokens->refresh.has_value());
  CHECK_FALSE(tokens->scopes.has_value());
  CHECK(tokens->access_expires == world.clock.now() + 300s);
}

TEST_CASE("attack 26: lifetimes are read from numbers and digits, clamped, and refused when absurd") {
  World world;
  const auto lifetime = [&](const std::string& value) {
    const auto tokens = world.with("\"expires_in\":" + value);
    return tokens ? std::optional(tokens->access_expires - world.clock.now()) : std::nullopt;
  };
  CHECK(lifetime("-1") == 0s);
  CHECK(lifetime("\"3600\"") == 3600s);
  CHECK(lifetime("3600.5") == 3600s);
  CHECK(lifetime("99999999") == 48h);
  for (const std::string bad : {"1e300", "\"1e3\"", "\"\"", "\"36x\"", "null", "[3600]", "true"}) {
    CHECK_FALSE(lifetime(bad).has_value());
  }
  CHECK(world.with("\"expires_in\":1e999").error().code == Code::try_later);
}

TEST_CASE("attack 25: tokens of a wrong type or with bytes a header cannot carry are refused") {
  World world;
  for (const std::string token :
       {"1", "null", "{}", "[\"a\"]", "\"\"", R"("a\r\nX-Evil: 1")", R"("a\u0000b")", R"("a b")", R"("\u00e9")"}) {
    const auto access = world.answered(200, R"({"token_type":"bearer","access_token":)" + token + "}");
    REQUIRE_FALSE(access);
    CHECK(access.error().code == Code::try_later);
    CHECK_FALSE(world.with("\"refresh_token\":" + token));
  }
  CHECK_FALSE(world.with("\"refresh_token\":\"" + std::string(100'000, 'x') + "\""));
  CHECK_FALSE(world.with("\"scope\":[\"a\"]"));
}

TEST_CASE("attack 27: only bearer tokens are taken") {
  World world;
  CHECK(world.answered(200, R"({"access_token":"at","token_type":"BEARER"})"));
  CHECK_FALSE(world.answered(200, R"({"access_token":"at","token_type":"mac"})"));
  CHECK_FALSE(world.answered(200, R"({"access_token":"at","token_type":1})"));
  CHECK_FALSE(world.answered(200, R"({"access_token":"at"})"));
}

TEST_CASE("attack 20: a redirect of the token endpoint is an error and nothing follows it") {
  World world;
  for (const int status : {301, 302, 303, 307, 308}) {
    const auto tokens = world.answered(status, kGood, {{"Location", "https://evil.test/token"}});
    REQUIRE_FALSE(tokens);
    CHECK(tokens.error().code == Code::config);
    CHECK(tokens.error().message.find("redirect") != std::string::npos);
  }
  CHECK(world.http.requests().size() == 5);
  for (const auto& request : world.http.requests()) CHECK(request.url.host == "login.test");
}

TEST_CASE("attack 21: HTML instead of JSON is named without showing it") {
  World world;
  const auto tokens = world.answered(200, "<html><script>alert(1)</script>Welcome to the hotel</html>");
  REQUIRE_FALSE(tokens);
  CHECK(tokens.error().code == Code::try_later);
  CHECK(tokens.error().message.find("not JSON") != std::string::npos);
  CHECK(tokens.error().message.find("hotel") == std::string::npos);
  CHECK(tokens.error().hint.find("login ") == std::string::npos);
  CHECK(world.answered(404, "<html>no such page</html>").error().code == Code::config);
  CHECK(world.answered(503, "<html>maintenance</html>").error().code == Code::try_later);
  CHECK(world.answered(429, "slow").error().code == Code::throttled);
}

TEST_CASE("attack 22: an answer cut at any byte is an error") {
  World world;
  for (std::size_t size = 0; size < kGood.size(); ++size) {
    const auto tokens = world.answered(200, kGood.substr(0, size));
    REQUIRE_FALSE(tokens);
    CHECK(tokens.error().code == Code::try_later);
  }
  CHECK_FALSE(world.answered(200, kGood + "x"));
}

TEST_CASE("attack 23: an oversized answer is refused") {
  World world;
  CHECK(world.with("\"pad\":\"" + std::string(300'000, 'x') + "\"").error().message.find("too large") !=
        std::string::npos);
}

TEST_CASE("attack 24: deep nesting is refused at a fixed depth") {
  World world;
  const auto nested = [&](std::size_t depth) {
    return world.with("\"deep\":" + std::string(depth, '[') + std::string(depth, ']'));
  };
  CHECK(nested(60));
  for (const std::size_t depth : {70U, 100'000U}) {
    CHECK(nested(depth).error().message.find("nested too deeply") != std::string::npos);
  }
  CHECK_FALSE(nested(1'000'000));
}

TEST_CASE("attack 28: a name that occurs twice is refused, at any level") {
  World world;
  CHECK_FALSE(world.with("\"access_token\":\"other\""));
  CHECK_FALSE(world.with(R"("x":{"a":1,"a":2})"));
}

TEST_CASE("attack 34: invalid UTF-8 is refused with an error that can be shown") {
  World world;
  const Error error = world.with("\"x\":\"\xff\xfe\"").error();
  CHECK(error.message.find("not JSON") != std::string::npos);
  CHECK(error.message.find('\xff') == std::string::npos);
}

TEST_CASE("an answer that is no object is refused") {
  World world;
  CHECK_FALSE(world.answered(200, "[" + kGood + "]"));
  CHECK_FALSE(world.answered(200, "\"text\""));
}

TEST_CASE("members inside objects do not count as the answer's own") {
  World world;
  CHECK_FALSE(world.answered(200, R"({"a":{"access_token":"at","token_type":"bearer"}})"));
  const auto tokens = world.with(R"("x":{"refresh_token":"inner"},"y":[{"refresh_token":"inner"}])");
  REQUIRE(tokens);
  CHECK_FALSE(tokens->refresh.has_value());
}

TEST_CASE("attack 31: an error in a successful answer is an error") {
  World world;
  const auto tokens = world.with(R"("error":"invalid_grant")");
  REQUIRE_FALSE(tokens);
  CHECK(tokens.error().code == Code::auth_required);
}

TEST_CASE("attack 23: an oversized body that the HTTP client cut off passes as trouble on the way") {
  World world;
  world.http.fail(Code::too_large, "the answer is larger than 256 KiB");
  CHECK(world.refresh().error().code == Code::try_later);
}

TEST_CASE("network trouble stays what it is and never speaks of a login") {
  World world;
  for (const Code code : {Code::unreachable, Code::no_answer}) {
    world.http.fail(code, "connecting to login.test: no route");
    const Error error = world.refresh().error();
    CHECK(error.code == code);
    CHECK((error.message + error.hint).find("log in") == std::string::npos);
  }
}

TEST_CASE("a server text that repeats what was sent is not shown") {
  World world;
  const Error error =
      world.answered(400, R"({"error":"invalid_grant","error_description":"bad token rt-1 for s3cret"})").error();
  CHECK(error.message.find("rt-1") == std::string::npos);
  CHECK(error.message.find("s3cret") == std::string::npos);
}

TEST_CASE("attack 33: a request to wait is capped at an hour, and garbage is none") {
  World world;
  const auto wait = [&](const std::string& value) {
    return world.answered(429, "{}", {{"retry-after", value}}).error().retry_after;
  };
  CHECK(wait("7") == 7s);
  CHECK(wait("99999999") == 1h);
  CHECK(wait("Wed, 21 Oct 2026 07:28:00 GMT") == 1h);
  for (const std::string bad : {"", "-5", "soon", "5 s"}) {
    CHECK_FALSE(wait(bad).has_value());
  }
}
