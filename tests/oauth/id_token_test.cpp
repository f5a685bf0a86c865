#include "core/oauth/id_token.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/base/encoding.h"
#include "core/oauth/token_client.h"
#include "tests/oauth/oauth_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

namespace {

const std::string kTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
const std::string kHeader = R"({"alg":"RS256","kid":"k1","typ":"JWT"})";

std::string jwt(const std::string& header, const std::string& claims) {
  return base64url(header) + "." + base64url(claims) + "." + base64url("the signature");
}

struct Claims {
  std::string iss = "\"https://issuer.test\"";
  std::string aud = "\"client-1\"";
  std::string iat = {}, exp = {};  // empty: now, and an hour later
  std::string more = {};
};

struct World {
  FakeClock clock;
  OAuthClient client = test_client();
  std::string nonce = "the-nonce";
  std::optional<Time> server_time;

  std::int64_t now() { return to_unix_seconds(clock.now()); }
  std::string claims(Claims claims = {}) {
    if (claims.iat.empty()) claims.iat = std::to_string(now());
    if (claims.exp.empty()) claims.exp = std::to_string(now() + 3600);
    return fmt::format(R"({{"iss":{},"aud":{},"iat":{},"exp":{}{}}})", claims.iss, claims.aud, claims.iat, claims.exp,
                       claims.more);
  }
  Status check(const std::string& token) { return check_id_token(token, {client, nonce, clock.now(), server_time}); }
  Status check(const Claims& with) { return check(jwt(kHeader, claims(with))); }
  // The claim that is named as wrong.
  void refuses(const Claims& with, std::string_view claim) {
    CAPTURE(claims(with));
    const Status status = check(with);
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Code::refused);
    CHECK_MESSAGE(status.error().message.find(fmt::format("({})", claim)) != std::string::npos, status.error().message);
  }
};

}  // namespace

TEST_CASE("an identity token of this client, issuer and login is accepted, with and without what is optional") {
  World world;
  CHECK(world.check(Claims{}));
  CHECK(world.check(Claims{.iss = "\"https://login.test/" + kTenant + "/v2.0\"",
                           .more = R"(,"tid":")" + kTenant + R"(","azp":"client-1","nonce":"the-nonce","nbf":0)"}));
}

TEST_CASE("attack 35: an identity token without a signature or with a shared-key one is refused") {
  World world;
  for (const std::string alg : {R"("none")", R"("None")", R"("HS256")", R"("ES256")", R"("")", "null", "5"}) {
    const Status status = world.check(jwt(R"({"alg":)" + alg + "}", world.claims()));
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Code::refused);
    CHECK(status.error().message.find("(alg)") != std::string::npos);
  }
  const std::string unsigned_token = base64url(R"({"alg":"none"})") + "." + base64url(world.claims()) + ".";
  CHECK_FALSE(world.check(unsigned_token));
}

TEST_CASE("attack 37: an identity token for another client, issuer, tenant or login is refused, naming the claim") {
  World world;
  for (const std::string aud : {R"("client-2")", R"("")", R"(["client-1"])", R"(["client-1","evil"])", "null"}) {
    world.refuses({.aud = aud}, "aud");
  }
  world.refuses({.more = R"(,"azp":"client-2")"}, "azp");
  for (const std::string iss : {"https://evil.test", "https://issuer.test/", "http://issuer.test", ""}) {
    world.refuses({.iss = '"' + iss + '"'}, "iss");
  }
  const std::string microsoft = "\"https://login.test/" + kTenant + "/v2.0\"";
  const std::string other = "00000000-6c67-4c5b-b112-36a304b66dad";
  world.refuses({.iss = microsoft, .more = R"(,"tid":")" + other + '"'}, "iss");
  world.refuses({.iss = microsoft}, "iss");  // whose tenant is not told
  world.refuses({.iss = microsoft, .more = R"(,"tid":"common")"}, "tid");
  world.client.endpoints.issuers = {"https://login.test/" + kTenant + "/v2.0"};
  world.refuses({.iss = microsoft, .more = R"(,"tid":")" + other + '"'}, "tid");
  CHECK(world.check(Claims{.iss = microsoft, .more = R"(,"tid":")" + kTenant + '"'}));

  World plain;
  plain.refuses({.more = R"(,"nonce":"another")"}, "nonce");
  plain.refuses({.more = R"(,"nonce":7)"}, "nonce");
  plain.nonce.clear();
  plain.refuses({.more = R"(,"nonce":"the-nonce")"}, "nonce");
}

TEST_CASE("attack 38: an identity token out of its time is refused, and a wrong clock is named with the difference") {
  World world;
  const auto at = [&](std::int64_t offset) { return std::to_string(world.now() + offset); };
  CHECK(world.check(Claims{.iat = at(290), .exp = at(3600)}));
  CHECK(world.check(Claims{.iat = at(-3600), .exp = at(-290)}));

  const Status expired = world.check(Claims{.iat = at(-7600), .exp = at(-4000)});
  CHECK(expired.error().code == Code::refused);
  CHECK(expired.error().message.find("expired 66 minutes ago") != std::string::npos);
  for (const Claims& early : {Claims{.iat = at(900), .exp = at(4500)}, Claims{.more = ",\"nbf\":" + at(900)}}) {
    const Status status = world.check(early);
    CHECK(status.error().code == Code::config);
    CHECK(status.error().message.find("clock is 15 minutes behind that of Google") != std::string::npos);
    CHECK(status.error().hint.find("set the clock") != std::string::npos);
  }

  world.server_time = world.clock.now() - 4000s;
  CHECK(world.check(Claims{.iat = at(-4000), .exp = at(-400)}).error().message.find("66 minutes ahead of") !=
        std::string::npos);
  world.server_time = world.clock.now();  // the clocks agree: it is the token
  CHECK(world.check(Claims{.iat = at(900), .exp = at(4500)}).error().code == Code::refused);

  CHECK_FALSE(world.check(Claims{.exp = "null"}));
  CHECK_FALSE(world.check(Claims{.iat = "\"now\""}));
  CHECK_FALSE(world.check(Claims{.exp = "1e300"}));
}

TEST_CASE("attack 39: an identity token that is no strict three-part JWT is refused") {
  World world;
  const std::string good = jwt(kHeader, world.claims());
  const std::string two = good.substr(0, good.rfind('.'));
  const std::string padded = base64url(kHeader) + "=." + base64url(world.claims()) + "." + base64url("s");
  for (const std::string& token :
       {std::string(), std::string("x.y.z"), two, good + ".x", good + ".", padded, good + "+", " " + good, good + "\n",
        "." + good.substr(good.find('.') + 1), jwt(kHeader, "[1]"), jwt(kHeader, world.claims() + "x"),
        jwt(R"({"alg":"RS256","alg":"none"})", world.claims()),
        jwt(kHeader, world.claims({.more = ",\"pad\":\"" + std::string(20'000, 'x') + "\""}))}) {
    const Status status = world.check(token);
    REQUIRE_FALSE(status);
    CHECK(status.error().message.find("malformed") != std::string::npos);
  }
}

TEST_CASE("an identity token decides a login's exchange, with the answer's own date, and never a refresh") {
  World world;
  ScriptedHttp http;
  SeededRandom random;
  TokenClient endpoint(http, world.clock, random, world.client);
  const auto answer = [&](const std::string& token, HttpHeaders headers = {}) {
    http.answer(200, R"({"access_token":"at","token_type":"bearer","id_token":")" + token + "\"}", std::move(headers));
  };
  const auto exchange = [&] {
    return endpoint.exchange(Secret("c"), "http://127.0.0.1:5/cb", Secret("v"), 30s, Stop(), "the-nonce");
  };
  answer(jwt(kHeader, world.claims({.more = R"(,"nonce":"the-nonce")"})));
  CHECK(exchange());
  answer(jwt(kHeader, world.claims({.more = R"(,"nonce":"stolen")"})));
  CHECK(exchange().error().code == Code::refused);
  answer(jwt(kHeader, world.claims({.iat = "0", .exp = "3600"})), {{"Date", "Thu, 01 Jan 1970 00:10:00 GMT"}});
  CHECK(exchange().error().message.find("clock is") != std::string::npos);
  answer("x.y.z");
  CHECK_FALSE(exchange());
  answer("x.y.z");
  CHECK(endpoint.refresh(Secret("rt"), 30s, Stop()));
}
