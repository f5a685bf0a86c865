// `mailmgr provider guide`: the steps in the provider's console, with the values to enter there.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/guide.h"
#include "cmd/output/terminal.h"
#include "core/flow/provider_lookup.h"
#include "providers/registry.h"

namespace mailmgr {
namespace {

class ProviderGuide : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("provider", kind_, "google or microsoft")->required();
    cli.add_option("--access", access_, "What logins may do: full, drafts-only, send-only, read-only")
        ->check(CLI::IsMember({"full", "drafts-only", "send-only", "read-only"}));
    cli.add_option("--with", with_, "Further powers to ask for: settings, shared, permanent-delete, imap")
        ->delimiter(',')
        ->allow_extra_args(false);
    auto* service_account =
        cli.add_flag("--service-account", service_account_, "Google: every mailbox of a Workspace organisation");
    cli.add_flag("--app-only", app_only_, "Microsoft: every mailbox of an organisation")->excludes(service_account);
  }

  Status run(App& app) override {
    const auto kind = provider_kind(kind_);
    if (!kind) {
      return Error{Code::not_found,
                   fmt::format("provider guide: there is no guide for \"{}\"", output::one_line(kind_)),
                   "mailmgr provider guide google, or microsoft"};
    }
    if ((service_account_ && *kind != ProviderKind::google) || (app_only_ && *kind != ProviderKind::microsoft)) {
      return Error{
          Code::usage, "provider guide: --service-account is Google's, --app-only is Microsoft's",
          fmt::format("mailmgr provider guide {} {}", kind_, service_account_ ? "--app-only" : "--service-account")};
    }
    const ProviderSpec& spec = provider_spec(*kind);
    const GuideWish wish{access_.empty() ? AccessLevel::full : *access_level(access_),
                         {with_.begin(), with_.end()},
                         service_account_ || app_only_};
    if (auto known = check_with(wish.with, wish.access, spec); !known) return known.error().within("provider guide");
    print(app, make_guide(spec, wish));
    return {};
  }

 private:
  void print(App& app, const Guide& guide) const {
    if (!app.options().json) {
      app.out() << guide.text;
      return;
    }
    nlohmann::ordered_json json;
    json["provider"] = kind_;
    if (!guide.redirect_uri.empty()) json["redirect_uri"] = guide.redirect_uri;
    json["scopes"] = guide.scopes;
    json["steps"] = guide.steps;
    app.print_json(json);
  }

  std::string kind_, access_;
  std::vector<std::string> with_;
  bool service_account_ = false, app_only_ = false;
};

}  // namespace

std::unique_ptr<Command> make_provider_guide() {
  return std::make_unique<ProviderGuide>();
}

}  // namespace mailmgr
