#include "core/oauth/token_errors.h"

#include <doctest/doctest.h>

#include "tests/oauth/oauth_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

Error google(const std::string& error, const std::string& description = "", const std::string& subtype = "",
             GrantType type = GrantType::refresh_token) {
  return explain_failure({400, error, description, subtype, {}, {}}, type, test_client());
}

Error entra(std::int64_t code, const std::string& error = "invalid_grant", GrantType type = GrantType::refresh_token) {
  return explain_failure({400, error, "AADSTS" + std::to_string(code) + ": words. Trace ID: 1234", "", {code}, {}},
                         type, test_client(ProviderKind::microsoft));
}

bool says(const Error& error, std::string_view part) {
  return error.message.find(part) != std::string::npos;
}
bool hints(const Error& error, std::string_view part) {
  return error.hint.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("Google's dead refresh tokens name what may have happened") {
  const Error error = google("invalid_grant", "Token has been expired or revoked.");
  CHECK(error.code == Code::auth_required);
  CHECK(says(error, "Testing, where logins end after 7 days"));
  CHECK(says(error, "Google: invalid_grant, Token has been expired or revoked."));
  CHECK(says(google("invalid_grant", "reauth related error (invalid_rapt)", "invalid_rapt"), "session policy"));
}

TEST_CASE("a refused code is told from a dead login") {
  const Error error = google("invalid_grant", "Bad Request", "", GrantType::authorization_code);
  CHECK(error.code == Code::auth_required);
  CHECK(says(error, "the code from the browser"));
}

TEST_CASE("what stands against a login that is being made is a refusal, as there is none yet to renew") {
  for (const std::int64_t code : {53003, 50053, 50057, 50076}) {
    CHECK(entra(code).code == Code::auth_required);
    CHECK(entra(code, "invalid_grant", GrantType::authorization_code).code == Code::refused);
  }
  for (const std::int64_t code : {54005, 70008}) {
    const Error error = entra(code, "invalid_grant", GrantType::authorization_code);
    CHECK(error.code == Code::auth_required);
    CHECK(says(error, "the code from the browser was not accepted"));
  }
}

TEST_CASE("Entra's dead refresh tokens name the cause") {
  const std::vector<std::pair<std::int64_t, std::string>> causes{{50173, "password was changed"},
                                                                 {700082, "90 days"},
                                                                 {70008, "expired"},
                                                                 {70043, "sign-in frequency"},
                                                                 {50076, "multi-factor"},
                                                                 {50079, "multi-factor"},
                                                                 {53003, "Conditional Access"},
                                                                 {53000, "Conditional Access"},
                                                                 {530032, "Conditional"},
                                                                 {700084, "24 hours"},
                                                                 {50057, "disabled"},
                                                                 {70000, "expired or was revoked"}};
  for (const auto& [code, cause] : causes) {
    const Error error = entra(code);
    CHECK(error.code == Code::auth_required);
    CHECK_MESSAGE(says(error, cause), code, " ", error.message);
    CHECK_FALSE(says(error, "Trace ID"));
  }
  CHECK(entra(50076, "interaction_required").code == Code::auth_required);
  CHECK(entra(65001).code == Code::auth_required);
}

TEST_CASE("a client that is set up wrongly names the exact setting") {
  CHECK(hints(entra(7000215, "invalid_client"), "mailmgr provider set microsoft --client-secret-file FILE"));
  CHECK(says(entra(7000215, "invalid_client"), "the secret's ID was copied"));
  CHECK(hints(entra(7000222, "invalid_client"), "--client-secret-file"));
  CHECK(hints(entra(7000218, "invalid_client"), "Mobile and desktop applications"));
  CHECK(hints(entra(700025, "invalid_client"), "--client-secret ''"));
  CHECK(hints(entra(700016, "unauthorized_client"), "--client-id ID --tenant TENANT"));
  CHECK(hints(entra(50194, "invalid_request"), "mailmgr provider set microsoft --tenant TENANT"));
  CHECK(hints(entra(9002332, "invalid_request"), "--tenant organizations"));
  for (const std::int64_t code : {7000215, 7000222, 7000218, 700025, 700016, 50194, 90002, 50020, 70011, 50011}) {
    CHECK(entra(code, "invalid_client").code == Code::config);
  }
}

TEST_CASE("Google's client errors name the exact setting") {
  CHECK(
      hints(google("invalid_client", "The OAuth client was not found."), "mailmgr provider set google --client-id ID"));
  CHECK(hints(google("invalid_client", "Unauthorized"), "--client-secret-file"));
  CHECK(says(google("deleted_client", ""), "deleted"));
  CHECK(hints(google("unauthorized_client"), "Desktop app"));
  CHECK(hints(google("redirect_uri_mismatch"), "--redirect-uri"));
  for (const auto* error : {"invalid_client", "deleted_client", "unauthorized_client", "invalid_scope"}) {
    CHECK(google(error).code == Code::config);
  }
  OAuthClient without = test_client();
  without.client_secret.reset();
  const Error missing = explain_failure({400, "invalid_request", "client_secret is missing.", "", {}, {}},
                                        GrantType::refresh_token, without);
  CHECK(missing.code == Code::config);
  CHECK(says(missing, "needs a secret"));
}

TEST_CASE("trouble at the server passes, whatever words come with it") {
  const OAuthClient client = test_client();
  const auto code = [&](int status, const std::string& error) {
    return explain_failure({status, error, "", "", {}, {}}, GrantType::refresh_token, client).code;
  };
  CHECK(code(500, "") == Code::try_later);
  CHECK(code(503, "invalid_grant") == Code::try_later);
  CHECK(code(400, "temporarily_unavailable") == Code::try_later);
  CHECK(code(400, "server_error") == Code::try_later);
  CHECK(code(429, "") == Code::throttled);
  CHECK(code(429, "invalid_grant") == Code::throttled);
  CHECK(code(403, "rate_limit_exceeded") == Code::throttled);
  CHECK(entra(90033).code == Code::try_later);
}

TEST_CASE("what nobody foresaw is a refusal, and a dead login needs no hint here") {
  CHECK(google("brand_new_error").code == Code::refused);
  CHECK(google("admin_policy_enforced").code == Code::refused);
  CHECK(google("invalid_grant").hint.empty());  // who asks knows the account
}

TEST_CASE("AADSTS numbers are found in a description") {
  CHECK(entra_codes_in("AADSTS50173: x AADSTS7000215: y") == std::vector<std::int64_t>{50173, 7000215});
  CHECK(entra_codes_in("AADSTS").empty());
  CHECK(entra_codes_in("AADSTS999999999999999999999").size() == 1);
}
