// A person at a terminal with an editor, who is logged in at both providers.
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <optional>

#include "core/base/encoding.h"
#include "tests/e2e/mail_state.h"

namespace mailmgr::test {

struct EditorDesk {
  const Sandbox sandbox{{"--auto-consent", "--quota", "off"}};
  Home home;
  EditorDesk() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }
  // An editor that is a shell script; "$1" is the file.
  std::string editor(const std::string& script) const {
    const std::string path = home.path() + "/editor";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    REQUIRE(chmod(path.c_str(), 0700) == 0);
    return path;
  }
  Ended on_terminal(const std::string& words, const std::string& typed, const std::string& editor) const {
    return home.on_terminal(words, typed, {{"EDITOR", editor}});
  }
  int sent(const ProviderCase& provider) const {
    return static_cast<int>(sandbox.get(mailbox(provider, "sent")).size());
  }
  std::string last_sent(const ProviderCase& provider) const {
    const Json all = sandbox.get(mailbox(provider, "sent"));
    REQUIRE_FALSE(all.empty());
    return base64_decode(all.back()["raw"].get<std::string>()).value();
  }
  std::vector<Json> drafts(const ProviderCase& provider) const {
    return home.json({"draft", "list", "-a", provider.address});
  }
  void sync() const { REQUIRE(home.run({"sync"}).exit_code == 0); }
  // The number of a draft that is in the mailbox alone, with these further words of send.
  std::string mailbox_draft(const ProviderCase& provider, std::vector<std::string> more) const {
    std::vector<std::string> words{"send",      "-a",  provider.address, "--draft", "--to", "bob@example.org",
                                   "--subject", "Plan"};
    words.insert(words.end(), more.begin(), more.end());
    REQUIRE(home.run(words).exit_code == 0);
    sync();
    const auto listed = drafts(provider);
    REQUIRE(listed.size() == 1);
    return listed[0]["id"];
  }
};

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace mailmgr::test
