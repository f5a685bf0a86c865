// What a person reads when a login goes wrong, word for word: what happened, and the exact command or setting to go on
// with. The providers are the real ones; only their answers are scripted.
#include "tests/flow/login_messages.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/base/encoding.h"
#include "core/system/loopback_listener.h"
#include "providers/registry.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

TEST_CASE("before anything is shown: what is not set up says the command that sets it up") {
  LoginTest test;
  for (const std::string name : {"google", "microsoft"}) {
    test.request.provider = name;
    const Error error = test.run().error();
    CHECK(error.message == "logging in: provider " + name + " is not set");
    CHECK(error.hint == fmt::format("mailmgr provider guide {0}, then: mailmgr provider set {0} --client-id ID", name));
  }
  test.request.provider = "contoso";
  CHECK(test.run().error().message == "logging in: no provider \"contoso\"");
  test.request.provider.clear();
  CHECK(test.run().error().message == "logging in: no provider is set");
  CHECK(test.run().error().hint == "mailmgr provider guide google, or: mailmgr provider guide microsoft");
  test.set_provider("google");
  test.request.account = "ann@b.test";
  CHECK(test.run().error().message == "logging in: no account \"ann@b.test\"; no account is connected");
}

TEST_CASE("before the browser opens: a client without its secret, a key that is not there, a running login") {
  MessagesTest test("google");
  test.request.login_hint = "ann@b.test";
  const std::string lease = "login-" + hex(sha256("google\nann@b.test")).substr(0, 32);
  {
    const auto held = test.leases.take(lease, 0ms, Stop());
    const Error error = test.run().error();
    CHECK(error.code == Code::busy);
    CHECK(error.message ==
          "logging in to google: a login for ann@b.test is already running (another run holds " + lease + ")");
    CHECK(error.hint == "finish that one, or end it and run this again");
  }
  ProviderChange change;
  change.name = "google";
  change.client_secret = Secret("");
  REQUIRE(mailmgr::set_provider(change, test.setup_world()));
  const Error secret = test.run().error();
  CHECK(secret.message == "logging in: provider google has no client secret, which Google asks for");
  CHECK(secret.hint == "mailmgr provider set google --client-secret-file FILE");

  struct NoKey final : Keys {
    Result<Secret> load() override {
      return Error{Code::config, "reading the key file /k: Permission denied", "chmod"};
    }
    Result<Secret> load_or_create() override { return load(); }
  } no_key;
  MessagesTest locked("microsoft");
  Vault vault(no_key, locked.vault_store, locked.random);
  const LoginWorld world{locked.specs, locked.providers, locked.grants,      locked.accounts,
                         vault,        locked.leases,    locked.listeners,   locked.browser,
                         locked.clock, locked.random,    locked.world().http};
  const Error key = login(locked.request, world, locked.front, Stop()).error();
  CHECK(key.code == Code::config);
  CHECK(key.message == "logging in to microsoft: reading the key file /k: Permission denied");
  CHECK(key.hint == "chmod");  // the key source's own
  CHECK(locked.browser.opened().empty());
}

TEST_CASE("before the browser opens: a port that is taken") {
  MessagesTest test("google");
  LoopbackListeners listeners;
  const auto other = listeners.listen({"127.0.0.1", std::nullopt, "/"});
  test.request.port = other.value()->port();
  const LoginWorld world{test.specs, test.providers, test.grants, test.accounts, test.vault,       test.leases,
                         listeners,  test.browser,   test.clock,  test.random,   test.world().http};
  const Error error = login(test.request, world, test.front, Stop()).error();
  CHECK(error.code == Code::config);
  CHECK(error.message ==
        fmt::format("logging in to google: listening on port {}: Address already in use", *test.request.port));
  CHECK(error.hint == "choose another with --port, or leave --port out to use any free one");
}

TEST_CASE("in the browser: declined, to be allowed by an administrator, set up wrongly, out of order") {
  check({
      {"declined", "google", [](auto& test) { test.browser_says("access_denied"); }, Code::refused,
       "you declined (Google: access_denied)",
       "log in again and allow access; if you did, add the address as a test user of the Google Cloud project"},
      {"declined", "microsoft",
       [](auto& test) { test.browser_says("access_denied", "AADSTS65004: User declined to consent."); }, Code::refused,
       "you declined (Microsoft: access_denied, AADSTS65004: User declined to consent.)", "log in again and accept"},
      {"admin consent", "microsoft",
       [](auto& test) { test.browser_says("access_denied", "AADSTS90094: Admin consent is required."); }, Code::refused,
       "an administrator of the organisation must allow this client first (Microsoft: access_denied, AADSTS90094: "
       "Admin "
       "consent is required.)",
       "an administrator opens, once: https://login.microsoftonline.com/common/adminconsent?client_id=client-1"},
      {"Conditional Access", "microsoft",
       [](auto& test) { test.browser_says("access_denied_by_policy", "AADSTS53003: Blocked."); }, Code::refused,
       "the organisation's Conditional Access policy blocks this login; its administrator can tell what is missing "
       "(Microsoft: access_denied_by_policy, AADSTS53003: Blocked.)",
       "ask the organisation's administrator, then log in again: mailmgr login microsoft"},
      {"single tenant", "microsoft",
       [](auto& test) { test.browser_says("invalid_request", "AADSTS50194: Not multi-tenant."); }, Code::config,
       "the client belongs to a single tenant, which must be named (Microsoft: invalid_request, AADSTS50194: Not "
       "multi-tenant.)",
       "Entra admin center > Identity > Overview > \"Tenant ID\": mailmgr provider set microsoft --tenant TENANT"},
      {"unknown scope", "microsoft", [](auto& test) { test.browser_says("invalid_scope", "AADSTS70011: Not valid."); },
       Code::config,
       "a requested scope does not exist or is not allowed for this client (Microsoft: invalid_scope, AADSTS70011: Not "
       "valid.)",
       "Entra admin center > App registrations > the app > API permissions: mailmgr provider guide microsoft"},
      {"service down", "microsoft", [](auto& test) { test.browser_says("temporarily_unavailable"); }, Code::try_later,
       "the service is in trouble for now (Microsoft: temporarily_unavailable)", ""},
      {"another issuer", "google",
       [](auto& test) {
         test.browser.on_open = [&test](const Url& url) {
           test.visit(url, {{"code", "c"}, {"iss", "https://evil.test"}});
         };
       },
       Code::refused, "the answer came from another authorization server (https://evil.test); it was not used",
       "log in again; if this repeats, check the hosts: mailmgr provider show google"},
  });
}

TEST_CASE("no answer in time: the errors that only the browser shows are named") {
  check({
      {"timeout", "google", [](auto& test) { test.browser.on_open = nullptr; }, Code::auth_required,
       "no answer from the browser within 5 minutes",
       "run the same command again, and look at what the browser shows: some errors are shown only there "
       "(redirect_uri_mismatch, invalid_client, deleted_client, invalid_scope, org_internal, admin_policy_enforced, "
       "disallowed_useragent, rate_limit_exceeded; man mailmgr-login)"},
      {"timeout", "microsoft",
       [](auto& test) {
         test.browser.on_open = nullptr;
         test.request.timeout = 90s;
       },
       Code::auth_required, "no answer from the browser within 90 seconds",
       "run the same command again, and look at what the browser shows: some errors are shown only there (AADSTS50011 "
       "(redirect URI), AADSTS700016 (client id or tenant), AADSTS90002 (tenant), AADSTS50020 (account of another "
       "tenant); man mailmgr-login)"},
  });
}

TEST_CASE("with a device code: the client or the organisation does not allow it") {
  const auto begun = [](MessagesTest& test) {
    test.request.device = true;
    test.front.on_code = [](const DevicePrompt&) {};
    test.http.answer(200, R"({"device_code":"dc","user_code":"AB","verification_uri":"https://microsoft.test/device",)"
                          R"("expires_in":900,"interval":5})");
  };
  check({
      {"blocked", "microsoft",
       [&](auto& test) {
         begun(test);
         test.tokens_say(400, "invalid_grant", "AADSTS53003: Blocked.");
       },
       Code::refused,
       "the organisation's Conditional Access policy blocks this login, as it often does with device codes (Microsoft: "
       "invalid_grant, AADSTS53003: Blocked.)",
       "log in with a browser: mailmgr login microsoft, or over SSH: mailmgr login microsoft --no-browser"},
      {"not a public client", "microsoft",
       [&](auto& test) {
         begun(test);
         test.tokens_say(401, "invalid_client", "AADSTS7000218: Must contain it.");
       },
       Code::config,
       "the client may not log in with a device code (Microsoft: invalid_client, AADSTS7000218: Must contain it.)",
       "Entra admin center, App registrations, Authentication, Advanced settings: \"Allow public client flows\": Yes; "
       "or log in with a browser: mailmgr login microsoft"},
      {"used twice", "microsoft",
       [&](auto& test) {
         begun(test);
         test.tokens_say(400, "bad_verification_code", "AADSTS70018: Wrong.");
       },
       Code::auth_required,
       "the device code was not accepted: used before, or not for this login (Microsoft: bad_verification_code, "
       "AADSTS70018: Wrong.)",
       "mailmgr login microsoft --device"},
      {"nobody came", "microsoft",
       [&](auto& test) {
         begun(test);
         test.http.always([](const HttpRequest&) {
           return HttpResponse{400, {}, R"({"error":"authorization_pending"})"};
         });
       },
       Code::auth_required, "the code was not entered and accepted in time", "mailmgr login microsoft --device"},
  });
}

TEST_CASE("on the way: remarks about the browser, a wrong paste, and a login that ends soon") {
  MessagesTest test("google");
  test.browser.fails = true;
  test.front.on_url = [&](const LoginPrompt& prompt) { test.visit(prompt.url, {{"code", "4/code"}}); };
  test.answer_tokens("1",
                     R"(,"scope":"https://www.googleapis.com/auth/gmail.modify","refresh_token_expires_in":604799)");
  test.http.answer(200, R"({"emailAddress":"ann@b.test","historyId":"1"})");
  const auto result = test.run();
  REQUIRE(result);
  CHECK(test.remarks == std::vector<std::string>{"opening a browser: there is no display"});
  CHECK(result->forecast.reason ==
        "the Google Cloud project is in status Testing, where logins end after 7 days: publish it");

  const std::string redirect = "http://127.0.0.1:40001/cb/google";
  for (const std::string garbage : {"", "4/code", "https://accounts.google.com/?code=4/code"}) {
    CHECK(read_pasted(garbage, redirect, "state").error().message ==
          "that is not the complete URL the browser ended at (http://127.0.0.1:40001/cb/google?…)");
  }
  CHECK(read_pasted(redirect + "?code=4/code&state=another", redirect, "state").error().message ==
        "that URL does not belong to this login");
}
