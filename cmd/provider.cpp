// `mailmgr provider set|list|show|unset`: the OAuth clients that an administrator sets up.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/ask.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "core/flow/provider_lookup.h"
#include "core/flow/provider_setup.h"
#include "core/flow/system_providers.h"
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
  json["grants"] = to_string(config.grants);
  if (!config.key_issuer.empty()) json["key_issuer"] = config.key_issuer;
  if (!config.key_id.empty()) json["key_id"] = config.key_id;
  if (config.kind == ProviderKind::microsoft) json["tenant"] = config.tenant;
  if (!config.redirect_uri.empty()) json["redirect_uri"] = config.redirect_uri;
  json["access"] = to_string(config.access);
  json["with"] = config.with;
  if (!config.base_url.empty()) json["base_url"] = config.base_url;
  if (!config.auth_url.empty()) json["auth_url"] = config.auth_url;
  if (!config.api_url.empty()) json["api_url"] = config.api_url;
  if (!config.ca_file.empty()) json["ca_file"] = config.ca_file;
  json["quota"] = config.quota.empty() ? provider_spec(config.kind).quotas.front().name : config.quota;
  json["source"] = config.system ? "system" : "user";
  return json;
}

// With `system`, of the providers for all users alone.
Result<ProviderSetupWorld> setup_world(App& app, bool system) {
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  auto providers = app.providers();
  if (!providers) return providers.error();
  auto vault = app.vault();
  if (!vault) return vault.error();
  auto leases = app.leases();
  if (!leases) return leases.error();
  ProviderStore& store = system ? static_cast<ProviderStore&>(app.system_providers()) : **providers;
  return ProviderSetupWorld{provider_specs(), store,    (*tokens)->grants(), (*tokens)->accounts(),
                            **vault,          **leases, app.clock()};
}

class ProviderSet : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("name", change_.name, "google, microsoft, or a name of your own with --kind")->required();
    cli.add_option("--kind", kind_, "google or microsoft")->check(CLI::IsMember({"google", "microsoft"}));
    cli.add_option("--client-id", change_.client_id, "The OAuth client id (Microsoft: application id)");
    cli.add_option("--credentials", credentials_, "Google's downloaded client_secret_….json");
    cli.add_option("--service-account", service_account_,
                   "Google: a service account's key (JSON) that reaches an organisation's mailboxes without logins");
    app_only_option_ =
        cli.add_flag("--app-only,!--no-app-only", app_only_,
                     "Microsoft: the application itself reaches an organisation's mailboxes, without logins");
    cli.add_option("--client-certificate", certificate_,
                   "Microsoft: a certificate with its private key (PEM), instead of a client secret");
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
    cli.add_option("--quota", change_.quota,
                   "The limits that hold: gmail-new or gmail-old (Google), graph (Microsoft), or NAME:UNITS[/TIME]");
    cli.add_flag("--system", change_.system, "For all users of this machine; needs the right to write to /etc/mailmgr");
  }

  Status run(App& app) override {
    if (auto read = read_options(app); !read) return read;
    auto world = setup_world(app, change_.system);
    if (!world) return world.error();
    auto setup = set_provider(change_, *world);
    if (setup && needs_client_secret(setup->config, provider_spec(setup->config.kind)) && app.may_ask()) {
      auto secret = ask_secret(app, "Client secret", "--client-secret-file");
      if (!secret) return secret.error();
      ProviderChange again;
      again.name = change_.name;
      again.system = change_.system;
      again.client_secret = *std::move(secret);
      setup = set_provider(again, *world);
    }
    if (!setup) return setup.error();
    if (app.options().json) app.print_json(to_json(setup->config));
    tell(app, *setup);
    return {};
  }

 private:
  Status read_options(App& app) {
    if (!kind_.empty()) change_.kind = provider_kind(kind_);
    if (!access_.empty()) change_.access = access_level(access_);
    if (app_only_option_->count() > 0) change_.app_only = app_only_;
    if (with_) change_.with = std::set<std::string>(with_->begin(), with_->end());
    if (secret_ && !secret_file_.empty()) {
      return Error{Code::usage, "provider set: --client-secret and --client-secret-file: which one?"};
    }
    if (!credentials_.empty()) {
      auto text = read_file(credentials_, "--credentials");
      if (!text) return text.error();
      change_.credentials = *std::move(text);
    }
    if (auto read = read_keys(); !read) return read;
    if (secret_) {
      app.err() << "mailmgr: --client-secret can be seen by other users of this machine; prefer --client-secret-file\n";
      change_.client_secret = Secret::take(*secret_);  // empty: the client has none any more
    }
    return secret_file_.empty() ? Status() : read_secret_file();
  }

  static Result<std::string> read_file(const std::string& path, std::string_view option) {
    auto file = Blob::read_file(path);
    if (!file) return file.error().within(fmt::format("provider set: {}", option));
    return file->bytes();
  }

  // Private keys: copied into the vault, and never asked for again.
  Status read_keys() {
    if (!service_account_.empty()) {
      auto text = read_file(service_account_, "--service-account");
      if (!text) return text.error();
      change_.service_account = Secret::take(*text);
    }
    if (!certificate_) return {};
    if (certificate_->empty()) {  // none any more
      change_.client_certificate = Secret();
      return {};
    }
    auto text = read_file(*certificate_, "--client-certificate");
    if (!text) return text.error();
    change_.client_certificate = Secret::take(*text);
    if (change_.client_certificate->empty()) {
      return Error{Code::usage, "provider set: --client-certificate: the file is empty"};
    }
    return {};
  }

  Status read_secret_file() {
    std::string text;
    if (secret_file_ == "-") {
      text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
      auto bytes = read_file(secret_file_, "--client-secret-file");
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
    const bool organisation = serves_organisation(setup.config.grants);
    for (const auto& name : setup.need_login) {
      app.say(organisation ? fmt::format("has to be connected again: mailmgr account connect {} --provider {}", name,
                                         setup.config.name)
                           : "needs a new login: mailmgr login --account " + name);
    }
    app.say(fmt::format("{0} is {1}; next: mailmgr {2} {0}", setup.config.name, setup.created ? "set up" : "changed",
                        organisation ? "account connect EMAIL --provider" : "login"));
  }

  ProviderChange change_;
  std::string kind_, credentials_, service_account_, secret_file_, access_;
  std::optional<std::string> secret_, certificate_;
  bool app_only_ = false;
  const CLI::Option* app_only_option_ = nullptr;  // whether it was given: an optional flag is always set (CLI11 2.1)
  std::optional<std::vector<std::string>> with_;
};

class ProviderList : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto providers = app.providers();
    if (!providers) return providers.error();
    auto configs = (*providers)->list();
    if (!configs) return configs.error();
    auto listing = app.listing({{"provider", "PROVIDER", 20},
                                {"kind", "KIND", 10},
                                {"client_id", "CLIENT ID"},
                                {"tenant", "TENANT", 20},
                                {"access", "ACCESS", 12}},
                               {"has_client_secret", "grants", "key_issuer", "key_id", "redirect_uri", "with",
                                "base_url", "auth_url", "api_url", "ca_file", "quota", "source"});
    if (!listing) return listing.error();
    for (const auto& config : *configs) {
      if (!(*listing)->row(to_json(config))) break;
    }
    auto broken = (*providers)->broken();
    if (!broken) return broken.error();
    Outcome outcome(app);
    for (const auto& error : *broken) outcome.add(error, "");
    if (!broken->empty()) return outcome.status();
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
      app.print_json(json);
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
    cli.add_flag("--system", system_, "The one for all users of this machine");
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be done");
  }

  Status run(App& app) override {
    if (dry_run_) {
      auto config = app.provider(name_);
      if (!config) return config.error();
      app.out() << fmt::format("would forget {}\n", config->name);
      return {};
    }
    auto world = setup_world(app, system_);
    if (!world) return world.error();
    if (auto removed = remove_provider(name_, system_, *world); !removed) return removed;
    if (app.options().json) app.print_json({{"id", name_}, {"ok", true}});
    app.say(fmt::format("{} is forgotten", name_));
    return {};
  }

 private:
  std::string name_;
  bool system_ = false, dry_run_ = false;
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

}  // namespace mailmgr
