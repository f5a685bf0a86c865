// `mailmgr provider test`: what is wrong with a provider's set-up, before anybody logs in.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/output/listing.h"
#include "cmd/output/terminal.h"
#include "core/flow/provider_check.h"
#include "providers/registry.h"

namespace mailmgr {
namespace {

using Verdict = ProviderCheck::Verdict;
using Json = nlohmann::ordered_json;

Json to_json(const ProviderCheck& check) {
  Json json;
  json["check"] = check.name;
  json["ok"] = check.verdict == Verdict::unknown ? Json(nullptr) : Json(check.verdict == Verdict::good);
  if (!check.message.empty()) json["message"] = check.message;
  if (check.error && !check.error->hint.empty()) json["hint"] = check.error->hint;
  return json;
}

std::string word(const Json& row) {
  const Json& ok = row.at("ok");
  return ok.is_null() ? "unclear" : ok.get<bool>() ? "ok" : "failed";
}

// For people a hint has a line of its own: it must not be cut, because it is there to be followed.
void print_for_people(App& app, const std::vector<ProviderCheck>& checks) {
  for (const auto& check : checks) {
    const std::string head = fmt::format("{:<11} {}", check.name, word(to_json(check)));
    app.out() << (check.message.empty() ? head : fmt::format("{:<19}  {}", head, output::one_line(check.message)))
              << '\n';
    if (check.error && !check.error->hint.empty()) {
      app.out() << fmt::format("{:<19}  hint: {}\n", "", output::one_line(check.error->hint));
    }
  }
}

class ProviderTest : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_option("name", name_, "The provider")->required(); }

  Status run(App& app) override {
    auto config = app.provider(name_);
    if (!config) return config.error();
    auto vault = app.vault();
    if (!vault) return vault.error();
    const auto http = app.http(*config);
    ProviderCheckWorld world{provider_specs(), **vault, *http, app.clock(), app.random()};
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    for (const auto& account : *accounts) {
      if (account.provider == config->name) world.mailbox = account.email;
    }
    const auto checks = check_provider_setup(*config, world, app.stop());
    if (!checks) return checks.error();
    if (auto printed = print(app, *checks); !printed) return printed;
    auto ended = outcome(*checks);
    return ended ? ended : Status(ended.error().within("testing provider " + config->name));
  }

 private:
  static Status print(App& app, const std::vector<ProviderCheck>& checks) {
    if (app.people()) {
      print_for_people(app, checks);
      return {};
    }
    auto listing = app.listing({{"check", ""}, {"ok", ""}, {"message", ""}, {"hint", ""}});
    if (!listing) return listing.error();
    for (const auto& check : checks) (*listing)->row(to_json(check));
    return {};
  }

  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_provider_test() {
  return std::make_unique<ProviderTest>();
}

}  // namespace mailmgr
