// A home with mailboxes that are exported; Gmail's, unless a test asks for more.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/mail_state.h"
#include "tests/e2e/world.h"

namespace mailmgr::test {

struct ExportWorld {
  Sandbox sandbox;
  Home home;
  explicit ExportWorld(std::vector<std::string> mail = {},
                       const std::vector<ProviderCase>& providers = {provider_cases().front()})
      : sandbox(options(std::move(mail))) {
    for (const auto& provider : providers) {
      home.set_provider(provider.name, sandbox);
      home.log_in(provider.name);
    }
  }
  static std::vector<std::string> options(std::vector<std::string> mail) {
    mail.insert(mail.end(), {"--auto-consent", "--quota", "off"});
    return mail;
  }
  void sync() const { REQUIRE(home.run({"sync"}).exit_code == 0); }
  std::string deliver(const std::string& subject, Json more = Json::object(),
                      const ProviderCase& provider = provider_cases().front()) const {
    if (!more.contains("unread")) more["unread"] = false;
    more["raw"] = mail(subject);
    return sandbox.post(mailbox(provider, "deliver"), more)["id"];
  }
  std::string out(const std::string& name) const { return home.folder().path() + "/" + name; }
  Json export_to(const std::string& format, const std::string& name, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"export", "--format", format, "-o", out(name)});
    return home.json(std::move(more)).back();
  }

  // Five messages in different places and with different marks.
  void fill(const ProviderCase& provider = provider_cases().front()) const {
    sandbox.post(mailbox(provider, "create_folder"), {{"name", "Work/2026"}});
    deliver("plain", {}, provider);
    deliver("fresh", {{"unread", true}}, provider);
    deliver("star", {{"unread", true}, {"starred", true}, {"labels", {"Work/2026", "red"}}}, provider);
    deliver("kept", {{"folder", "archive"}}, provider);
    deliver("junk", {{"folder", "spam"}}, provider);
    sync();
  }
};

}  // namespace mailmgr::test
