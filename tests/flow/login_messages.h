// Logins that go wrong, at the real providers with scripted answers, and what a person then reads.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <string>
#include <vector>

#include "providers/registry.h"
#include "tests/flow/login_world.h"

namespace mailmgr::test {

struct MessagesTest : LoginTest {
  explicit MessagesTest(const std::string& provider) {
    specs.assign(provider_specs().begin(), provider_specs().end());
    request.provider = provider;
    ProviderChange change;
    change.name = provider;
    change.client_id = "client-1";
    if (provider == "google") change.client_secret = Secret("s3cret");
    REQUIRE(mailmgr::set_provider(change, setup_world()));
  }
  // The browser comes back with an error instead of a code.
  void browser_says(const std::string& error, const std::string& description = "") {
    browser.on_open = [=, this](const Url& url) { visit(url, {{"error", error}, {"error_description", description}}); };
  }
  void tokens_say(int status, const std::string& error, const std::string& description = "") {
    http.answer(status, fmt::format(R"({{"error":"{}","error_description":"{}"}})", error, description));
  }
  void tokens(const std::string& scope) { answer_tokens("1", R"(,"scope":")" + scope + '"'); }
  void good_tokens() {
    tokens(request.provider == "google" ? "https://www.googleapis.com/auth/gmail.modify"
                                        : "Mail.ReadWrite Mail.Send User.Read");
  }
};

struct Situation {
  const char* what;
  std::string provider;
  std::function<void(MessagesTest&)> happens;
  Code code;
  std::string message;  // without "logging in to PROVIDER: "
  std::string hint;
};

inline void check(const std::vector<Situation>& situations) {
  for (const auto& situation : situations) {
    CAPTURE(situation.what);
    CAPTURE(situation.provider);
    MessagesTest test(situation.provider);
    situation.happens(test);
    const auto result = test.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == situation.code);
    CHECK(result.error().message == "logging in to " + situation.provider + ": " + situation.message);
    CHECK(result.error().hint == situation.hint);
    CHECK(test.all().empty());
  }
}

inline const std::string kEntraPlatform =
    "Entra admin center > App registrations > the app > Authentication: put http://localhost under \"Mobile and "
    "desktop "
    "applications\", not under Web or Single-page application; or, for a Web client: mailmgr provider set microsoft "
    "--client-secret-file FILE";

}  // namespace mailmgr::test
