#include "core/oauth/authorization.h"

#include <doctest/doctest.h>

#include <map>

#include "core/oauth/pkce.h"
#include "core/oauth/server_text.h"
#include "tests/oauth/oauth_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

std::map<std::string, std::string> params_of(const Url& url) {
  std::map<std::string, std::string> found;
  const QueryParams params = decode_query(url.query).value();
  for (const auto& [name, value] : params) CHECK(found.emplace(name, value).second);
  return found;
}

const std::string kState = "the-right-state";

bool answers(std::string_view query) {
  return answers_request(decode_query(query).value(), kState);
}

Error denial(std::string_view query, ProviderKind kind = ProviderKind::google) {
  return authorization_code(decode_query(query).value(), test_client(kind)).error();
}

}  // namespace

TEST_CASE("the challenge is the one of RFC 7636 appendix B") {
  CHECK(pkce_challenge(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")) ==
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("every verifier and state is new and 43 characters long") {
  SeededRandom random;
  const Pkce first = make_pkce(random);
  const Pkce second = make_pkce(random);
  CHECK(first.verifier.reveal().size() == 43);
  CHECK(first.verifier.reveal() != second.verifier.reveal());
  CHECK(first.challenge == pkce_challenge(first.verifier));
  CHECK(make_state(random).size() == 43);
  CHECK(make_state(random) != make_state(random));
}

TEST_CASE("the authorization URL carries the request, the challenge and what the provider needs besides") {
  const auto url = authorization_url(test_client(), {"http://127.0.0.1:5/cb/google",
                                                     {"mail.modify", "offline_access"},
                                                     "state-1",
                                                     "challenge-1",
                                                     "",
                                                     {{"access_type", "offline"}, {"prompt", "select_account"}}});
  CHECK(url.str().starts_with("https://login.test/authorize?"));
  CHECK(params_of(url) == std::map<std::string, std::string>{{"client_id", "client-1"},
                                                             {"redirect_uri", "http://127.0.0.1:5/cb/google"},
                                                             {"response_type", "code"},
                                                             {"scope", "mail.modify offline_access"},
                                                             {"state", "state-1"},
                                                             {"code_challenge", "challenge-1"},
                                                             {"code_challenge_method", "S256"},
                                                             {"access_type", "offline"},
                                                             {"prompt", "select_account"}});
}

TEST_CASE("a login hint takes the place of choosing an account") {
  const auto params = params_of(authorization_url(
      test_client(), {"http://localhost:5", {"s"}, "x", "y", "a@b.test", {{"prompt", "select_account"}}}));
  CHECK(params.at("login_hint") == "a@b.test");
  CHECK_FALSE(params.contains("prompt"));
}

TEST_CASE("scopes of a national cloud are asked for under its host") {
  OAuthClient client = test_client(ProviderKind::microsoft);
  client.endpoints.scope_prefix = "https://graph.cloud.test/";
  const auto params = params_of(authorization_url(
      client, {"http://localhost:5", {"Mail.Read", "offline_access", "https://x.test/y"}, "x", "y", "", {}}));
  CHECK(params.at("scope") == "https://graph.cloud.test/Mail.Read offline_access https://x.test/y");
}

TEST_CASE("attacks 1, 2: only a request with exactly our state answers the login") {
  CHECK(answers("code=c&state=the-right-state"));
  CHECK(answers("error=access_denied&state=the-right-state"));
  CHECK_FALSE(answers("code=c&state=another"));
  CHECK_FALSE(answers("code=c&state=the-right-stat"));
  CHECK_FALSE(answers("code=c&state="));
  CHECK_FALSE(answers("code=c"));
  CHECK_FALSE(answers("error=access_denied&state=another"));
  CHECK_FALSE(answers("state=the-right-state"));
  CHECK_FALSE(answers(""));
}

TEST_CASE("attacks 3, 4: parameters given twice do not answer the login") {
  CHECK_FALSE(answers("code=c&state=the-right-state&state=bad"));
  CHECK_FALSE(answers("code=c&state=bad&state=the-right-state"));
  CHECK_FALSE(answers("code=c&code=d&state=the-right-state"));
  CHECK_FALSE(answers("code=c&error=x&state=the-right-state"));
  CHECK_FALSE(answers("code=c&iss=a&iss=b&state=the-right-state"));
}

TEST_CASE("attack 16: a code with control characters does not answer the login") {
  CHECK_FALSE(answers("code=c%00&state=the-right-state"));
  CHECK_FALSE(answers("code=c%0d%0aX:y&state=the-right-state"));
  CHECK_FALSE(answers("error=a%1b&state=the-right-state"));
}

TEST_CASE("the code is taken when no issuer or the right one is named") {
  for (const std::string iss :
       {"", "&iss=https://issuer.test", "&iss=https://login.test/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"}) {
    const auto params = decode_query("code=4/abc&state=s" + iss).value();
    CHECK(authorization_code(params, test_client()).value().reveal() == "4/abc");
  }
}

TEST_CASE("attack 15: another issuer is refused before its code is used") {
  for (const std::string iss :
       {"https://evil.test", "https://issuer.test/", "", "https://login.test/common/v2.0", "https://login.test//v2.0",
        "https://login.test/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0/x", "https://login.test/{tenantid}/v2.0"}) {
    QueryParams params{{"code", "c"}, {"iss", iss}};
    const auto code = authorization_code(params, test_client());
    REQUIRE_FALSE(code);
    CHECK(code.error().code == Code::refused);
    CHECK(code.error().message.find("another authorization server") != std::string::npos);
  }
}

TEST_CASE("an issuer is judged before an error it sends") {
  CHECK(denial("error=access_denied&iss=https://evil.test").message.find("another") != std::string::npos);
}

TEST_CASE("who declines is told so") {
  const Error error = denial("error=access_denied");
  CHECK(error.code == Code::refused);
  CHECK(error.message.starts_with("you declined"));
  CHECK(error.hint.find("test user") != std::string::npos);
  CHECK(denial("error=access_denied&error_description=AADSTS65004:+declined", ProviderKind::microsoft)
            .message.starts_with("you declined"));
}

TEST_CASE("an organisation that wants its administrator's consent is named with the complete URL") {
  OAuthClient client = test_client(ProviderKind::microsoft);
  client.endpoints.admin_consent = Url::parse("https://login.test/common/adminconsent").value();
  const QueryParams params{{"error", "access_denied"}, {"error_description", "AADSTS90094: An administrator must"}};
  const Error error = authorization_code(params, client).error();
  CHECK(error.code == Code::refused);
  CHECK(error.hint.find("https://login.test/common/adminconsent?client_id=client-1") != std::string::npos);
}

TEST_CASE("a server in trouble and a wrong client are told apart from a refusal") {
  CHECK(denial("error=temporarily_unavailable").code == Code::try_later);
  CHECK(denial("error=server_error").code == Code::try_later);
  CHECK(denial("error=invalid_scope").code == Code::config);
  CHECK(denial("error=invalid_request&error_description=AADSTS50194", ProviderKind::microsoft).code == Code::config);
  CHECK(denial("error=something_new").code == Code::refused);
}

TEST_CASE("attack 13: escapes in a provider's text never reach a message") {
  const Error error = denial("error=access_denied&error_description=%1b%5d52%3bc%3bZXZpbA%07%0d%0aSet-Cookie%c2%9b31m");
  for (const char c : error.message) CHECK(static_cast<unsigned char>(c) >= 0x20);
  CHECK(error.message.find("\xc2\x9b") == std::string::npos);
}

TEST_CASE("server text becomes one short line of harmless UTF-8") {
  CHECK(server_text("  two\r\n\t words ") == "two words");
  CHECK(server_text("a\xe2\x80\xae"
                    "b\xe2\x81\xa6"
                    "c\xe2\x80\xa8"
                    "d") == "a b c d");
  CHECK(server_text("\xff\xfe") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(server_text("é€😀") == "é€😀");
  const std::string cut = server_text(std::string(500, 'x') + "€", 50);
  CHECK(cut.size() <= 54);
  CHECK(cut.ends_with("…"));
  CHECK(server_text("€€€€€", 10) == "€€€…");
}
