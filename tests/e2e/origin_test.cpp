// A provider whose settings now point to another host: nothing that belongs to the old one goes there.
#include <doctest/doctest.h>

#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

int requests(const Sandbox& sandbox) {
  return sandbox.get("/_sandbox/stats")["requests"];
}

}  // namespace

TEST_CASE("a login made for one host is never used for another: nothing is sent there, and a login is asked for") {
  for (const auto& provider : provider_cases()) {
    for (const std::string option : {"--base-url", "--auth-url", "--api-url"}) {
      CAPTURE(provider.name);
      CAPTURE(option);
      const Sandbox sandbox({"--synthetic", "3", "--auto-consent"});
      const Sandbox elsewhere({"--auto-consent"});  // counts what it is asked
      const Home home;
      home.set_providers(sandbox);
      home.log_in(provider.name);
      REQUIRE(home.run({"sync"}).exit_code == 0);
      REQUIRE(home.run({"provider", "set", provider.name, option, elsewhere.url()}).exit_code == 0);

      for (const bool expired : {false, true}) {
        CAPTURE(expired);
        if (expired) home.expire_access_tokens();
        for (const auto& words : {std::vector<std::string>{"token"},
                                  {"sync", "-v"},  // else it is said once a day
                                  {"send", "--to", "someone@example.org", "--subject", "s", "--body", "b"}}) {
          CAPTURE(words.front());
          const Ended ended = home.run(words);
          CHECK(ended.exit_code == 4);
          CHECK_MESSAGE(ended.err.find("mailmgr login --account " + provider.address) != std::string::npos, ended.err);
        }
      }
      CHECK(requests(elsewhere) == 0);
      CHECK(home.run({"search", "in:anywhere"}).exit_code == 0);  // what is stored stays readable

      // Set back, the old login is good again: no token was deleted.
      REQUIRE(home.run({"provider", "set", provider.name, option, ""}).exit_code == 0);
      home.set_provider(provider.name, sandbox);
      CHECK(home.run({"token"}).exit_code == 0);
    }
  }
}

TEST_CASE("a client secret given for one login host is not sent to another") {
  for (const std::string option : {"--base-url", "--auth-url"}) {
    CAPTURE(option);
    const Sandbox sandbox({"--auto-consent"});
    const Sandbox elsewhere({"--auto-consent"});
    const Home home;
    home.set_providers(sandbox);
    const Ended set = home.run({"provider", "set", "google", option, elsewhere.url(), "-v"});
    REQUIRE(set.exit_code == 0);
    CHECK_MESSAGE(set.err.find("client secret belonged to the old login host") != std::string::npos, set.err);
    const Ended login = home.run({"login", "google", "--browser", "/usr/bin/curl -sSL -o /dev/null"});
    CHECK(login.exit_code == 3);
    CHECK_MESSAGE(login.err.find("--client-secret-file") != std::string::npos, login.err);
    CHECK(requests(elsewhere) == 0);
  }
}
