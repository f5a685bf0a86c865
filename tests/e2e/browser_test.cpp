// A login as a person does it: in a real browser, through the provider's consent page and back to ours.
#include <doctest/doctest.h>

#include "tests/e2e/webdriver.h"

using namespace mailmgr::test;

namespace {

bool has_browser() {
  if (WebDriver::is_installed()) return true;
  MESSAGE("skipped: chromium and chromium-driver are not installed");
  return false;
}

// A login that has sent its browser to the consent page.
struct AtConsent {
  const Sandbox& sandbox;
  const Home& home;
  BrowserStub stub;
  std::unique_ptr<Background> login;
  std::string url;

  AtConsent(const Sandbox& where, const Home& whose, const std::string& provider) : sandbox(where), home(whose) {
    login = std::make_unique<Background>(home.start({"login", provider, "--browser", stub.command(), "--json"}));
    url = stub.wait_for_url();
    REQUIRE(url.starts_with(sandbox.url()));
  }
};

}  // namespace

TEST_CASE("a login in a real browser ends on our page with the account there") {
  if (!has_browser()) return;
  const Sandbox sandbox;  // without --auto-consent: somebody has to click
  const Home home;
  home.set_providers(sandbox);
  WebDriver browser;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    AtConsent person(sandbox, home, provider.name);
    browser.open(person.url);
    CHECK(browser.title().starts_with("Sign in with"));
    (void)browser.console_errors();  // the provider's page is none of ours
    browser.click("button[value=allow]");

    CHECK(browser.text("main.received h1") == "Code received");
    CHECK(browser.title() == "mailmgr: Code received");
    CHECK(browser.text("main p").starts_with("Return to the terminal"));
    const bool is_here =
        browser.url().starts_with("http://127.0.0.1:") || browser.url().starts_with("http://localhost:");
    CHECK_MESSAGE(is_here, browser.url());
    CHECK(browser.style("main", "max-width") == "512px");  // the policy lets our own style in
    for (const auto& error : browser.console_errors()) CHECK_MESSAGE(false, error);

    const Ended ended = person.login->wait();
    CHECK_MESSAGE(ended.exit_code == 0, ended.err);
    CHECK(json_lines(ended.out).at(0)["email"] == provider.address);
    CHECK(ended.err.find("turned away") == std::string::npos);  // not even a request for an icon
  }
  CHECK(home.json({"account", "list"}).size() == 2);
}

TEST_CASE("cancelling in a real browser ends on a page that says so, and with exit 6") {
  if (!has_browser()) return;
  const Sandbox sandbox;
  const Home home;
  home.set_providers(sandbox);
  WebDriver browser;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    AtConsent person(sandbox, home, provider.name);
    browser.open(person.url);
    browser.click("button[value=cancel]");
    CHECK(browser.text("main.other h1") == "No code received");
    CHECK(browser.title() == "mailmgr: No code received");
    const Ended ended = person.login->wait();
    CHECK(ended.exit_code == 6);
    CHECK(ended.err.find("you declined") != std::string::npos);
  }
  CHECK(home.json({"account", "list"}).empty());
}

TEST_CASE("a page that calls the login's port without its state is told that it was ignored, and the login goes on") {
  if (!has_browser()) return;
  const Sandbox sandbox;
  const Home home;
  home.set_providers(sandbox);
  WebDriver browser;
  AtConsent person(sandbox, home, "google");
  const std::string marker = "redirect_uri=http%3A%2F%2F127.0.0.1%3A";
  const std::string port = person.url.substr(person.url.find(marker) + marker.size(), 5);
  browser.open("http://127.0.0.1:" + port.substr(0, port.find('%')) + "/cb/google?code=stolen&state=guessed");
  CHECK(browser.text("main.other h1") == "Not expected");

  browser.open(person.url);
  browser.click("button[value=allow]");
  CHECK(browser.text("main.received h1") == "Code received");
  const Ended ended = person.login->wait();
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  CHECK(ended.err.find("did not belong to it") != std::string::npos);
}
