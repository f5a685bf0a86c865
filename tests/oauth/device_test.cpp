#include "core/oauth/device.h"

#include <doctest/doctest.h>

#include "tests/oauth/oauth_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

namespace {

struct DeviceWorld {
  FakeClock clock;
  ScriptedHttp http;
  SeededRandom random;
  OAuthClient client = test_client(ProviderKind::microsoft);
  std::stop_source stop;

  DeviceWorld() {
    client.client_secret.reset();
    client.endpoints.device = Url::parse("https://login.test/devicecode").value();
  }
  DeviceClient device() { return {http, clock, random, client}; }
  Result<DeviceCode> begin(const std::string& answer) {
    http.answer(200, answer);
    return device().begin({"Mail.Read", "offline_access"}, 30s, Stop());
  }
  Result<DeviceCode> with(const std::string& members) { return begin(R"({"device_code":"dc",)" + members + "}"); }

  void says(const std::string& error, const std::string& description = "") {
    http.answer(400, R"({"error":")" + error + R"(","error_description":")" + description + "\"}");
  }
  void gives_tokens() { http.answer(200, R"({"access_token":"at","token_type":"Bearer","refresh_token":"rt"})"); }
  Result<TokenSet> wait() {
    const DeviceCode code{Secret("dc"), "ABCD", Url::parse("https://login.test/device").value(), 15min, 5s};
    return device().wait(code, Stop(stop.get_token()));
  }
};

const std::string kGood =
    R"("user_code":"ABCD-EFGH","verification_uri":"https://login.test/device","expires_in":900,"interval":5)";

}  // namespace

TEST_CASE("a device code is asked for with the client and the scopes alone") {
  DeviceWorld world;
  const auto code = world.with(kGood);
  REQUIRE(code);
  CHECK(code->user_code == "ABCD-EFGH");
  CHECK(code->verification_uri.str() == "https://login.test/device");
  CHECK(code->expires_in == 15min);
  CHECK(code->interval == 5s);
  CHECK(world.http.last().url.str() == "https://login.test/devicecode");
  CHECK(decode_query(world.http.last().body).value() ==
        QueryParams{{"client_id", "client-1"}, {"scope", "Mail.Read offline_access"}});
}

TEST_CASE("a code or page that a person cannot be sent to is refused") {
  DeviceWorld world;
  const auto refuses = [&](const std::string& members) {
    CAPTURE(members);
    const auto code = world.with(members);
    REQUIRE_FALSE(code);
    CHECK(code.error().code == Code::try_later);
  };
  const std::string page = R"("verification_uri":"https://login.test/device","expires_in":900)";
  for (const std::string user_code : {R"("")", R"("A\u001b[2J")", R"("A B")", R"("é")", "5", "null"}) {
    refuses("\"user_code\":" + user_code + "," + page);
  }
  refuses("\"user_code\":\"" + std::string(33, 'A') + "\"," + page);
  for (const std::string uri :
       {"http://login.test/device", "javascript:alert(1)", "https://u:p@login.test/", "-x", ""}) {
    refuses(R"("user_code":"AB","expires_in":900,"verification_uri":")" + uri + '"');
  }
  for (const std::string life : {R"("expires_in":0)", R"("expires_in":"soon")", R"("x":1)"}) {
    refuses(R"("user_code":"AB","verification_uri":"https://login.test/device",)" + life);
  }
  refuses(kGood.substr(0, kGood.size() - 1) + "null");
  CHECK_FALSE(world.begin("{" + kGood + "}"));  // without a device code
  CHECK(world.with(R"("user_code":"AB","verification_uri":"http://127.0.0.1:9/device","expires_in":900)"));
}

TEST_CASE("the token endpoint is asked at the interval until the person has decided") {
  DeviceWorld world;
  world.says("authorization_pending");
  world.says("authorization_pending");
  world.gives_tokens();
  const auto tokens = world.wait();
  REQUIRE(tokens);
  CHECK(tokens->refresh.value().reveal() == "rt");
  CHECK(world.clock.slept() == 15s);
  CHECK(sent(world.http, 0, "grant_type") == "urn:ietf:params:oauth:grant-type:device_code");
  CHECK(sent(world.http, 0, "device_code") == "dc");
  CHECK(sent(world.http, 0, "client_id") == "client-1");
}

TEST_CASE("slow_down adds five seconds for good") {
  DeviceWorld world;
  world.says("slow_down");
  world.says("authorization_pending");
  world.says("slow_down");
  world.gives_tokens();
  REQUIRE(world.wait());
  CHECK(world.clock.slept() == 5s + 10s + 10s + 15s);
}

TEST_CASE("trouble on the way is no answer of the person, and slows the questions down") {
  DeviceWorld world;
  world.http.fail(Code::unreachable);
  world.http.answer(503, "<html>");
  world.http.fail(Code::no_answer);
  world.http.answer(429, "{}", {{"Retry-After", "60"}});
  world.gives_tokens();
  REQUIRE(world.wait());
  CHECK(world.clock.slept() == 5s + 10s + 15s + 20s + 60s);
}

TEST_CASE("what ends a device login says why and what to do") {
  const auto ended = [](const std::string& error, const std::string& description = "") {
    DeviceWorld world;
    world.says(error, description);
    return world.wait().error();
  };
  CHECK(ended("authorization_declined").code == Code::refused);
  CHECK(ended("authorization_declined").message.starts_with("you declined"));
  CHECK(ended("expired_token").code == Code::auth_required);
  CHECK(ended("expired_token").hint == "mailmgr login microsoft --device");
  CHECK(ended("bad_verification_code").code == Code::auth_required);
  const Error blocked = ended("access_denied_by_policy", "AADSTS53003: Access has been blocked by Conditional Access");
  CHECK(blocked.code == Code::refused);
  CHECK(blocked.message.find("Conditional Access") != std::string::npos);
  CHECK(blocked.hint.find("mailmgr login microsoft --no-browser") != std::string::npos);
  const Error confidential = ended("invalid_client", "AADSTS7000218: must contain: 'client_assertion'");
  CHECK(confidential.code == Code::config);
  CHECK(confidential.hint.find("Allow public client flows") != std::string::npos);
}

TEST_CASE("a device code that nobody enters ends with its life, a shorter deadline before that") {
  DeviceWorld world;
  for (int i = 0; i < 200; ++i) world.says("authorization_pending");
  const Time start = world.clock.now();
  const Error error = world.wait().error();
  CHECK(error.code == Code::auth_required);
  CHECK(error.message.find("in time") != std::string::npos);
  CHECK(world.clock.now() - start == 15min);

  const DeviceCode code{Secret("dc"), "ABCD", Url::parse("https://login.test/device").value(), 15min, 5s};
  const Stop minute = Stop().before(world.clock.monotonic() + 1min);
  CHECK(world.device().wait(code, minute).error().code == Code::auth_required);
  CHECK(world.clock.now() - start == 16min);
}

TEST_CASE("an interrupt ends the waiting for a device code as such") {
  DeviceWorld world;
  world.http.answer_with([&](const HttpRequest&) -> Result<HttpResponse> {
    world.stop.request_stop();
    return Stop::error();
  });
  CHECK(world.wait().error().code == Code::interrupted);
}

TEST_CASE("a provider without an endpoint for device codes is said to have none") {
  DeviceWorld world;
  world.client.endpoints.device.reset();
  CHECK(world.device().begin({"s"}, 30s, Stop()).error().code == Code::config);
}
