// A store with a mailbox of each provider, into which mail from files is imported.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/e2e/mail_state.h"
#include "tests/support/places.h"

namespace mailmgr::test {

inline const ProviderCase& gmail() {
  return provider_cases()[0];
}
inline const ProviderCase& outlook() {
  return provider_cases()[1];
}

struct ImportWorld {
  Sandbox sandbox;
  Home home;
  explicit ImportWorld(std::vector<std::string> options = {}) : sandbox(with_more(std::move(options))) {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }
  static std::vector<std::string> with_more(std::vector<std::string> options) {
    options.insert(options.end(), {"--auto-consent", "--quota", "off"});
    return options;
  }
  // Outlook's categories are made by a login that may change settings.
  void let_make_categories() const {
    REQUIRE(home.run({"login", "--account", outlook().address, "--with", "settings", "--browser",
                      "/usr/bin/curl -sSL -o /dev/null"})
                .exit_code == 0);
  }
  std::string out(const std::string& name) const { return home.folder().path() + "/" + name; }
  Json messages(const ProviderCase& provider) const { return sandbox.get(mailbox(provider, "state"))["messages"]; }
  Ended import(std::vector<std::string> words) const {
    words.insert(words.begin(), "import");
    return home.run(std::move(words));
  }
  Json imported(std::vector<std::string> words) const {
    words.insert(words.begin(), "import");
    return home.json(std::move(words)).back();
  }
  std::string mbox(const std::vector<std::string>& subjects) const {
    std::string text;
    for (const auto& subject : subjects) text += "From a@b Mon Nov  2 10:00:00 2026\n" + mail(subject) + "\n";
    return home.folder().write("some.mbox", text);
  }
};

}  // namespace mailmgr::test
