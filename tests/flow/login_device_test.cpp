// Logins with a device code, through the whole flow against the sandbox's Microsoft, on virtual time.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "providers/registry.h"
#include "tests/flow/login_world.h"
#include "tests/support/sandbox_http.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

namespace {

struct DeviceTest : LoginTest {
  sandbox::Sandbox sandbox;
  SandboxHttp sandbox_http;
  std::vector<DevicePrompt> shown;
  // What the person does with the code.
  std::function<void(const DevicePrompt&)> act = [this](const DevicePrompt& prompt) { answer(prompt, "allow"); };

  DeviceTest() : sandbox(options(), clock), sandbox_http(sandbox) {
    specs.assign(provider_specs().begin(), provider_specs().end());
    ProviderChange change;
    change.name = "microsoft";
    change.client_id = "11111111-2222-3333-4444-555555555555";
    change.base_url = "http://127.0.0.1:8080";
    REQUIRE(mailmgr::set_provider(change, setup_world()));
    request = {};
    request.provider = "microsoft";
    request.device = true;
    front.on_code = [this](const DevicePrompt& prompt) {
      shown.push_back(prompt);
      if (act) act(prompt);
    };
  }

  static sandbox::Options options() {
    sandbox::Options options;
    options.accounts = {"b@outlook.test"};
    return options;
  }

  void answer(const DevicePrompt& prompt, const std::string& decision) {
    HttpRequest form;
    form.method = "POST";
    form.url = prompt.page;
    form.content_type = "application/x-www-form-urlencoded";
    form.body = encode_query({{"user_code", prompt.code}, {"account", "b@outlook.test"}, {"decision", decision}});
    REQUIRE(sandbox_http.send(form, Stop()).value().status == 200);
  }

  Result<LoginResult> log_in() {
    LoginWorld here = world();
    here.http = [this](const ProviderConfig&) -> HttpClient& { return sandbox_http; };
    return login(request, here, front, Stop(stop.get_token()));
  }
};

}  // namespace

TEST_CASE("a login with a device code ends like one in the browser, with neither browser nor listener") {
  DeviceTest test;
  const auto result = test.log_in();
  REQUIRE_MESSAGE(result, result.error().message);
  CHECK(result->account.email == "b@outlook.test");
  CHECK(result->connected);
  CHECK(result->missing_scopes.empty());
  const GrantRecord grant = test.grant_of(test.all().at(0));
  CHECK(grant.kind == GrantKind::device);
  CHECK(grant.scopes.contains("Mail.Send"));
  CHECK(test.refresh_token(test.all()[0]).size() > 20);
  CHECK(test.browser.opened().empty());
  CHECK(test.listeners.bound.empty());
  REQUIRE(test.shown.size() == 1);
  CHECK(test.shown[0].page.str() == "http://127.0.0.1:8080/_sandbox/devicelogin");
  CHECK(test.shown[0].page.query.empty());  // nobody is led past typing the code
  CHECK(test.shown[0].lasts == 15min);

  const auto again = test.log_in();
  REQUIRE(again);
  CHECK_FALSE(again->connected);
  CHECK(test.all().size() == 1);
}

TEST_CASE("a declined, an expired and an unanswered device code each end as what they are, and store nothing") {
  DeviceTest test;
  test.act = [&](const DevicePrompt& prompt) { test.answer(prompt, "cancel"); };
  const Error declined = test.log_in().error();
  CHECK(declined.code == Code::refused);
  CHECK(declined.message.starts_with("logging in to microsoft: you declined"));

  test.act = nullptr;
  const Time start = test.clock.now();
  const Error late = test.log_in().error();
  CHECK(late.code == Code::auth_required);
  CHECK(late.hint == "mailmgr login microsoft --device");
  CHECK(test.clock.now() - start == 15min);

  test.request.timeout = 2min;
  CHECK(test.log_in().error().code == Code::auth_required);
  CHECK(test.clock.now() - start == 17min);
  CHECK(test.all().empty());
}

TEST_CASE("a device login of another mailbox than the expected one is refused") {
  DeviceTest test;
  test.request.login_hint = "other@outlook.test";
  CHECK(test.log_in().error().message.find("b@outlook.test logged in, but other@outlook.test was expected") !=
        std::string::npos);
  CHECK(test.all().empty());
}

TEST_CASE("Google is not asked for a device code, and the refusal says what to do instead") {
  DeviceTest test;
  test.set_provider("google");
  test.request.provider = "google";
  const Error error = test.log_in().error();
  CHECK(error.code == Code::refused);
  CHECK(error.message == "logging in: --device: Google gives no Gmail permissions to devices");
  CHECK(error.hint == "mailmgr login google --no-browser");
  CHECK(test.sandbox_http.requests().empty());
}
