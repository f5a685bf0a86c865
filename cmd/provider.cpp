// `mailmgr provider set|list|show|unset|guide`: the OAuth clients that an administrator sets up.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/ask.h"
#include "cmd/guide.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "core/flow/provider_setup.h"
#include "providers/registry.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const ProviderConfig& config) {
  Json json;
  json["provider"] = config.name;
  json["kind"] = to_string(config.kind);
  json["client_id"] = config.client_id;
  json["has_client_secret"] = config.has_client_secret();
  if (config.kind == ProviderKind::microsoft) json["tenant"] = config.tenant;
  if (!config.redirect_uri.empty()) json["redirect_uri"] = config.redirect_uri;
  json["access"] = to_string(config.access);
  json["with"] = config.with;
  if (!config.base_url.empty()) json["base_url"] = config.base_url;
  if (!config.auth_url.empty()) json["auth_url"] = config.auth_url;
  if (!config.api_url.empty()) json["api_url"] = config.api_url;
  if (!config.ca_file.empty()) json["ca_file"] = config.ca_file;
  json["source"] = "user";
  return json;
}

Result<ProviderSetupWorld> setup_world(App& app) {
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  auto vault = app.vault();
  if (!vault) return vault.error();
  auto leases = app.leases();
  if (!leases) return leases.error();
  return ProviderSetupWorld{
      provider_specs(), (*tokens)->providers(), (*tokens)->grants(), (*tokens)->accounts(), **vault, **leases};
}

class ProviderSet : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("name", change_.name, "google, microsoft, or a name of your own with --kind")->required();
    cli.add_option("--kind", kind_, "google or microsoft")->check(CLI::IsMember({"google", "microsoft"}));
    cli.add_option("--client-id", change_.client_id, "The OAuth client id (Microsoft: application id)");
    cli.add_option("--credentials", credentials_, "Google's downloaded client_secret_….json");
    cli.add_option("--client-secret-file", secret_file_, "A file with the client secret, or - for standard input");
    cli.add_option("--client-secret", secret_, "The client secret; other users of this machine can see it");
    cli.add_option("--tenant", change_.tenant, "Microsoft: common, organizations, consumers, a tenant id or domain");
    cli.add_option("--redirect-uri", change_.redirect_uri, "For web clients: the registered redirect URI");
    cli.add_option("--access", access_, "What logins may do: full, drafts-only, send-only, read-only")
        ->check(CLI::IsMember({"full", "drafts-only", "send-only", "read-only"}));
    cli.add_option("--with", with_, "Further powers to ask for: settings, shared, permanent-delete, imap")
        ->delimiter(',')
        ->allow_extra_args(false);
    cli.add_option("--base-url", change_.base_url, "Replaces scheme and host of every endpoint (a sandbox, a proxy)");
    cli.add_option("--auth-url", change_.auth_url, "Replaces the login host alone (national clouds)");
    cli.add_option("--api-url", change_.api_url, "Replaces the API host alone (national clouds)");
    cli.add_option("--ca-file", change_.ca_file, "Certificates (PEM) to trust instead of the system's");
  }

  Status run(App& app) override {
    if (auto allowed = app.check_allowed(AccessLevel::full, "setting up a provider"); !allowed) return allowed;
    if (auto read = read_options(app); !read) return read;
    auto world = setup_world(app);
    if (!world) return world.error();
    auto setup = set_provider(change_, *world);
    if (setup && needs_secret(setup->config) && app.may_ask()) {
      auto secret = ask_secret(app, "Client secret", "--client-secret-file");
      if (!secret) return secret.error();
      ProviderChange again;
      again.name = change_.name;
      again.client_secret = *std::move(secret);
      setup = set_provider(again, *world);
    }
    if (!setup) return setup.error();
    if (app.options().json) app.out() << output::as_json(to_json(setup->config)) << '\n';
    tell(app, *setup);
    return {};
  }

 private:
  static bool needs_secret(const ProviderConfig& config) {
    return provider_spec(config.kind).secret_required && !config.has_client_secret();
  }

  Status read_options(App& app) {
    if (!kind_.empty()) change_.kind = provider_kind(kind_);
    if (!access_.empty()) change_.access = access_level(access_);
    if (with_) change_.with = std::set<std::string>(with_->begin(), with_->end());
    if (secret_ && !secret_file_.empty()) {
      return Error{Code::usage, "provider set: --client-secret and --client-secret-file: which one?"};
    }
    if (!credentials_.empty()) {
      auto file = Blob::read_file(credentials_);
      if (!file) return file.error().within("provider set: --credentials");
      auto text = file->bytes();
      if (!text) return text.error();
      change_.credentials = *std::move(text);
    }
    if (secret_) {
      app.err() << "mailmgr: --client-secret can be seen by other users of this machine; prefer --client-secret-file\n";
      change_.client_secret = Secret::take(*secret_);  // empty: the client has none any more
    }
    return secret_file_.empty() ? Status() : read_secret_file();
  }

  Status read_secret_file() {
    std::string text;
    if (secret_file_ == "-") {
      text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
      auto file = Blob::read_file(secret_file_);
      if (!file) return file.error().within("provider set: --client-secret-file");
      auto bytes = file->bytes();
      if (!bytes) return bytes.error();
      text = *std::move(bytes);
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    if (text.empty()) return Error{Code::usage, "provider set: --client-secret-file: it is empty"};
    change_.client_secret = Secret::take(text);
    return {};
  }

  static void tell(App& app, const ProviderSetup& setup) {
    for (const auto& warning : setup.warnings) app.say(warning);
    for (const auto& name : setup.need_login) app.say("needs a new login: mailmgr login --account " + name);
    app.say(fmt::format("{} is {}; next: mailmgr login {}", setup.config.name, setup.created ? "set up" : "changed",
                        setup.config.name));
  }

  ProviderChange change_;
  std::string kind_, credentials_, secret_file_, access_;
  std::optional<std::string> secret_;
  std::optional<std::vector<std::string>> with_;
};

class ProviderList : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    auto configs = (*tokens)->providers().list();
    if (!configs) return configs.error();
    auto listing = app.listing(
        {{"provider", "PROVIDER", 20},
         {"kind", "KIND", 10},
         {"client_id", "CLIENT ID"},
         {"tenant", "TENANT", 20},
         {"access", "ACCESS", 12}},
        {"has_client_secret", "redirect_uri", "with", "base_url", "auth_url", "api_url", "ca_file", "source"});
    if (!listing) return listing.error();
    for (const auto& config : *configs) {
      if (!(*listing)->row(to_json(config))) break;
    }
    if (configs->empty()) app.say("no provider is set up yet; start with: mailmgr provider guide google");
    return configs->empty() && app.options().fail_empty ? Status(Error{Code::not_found, "no provider is set up"})
                                                        : Status();
  }
};

class ProviderShow : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_option("name", name_, "The provider")->required(); }

  Status run(App& app) override {
    auto config = app.provider(name_);
    if (!config) return config.error();
    const Json json = to_json(*config);
    if (app.options().json) {
      app.out() << output::as_json(json) << '\n';
      return {};
    }
    for (const auto& [key, value] : json.items()) app.out() << fmt::format("{}\t{}\n", key, output::as_text(value));
    return {};
  }

 private:
  std::string name_;
};

class ProviderUnset : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("name", name_, "The provider")->required();
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be done");
  }

  Status run(App& app) override {
    if (auto allowed = app.check_allowed(AccessLevel::full, "forgetting a provider"); !allowed) return allowed;
    if (dry_run_) {
      auto config = app.provider(name_);
      if (!config) return config.error();
      app.out() << fmt::format("would forget {}\n", config->name);
      return {};
    }
    auto world = setup_world(app);
    if (!world) return world.error();
    if (auto removed = remove_provider(name_, *world); !removed) return removed;
    if (app.options().json) app.out() << output::as_json({{"id", name_}, {"ok", true}}) << '\n';
    app.say(fmt::format("{} is forgotten", name_));
    return {};
  }

 private:
  std::string name_;
  bool dry_run_ = false;
};

class ProviderGuide : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("provider", kind_, "google or microsoft")->required();
    cli.add_option("--access", access_, "What logins may do: full, drafts-only, send-only, read-only")
        ->check(CLI::IsMember({"full", "drafts-only", "send-only", "read-only"}));
  }

  Status run(App& app) override {
    const auto kind = provider_kind(kind_);
    if (!kind) {
      return Error{Code::not_found,
                   fmt::format("provider guide: there is no guide for \"{}\"", output::one_line(kind_)),
                   "mailmgr provider guide google, or microsoft"};
    }
    const Guide guide = make_guide(provider_spec(*kind), access_.empty() ? AccessLevel::full : *access_level(access_));
    if (app.options().json) {
      Json json;
      json["provider"] = kind_;
      json["redirect_uri"] = guide.redirect_uri;
      json["scopes"] = guide.scopes;
      json["steps"] = guide.steps;
      app.out() << output::as_json(json) << '\n';
    } else {
      app.out() << guide.text;
    }
    return {};
  }

 private:
  std::string kind_, access_;
};

}  // namespace

std::unique_ptr<Command> make_provider_set() {
  return std::make_unique<ProviderSet>();
}
std::unique_ptr<Command> make_provider_list() {
  return std::make_unique<ProviderList>();
}
std::unique_ptr<Command> make_provider_show() {
  return std::make_unique<ProviderShow>();
}
std::unique_ptr<Command> make_provider_unset() {
  return std::make_unique<ProviderUnset>();
}
std::unique_ptr<Command> make_provider_guide() {
  return std::make_unique<ProviderGuide>();
}

}  // namespace mailmgr
