#include <doctest/doctest.h>

#include "tests/flow/login_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

namespace {

// A login without a browser on this machine: the URL is shown, and what `pastes` makes of it is pasted, one by one.
struct PasteTest : LoginTest {
  std::function<std::vector<std::string>(const LoginPrompt&)> pastes = [](const LoginPrompt&) {
    return std::vector<std::string>();
  };
  bool waits_at_end = true;  // for more input, until stopped; else the input ends

  PasteTest() {
    set_provider("google");
    request.open_browser = false;
    listeners.blocks = true;
    front.read_paste = [this, next = std::size_t{0}](const Stop& stop) mutable -> std::optional<std::string> {
      const auto texts = pastes(prompts.at(0));
      if (next < texts.size()) return texts[next++];
      if (!waits_at_end) return std::nullopt;
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any().wait(lock, stop.token(), [] { return false; });
      return std::nullopt;
    };
  }
  static std::string redirected(const LoginPrompt& prompt) {
    return prompt.redirect_uri + "?state=" + param(decode_query(prompt.url.query).value(), "state") +
           "&code=4%2Fpasted";
  }
};

}  // namespace

TEST_CASE("a pasted redirect URL logs in while the listener waits") {
  PasteTest test;
  test.pastes = [](const LoginPrompt& prompt) { return std::vector{"  " + PasteTest::redirected(prompt) + "#\n"}; };
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  CHECK(sent(test.http, 0, "code") == "4/pasted");
  CHECK(test.browser.opened().empty());
}

TEST_CASE("the listener still counts while a paste is waited for") {
  PasteTest test;
  test.front.on_url = [&](const LoginPrompt& prompt) {
    test.prompts.push_back(prompt);
    test.visit(prompt.url, {{"code", "4/called"}});
  };
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  CHECK(sent(test.http, 0, "code") == "4/called");
}

TEST_CASE("attack 19: what is pasted by mistake is remarked, and asked for again") {
  PasteTest test;
  test.pastes = [](const LoginPrompt& prompt) {
    return std::vector<std::string>{"",
                                    "4/pasted",
                                    prompt.url.str(),
                                    prompt.redirect_uri + "?state=another-logins&code=x",
                                    "http://evil.test/cb/google?code=x",
                                    PasteTest::redirected(prompt)};
  };
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  CHECK(test.remarks.size() == 5);
  CHECK(test.remarks.at(3).find("does not belong to this login") != std::string::npos);
  for (const auto& remark : test.remarks) CHECK(remark.find("state") == std::string::npos);
}

TEST_CASE("input that ends leaves the listener listening") {
  PasteTest test;
  test.waits_at_end = false;
  test.listeners.blocks = false;
  CHECK(test.run().error().message.find("no answer from the browser") != std::string::npos);
}

TEST_CASE("an interrupt ends both the listening and the pasting") {
  PasteTest test;
  test.listeners.on_idle = [&] { test.stop.request_stop(); };
  CHECK(test.run().error().code == Code::interrupted);
}

TEST_CASE("a redirect URI elsewhere can only be pasted") {
  PasteTest test;
  ProviderChange change;
  change.name = "google";
  change.redirect_uri = "https://app.test/cb";
  REQUIRE(mailmgr::set_provider(change, test.setup_world()));
  test.pastes = [](const LoginPrompt& prompt) { return std::vector{PasteTest::redirected(prompt)}; };
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  CHECK(test.listeners.bound.empty());
  CHECK(sent(test.http, 0, "redirect_uri") == "https://app.test/cb");

  test.pastes = [](const LoginPrompt&) { return std::vector<std::string>(); };
  test.waits_at_end = false;
  CHECK(test.run().error().message.find("no redirect URL was pasted") != std::string::npos);

  test.front.read_paste = nullptr;
  CHECK(test.run().error().code == Code::config);
}
