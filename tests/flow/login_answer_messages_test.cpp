// The same as login_messages_test.cpp for what the token endpoint answers, and what is found out after it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/base/encoding.h"
#include "core/system/loopback_listener.h"
#include "providers/registry.h"
#include "tests/flow/login_messages.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

TEST_CASE("at the token endpoint: the client's settings") {
  check({
      {"client id unknown", "google",
       [](auto& test) { test.tokens_say(401, "invalid_client", "The OAuth client was not found."); }, Code::config,
       "the client id is unknown (Google: invalid_client, The OAuth client was not found.)",
       "Google Auth Platform > Clients > the client: mailmgr provider set google --client-id ID"},
      {"client deleted", "google", [](auto& test) { test.tokens_say(401, "deleted_client"); }, Code::config,
       "the OAuth client was deleted (Google: deleted_client)",
       "Google Auth Platform > Clients > the client: mailmgr provider set google --client-id ID"},
      {"secret wrong", "google", [](auto& test) { test.tokens_say(401, "invalid_client", "Unauthorized"); },
       Code::config, "the client id or the client secret is wrong (Google: invalid_client, Unauthorized)",
       "Google Auth Platform > Clients > the client > Client secrets: mailmgr provider set google --client-secret-file "
       "FILE"},
      {"redirect not registered", "google", [](auto& test) { test.tokens_say(400, "redirect_uri_mismatch"); },
       Code::config, "the redirect URI is not registered (Google: redirect_uri_mismatch)",
       "Google Auth Platform > Clients > the client > Authorized redirect URIs (a \"Desktop app\" needs none): mailmgr "
       "provider set google --redirect-uri URI"},
      {"client of the wrong type", "google", [](auto& test) { test.tokens_say(401, "unauthorized_client"); },
       Code::config, "the client may not log in this way (Google: unauthorized_client)",
       "the client must be of type \"Desktop app\": mailmgr provider guide google"},
      {"client id unknown", "microsoft",
       [](auto& test) { test.tokens_say(400, "unauthorized_client", "AADSTS700016: Not found."); }, Code::config,
       "the client id is unknown in this tenant (Microsoft: unauthorized_client, AADSTS700016: Not found.)",
       "Entra admin center > App registrations > the app: mailmgr provider set microsoft --client-id ID --tenant "
       "TENANT"},
      {"secret missing", "microsoft",
       [](auto& test) { test.tokens_say(401, "invalid_client", "AADSTS7000218: Must contain it."); }, Code::config,
       "the client is registered as one with a secret, and none is set (Microsoft: invalid_client, AADSTS7000218: Must "
       "contain it.)",
       kEntraPlatform},
      {"secret wrong", "microsoft",
       [](auto& test) { test.tokens_say(401, "invalid_client", "AADSTS7000215: Invalid."); }, Code::config,
       "the client secret is wrong (a frequent cause: the secret's ID was copied, not its value) (Microsoft: "
       "invalid_client, AADSTS7000215: Invalid.)",
       "Entra admin center > App registrations > the app > Certificates & secrets (copy the Value): mailmgr provider "
       "set microsoft --client-secret-file FILE"},
      {"secret expired", "microsoft",
       [](auto& test) { test.tokens_say(401, "invalid_client", "AADSTS7000222: Expired."); }, Code::config,
       "the client secret has expired (Microsoft: invalid_client, AADSTS7000222: Expired.)",
       "Entra admin center > App registrations > the app > Certificates & secrets (copy the Value): mailmgr provider "
       "set microsoft --client-secret-file FILE"},
      {"secret of a public client", "microsoft",
       [](auto& test) { test.tokens_say(401, "invalid_client", "AADSTS700025: Public."); }, Code::config,
       "the client is registered as one without a secret, and a secret is set (Microsoft: invalid_client, "
       "AADSTS700025: "
       "Public.)",
       "mailmgr provider set microsoft --client-secret ''"},
      {"redirect not registered", "microsoft",
       [](auto& test) { test.tokens_say(400, "invalid_request", "AADSTS50011: No match."); }, Code::config,
       "the redirect URI is not registered (Microsoft: invalid_request, AADSTS50011: No match.)", kEntraPlatform},
      {"admin consent", "microsoft",
       [](auto& test) { test.tokens_say(400, "invalid_grant", "AADSTS65001: Not consented."); }, Code::refused,
       "an administrator of the organisation must allow this client first (Microsoft: invalid_grant, AADSTS65001: Not "
       "consented.)",
       "an administrator opens, once: https://login.microsoftonline.com/common/adminconsent?client_id=client-1"},
  });
}

TEST_CASE("at the token endpoint: the code, the network, what stands in between, the clock") {
  check({
      {"code reused", "google", [](auto& test) { test.tokens_say(400, "invalid_grant", "Bad Request"); },
       Code::auth_required,
       "the code from the browser was not accepted: too old, used before, or not for this login (Google: "
       "invalid_grant, Bad Request)",
       "mailmgr login google"},
      {"code reused", "microsoft",
       [](auto& test) { test.tokens_say(400, "invalid_grant", "AADSTS54005: Already redeemed."); }, Code::auth_required,
       "the code from the browser was not accepted: too old, used before, or not for this login (Microsoft: "
       "invalid_grant, AADSTS54005: Already redeemed.)",
       "mailmgr login microsoft"},
      {"endpoint down", "google", [](auto& test) { test.http.answer(503, "<html>"); }, Code::try_later,
       "the service is in trouble for now (Google: HTTP 503)", ""},
      {"captive portal", "google", [](auto& test) { test.http.answer(200, "<html>Welcome to the hotel</html>"); },
       Code::try_later, "https://oauth2.googleapis.com: the answer is unusable: not JSON",
       "something between here and Google may have answered (a proxy, a guest network); else check the hosts: mailmgr "
       "provider show google"},
      {"captive portal that redirects", "microsoft",
       [](auto& test) {
         test.http.answer(302, "", {{"Location", "http://hotel.test"}});
       },
       Code::config,
       "https://login.microsoftonline.com answered with a redirect (HTTP 302), which is never followed with tokens",
       "check the hosts: mailmgr provider show microsoft"},
      {"clock wrong", "google",
       [](auto& test) {
         const std::string claims = R"({"iss":"https://accounts.google.com","aud":"client-1","iat":0,"exp":3600})";
         test.http.answer(200,
                          R"({"access_token":"at","token_type":"Bearer","id_token":")" +
                              base64url(R"({"alg":"RS256"})") + "." + base64url(claims) + ".c2ln\"}",
                          {{"Date", "Sat, 31 Jan 2026 06:15:00 GMT"}});
       },
       Code::config, "this machine's clock is 3 hours ahead of that of Google; nothing was changed",
       "set the clock (timedatectl set-ntp true), then log in again"},
  });
  // Network and TLS errors come from the HTTP client complete; a login puts only its own name in front.
  for (const auto& [code, hint] : {std::pair{Code::unreachable, "check the network connection"},
                                   std::pair{Code::no_answer, "run the same command again"}}) {
    MessagesTest test("google");
    test.http.always([code = code, hint = hint](const HttpRequest&) {
      return Error{code, "connecting to oauth2.googleapis.com:443: Name or service not known", hint};
    });
    const Error error = test.run().error();
    CHECK(error.code == code);
    CHECK(error.message == "logging in to google: connecting to oauth2.googleapis.com:443: Name or service not known");
    CHECK(error.hint == hint);
  }
}

TEST_CASE("after the consent: boxes left unticked, no refresh token, no mailbox, another mailbox") {
  check({
      {"scope missing", "google", [](auto& test) { test.tokens("openid"); }, Code::refused,
       "permission was not given for: https://www.googleapis.com/auth/gmail.modify; nothing was changed",
       "log in again and tick every box on the provider's page, or ask for less with --access"},
      {"scope missing", "microsoft", [](auto& test) { test.tokens("Mail.ReadWrite User.Read"); }, Code::refused,
       "permission was not given for: Mail.Send; nothing was changed",
       "log in again and tick every box on the provider's page, or ask for less with --access"},
      {"no refresh token", "google",
       [](auto& test) {
         test.http.answer(200, R"({"access_token":"at","token_type":"Bearer",)"
                               R"("scope":"https://www.googleapis.com/auth/gmail.modify"})");
       },
       Code::refused, "Google gave no refresh token, so the login would end within the hour; nothing was changed",
       "remove this client's access in the settings of the account at the provider, then log in again"},
      {"API not enabled", "google",
       [](auto& test) {
         test.good_tokens();
         test.http.answer(403, R"({"error":{"code":403,"message":"Gmail API has not been used in project 1 before.",)"
                               R"("errors":[{"reason":"accessNotConfigured"}]}})");
       },
       Code::refused,
       "asking for the mailbox: reading the mailbox's profile: Gmail API has not been used in project 1 before. "
       "(accessNotConfigured)",
       "enable the Gmail API in https://console.cloud.google.com under APIs & Services > Library > Gmail API"},
      {"no mailbox", "google",
       [](auto& test) {
         test.good_tokens();
         test.http.answer(400, R"({"error":{"code":400,"message":"Mail service not enabled",)"
                               R"("errors":[{"reason":"failedPrecondition"}],"status":"FAILED_PRECONDITION"}})");
       },
       Code::refused,
       "asking for the mailbox: reading the mailbox's profile: Mail service not enabled (failedPrecondition)",
       "this Google account has no Gmail mailbox; log in with one that has"},
      {"no mailbox", "microsoft",
       [](auto& test) {
         test.good_tokens();
         test.http.answer(200, R"({"displayName":"Ann","userPrincipalName":"ann@b.test"})");
         test.http.answer(404, R"({"error":{"code":"MailboxNotEnabledForRESTAPI","message":"The mailbox is either )"
                               R"(inactive, soft-deleted, or is hosted on-premise."}})");
       },
       Code::refused,
       "asking for the mailbox: opening the mailbox: HTTP status 404: MailboxNotEnabledForRESTAPI: The mailbox is "
       "either inactive, soft-deleted, or is hosted on-premise.",
       "this account has no Exchange Online or Outlook.com mailbox; log in with one that has, or have a licence "
       "assigned"},
      {"another mailbox", "google",
       [](auto& test) {
         test.request.login_hint = "ann@b.test";
         test.good_tokens();
         test.http.answer(200, R"({"emailAddress":"bob@b.test","historyId":"1"})");
       },
       Code::refused, "bob@b.test logged in, but ann@b.test was expected; nothing was changed",
       "choose the other account in the browser, or use --allow-different"},
      {"another mailbox", "microsoft",
       [](auto& test) {
         test.request.login_hint = "ann@b.test";
         test.good_tokens();
         test.http.answer(200, R"({"displayName":"Bob","mail":"bob@b.test"})");
         test.http.answer(200, R"({"id":"inbox"})");
       },
       Code::refused, "bob@b.test logged in, but ann@b.test was expected; nothing was changed",
       "choose the other account in the browser, or use --allow-different"},
  });
}
