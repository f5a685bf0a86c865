// `mailmgr login`: a person authorises their mailbox in a browser.
#include "core/flow/login.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/account_json.h"
#include "cmd/app.h"
#include "cmd/ask.h"
#include "cmd/identities.h"
#include "cmd/output/terminal.h"
#include "cmd/paste.h"
#include "cmd/sync_start.h"
#include "core/flow/accounts.h"
#include "core/flow/system_providers.h"
#include "core/system/browser_launcher.h"
#include "core/system/loopback_listener.h"
#include "providers/registry.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const LoginResult& result) {
  Json json;
  json["account"] = result.account.name;
  json["email"] = result.account.email;
  json["provider"] = result.account.provider;
  json["scopes"] = result.scopes;
  json["missing_scopes"] = result.missing_scopes;
  add_forecast(json, result.forecast);
  return json;
}

// No display to open a browser on, and somebody at the other end of an SSH connection.
bool is_remote_without_display() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
  };
  return set("SSH_CONNECTION") && !set("DISPLAY") && !set("WAYLAND_DISPLAY");
}

// What to do when the browser cannot come back by itself. `port`: of the listener; 0: nothing listens.
std::string browser_elsewhere(std::uint16_t port) {
  const std::string paste = "paste the whole address from\nits address bar here: ";
  if (port == 0) return "When the browser has ended at the registered redirect URI, " + paste;
  return fmt::format(
      "If the browser runs on another machine, either forward the port first:\n\n  ssh -L {0}:127.0.0.1:{0} "
      "THIS_HOST\n\nor let the browser fail to connect in the end (that is expected) and {1}",
      port, paste);
}

std::string device_text(const DevicePrompt& prompt) {
  return fmt::format(
      "Open this page on any device and enter the code there, within {} minutes:\n\n  {}\n  Code: {}\n\n"
      "Enter it only if you have just started this login yourself.\n",
      std::chrono::duration_cast<std::chrono::minutes>(prompt.lasts).count(), prompt.page.str(), prompt.code);
}

class Login : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("provider", request_.provider,
                   "google, microsoft or a name of your own (default: the only one set)");
    cli.add_option("--name", request_.name, "What to call the account (default: its address)")->check(refuse_empty);
    cli.add_option("--login-hint", request_.login_hint, "The address that is expected to log in")->check(refuse_empty);
    cli.add_option("--access", access_, "full, drafts-only, send-only or read-only (default: the provider's)")
        ->check(CLI::IsMember({"full", "drafts-only", "send-only", "read-only"}));
    cli.add_option("--with", with_, "Further powers to ask for: settings, shared, permanent-delete, imap")
        ->delimiter(',')
        ->allow_extra_args(false);
    cli.add_option("--since", since_, "Sync mail received since this DATE (2026-01-31, 90d, all)")->check(refuse_empty);
    cli.add_flag("--no-connect", no_connect_, "Log in without connecting the mailbox");
    auto* browser = cli.add_option("--browser", browser_, "The command that opens the browser")->check(refuse_empty);
    auto* no_browser =
        cli.add_flag("--no-browser", no_browser_, "Print the URL only, and accept the pasted redirect URL too");
    auto* port = cli.add_option("--port", request_.port, "The local port to listen on (default: any free one)")
                     ->check(refuse_empty);
    cli.add_flag("--device", request_.device, "Microsoft: show a code to enter on any other device")
        ->excludes(browser)
        ->excludes(no_browser)
        ->excludes(port);
    cli.add_option("--timeout", timeout_, "How long to wait for the person (default: 5m, a device code's life)")
        ->check(refuse_empty);
    cli.add_flag("--allow-different", request_.allow_different, "Accept another mailbox than the one expected");
  }

  Status run(App& app) override {
    if (auto read = read_options(app); !read) return read;
    auto result = log_in(app);
    if (!result) return result.error();
    if (app.options().json) {
      app.print_json(to_json(*result));
    }
    tell(app, *result);
    read_first_aliases(app, result->account);
    if (asks_start(app, *result)) {
      if (auto asked = ask_sync_start(app, result->account); !asked) return asked;
    }
    if (result->account.state == AccountState::active) app.say("next: mailmgr sync");
    return {};
  }

 private:
  // A mailbox that is connected for the first time and can be synced; whoever runs scripts is never asked.
  bool asks_start(const App& app, const LoginResult& result) const {
    return result.connected && !request_.set_since && app.may_ask() && !app.options().yes &&
           permits(result.access, Permission::read);
  }

  Status read_options(App& app) {
    request_.access = access_.empty() ? std::nullopt : access_level(access_);
    request_.with = {with_.begin(), with_.end()};
    request_.connect = !no_connect_;
    request_.open_browser = !no_browser_ && !(browser_.empty() && is_remote_without_display());
    // -a names the account to log in again.
    if (app.options().accounts.size() > 1) return Error{Code::usage, "login: one --account at a time"};
    if (!app.options().accounts.empty()) request_.account = app.options().accounts.front();
    if (!timeout_.empty()) {
      auto timeout = parse_duration(timeout_);
      if (!timeout) return timeout.error().within("login: --timeout");
      request_.timeout = *timeout;
    }
    if (since_.empty()) return {};
    auto since = parse_date(since_, app.clock().now());
    if (!since) return since.error().within("login: --since");
    request_.since = *since;
    request_.set_since = true;
    return {};
  }

  Result<LoginResult> log_in(App& app) {
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    auto providers = app.providers();
    if (!providers) return providers.error();
    auto vault = app.vault();
    if (!vault) return vault.error();
    auto leases = app.leases();
    if (!leases) return leases.error();

    LoopbackListeners listeners;
    BrowserLauncher browser(browser_);
    std::vector<std::unique_ptr<HttpClient>> clients;
    const auto http = [&](const ProviderConfig& config) -> HttpClient& {
      clients.push_back(app.http(config));
      return *clients.back();
    };
    const LoginWorld world{provider_specs(), **providers, (*tokens)->grants(), (*tokens)->accounts(), **vault, **leases,
                           listeners,        browser,     app.clock(),         app.random(),          http};
    return login(request_, world, front(app), app.stop());
  }

  // The URL goes to standard error even in scripts: without it nobody can log in.
  LoginFront front(App& app) {
    LoginFront front;
    front.on_url = [this, &app](const LoginPrompt& prompt) {
      app.err() << "Open this address in a browser to log in:\n\n  " << prompt.url.str() << "\n\n"
                << (request_.open_browser ? "" : browser_elsewhere(prompt.port)) << std::flush;
    };
    front.on_code = [&app](const DevicePrompt& prompt) { app.err() << device_text(prompt) << std::flush; };
    if (!request_.open_browser) front.read_paste = [&app](const Stop& stop) { return read_paste(app.clock(), stop); };
    front.remark = [&app](std::string_view text) { app.err() << output::one_line(text) << '\n' << std::flush; };
    return front;
  }

  void tell(App& app, const LoginResult& result) const {
    app.say(fmt::format("logged in as {}{}", result.account.email,
                        result.account.name == result.account.email ? "" : ", called " + result.account.name));
    for (const auto& scope : result.missing_scopes) app.say("not granted: " + scope);
    if (result.forecast.expires && !result.forecast.if_unused) {
      app.say(fmt::format("this login ends {}: {}", to_local_date(*result.forecast.expires), result.forecast.reason));
    }
  }

  LoginRequest request_;
  std::string access_, since_, browser_, timeout_;
  std::vector<std::string> with_;
  bool no_connect_ = false, no_browser_ = false;
};

}  // namespace

std::unique_ptr<Command> make_login() {
  return std::make_unique<Login>();
}

}  // namespace mailmgr
