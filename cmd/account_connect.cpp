// `mailmgr account connect`: mailboxes that an organisation's grant or another account's login reaches.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/identities.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/report.h"
#include "core/flow/connect.h"
#include "core/flow/connect_list.h"
#include "core/flow/system_providers.h"
#include "providers/registry.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

// Ends every mailbox alike, so that the rows behind it need not be tried.
bool concerns_all(const Error& error) {
  const Code code = exit_class(error.code).code;
  return error.code == Code::unreachable || code == Code::config || code == Code::store || code == Code::interrupted;
}

class AccountConnect : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("email", request_.email, "The mailbox's address");
    cli.add_option("--provider", request_.provider, "The organisation's provider (a service account, an application)")
        ->check(refuse_empty);
    cli.add_option("--via", request_.via, "The account whose login reaches this shared mailbox")->check(refuse_empty);
    cli.add_option("--name", request_.name, "What to call the account (default: its address)")->check(refuse_empty);
    cli.add_option("--since", since_, "Sync mail received since this DATE (2026-01-31, 90d, all)")->check(refuse_empty);
    add_repeated(cli, "--include", request_.include, "Sync only this folder or label, and those in it");
    add_repeated(cli, "--exclude", request_.exclude, "Do not sync this folder or label, nor those in it");
    cli.add_option("--from-csv", list_, "Connect every mailbox of a list (email,name,since), or - for standard input")
        ->check(refuse_empty);
    cli.add_flag("-n,--dry-run", dry_run_, "Check what is asked for, connect nothing");
  }

  Status run(App& app) override {
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    auto providers = app.providers();
    if (!providers) return providers.error();
    auto vault = app.vault();
    if (!vault) return vault.error();
    auto leases = app.leases();
    if (!leases) return leases.error();
    std::map<std::string, std::unique_ptr<HttpClient>> clients;  // by provider: connections serve a whole list
    const auto http = [&](const ProviderConfig& config) -> HttpClient& {
      auto& client = clients[config.name];
      if (!client) client = app.http(config);
      return *client;
    };
    const ConnectWorld world{provider_specs(),      **providers,  (*tokens)->grants(),
                             (*tokens)->accounts(), **vault,      **leases,
                             app.clock(),           app.random(), http};
    return list_.empty() ? connect_one(app, world) : connect_list(app, world);
  }

 private:
  Status connect_one(App& app, const ConnectWorld& world) {
    if (request_.email.empty()) {
      return Error{Code::usage, "account connect: which mailbox?",
                   "give its address, or a list of them with --from-csv FILE"};
    }
    if (!since_.empty()) {
      auto since = parse_date(since_, app.clock().now());
      if (!since) return since.error().within("account connect: --since");
      request_.since = *since;
      request_.set_since = true;
    }
    const auto plan = plan_connect(request_, world);
    if (!plan) return plan.error();
    const bool wishes = request_.set_since || !request_.include.empty() || !request_.exclude.empty() ||
                        (!request_.name.empty() && request_.name != plan->account.name);
    if (plan->already && wishes) {
      return Error{Code::usage, fmt::format("account connect: {} is connected already", plan->account.name),
                   "to change it: mailmgr account set " + plan->account.name};
    }
    const Status done = connect(app, *plan, world);
    if (!done) print(app, failed(*plan, done.error()));
    return done;
  }

  Status connect_list(App& app, const ConnectWorld& world) {
    const bool alone = request_.email.empty() && request_.via.empty() && request_.name.empty() && since_.empty() &&
                       request_.include.empty() && request_.exclude.empty();
    if (!alone) {
      return Error{Code::usage, "account connect: the list says all there is to say", "leave out all but --provider"};
    }
    if (request_.provider.empty()) {
      return Error{Code::usage, "account connect: --from-csv needs --provider NAME", "mailmgr provider list"};
    }
    auto text = read_list();
    if (!text) return text.error();
    const auto plans = plan_connect_list(*text, request_.provider, world);
    if (!plans) return plans.error().within("account connect: --from-csv " + list_);

    Outcome outcome(app);
    for (auto plan = plans->begin(); plan != plans->end(); ++plan) {
      const Status done = connect(app, *plan, world);
      if (done) continue;
      outcome.add(done, plan->account.email);
      print(app, failed(*plan, done.error()));
      if (!concerns_all(done.error())) continue;
      skip(app, {std::next(plan), plans->end()});
      break;
    }
    return outcome.status();
  }

  Result<std::string> read_list() const {
    if (list_ == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    auto file = Blob::read_file(list_);
    if (!file) return file.error().within("account connect: --from-csv");
    return file->bytes();
  }

  Status connect(App& app, const ConnectPlan& plan, const ConnectWorld& world) const {
    Json line{{"id", plan.account.email}, {"ok", true}, {"account", plan.account.name}};
    if (plan.already) line["already"] = true;
    if (dry_run_) line["dry_run"] = true;
    if (!plan.already && !dry_run_) {
      const auto account = connect_mailbox(plan, world, app.stop());
      if (!account) return account.error();
      read_first_aliases(app, *account);
    }
    print(app, line);
    const std::string_view done = plan.already ? "is connected already"
                                  : dry_run_   ? "would be connected"
                                               : "is connected";
    if (dry_run_ && !app.options().json) {
      app.out() << fmt::format("{} {}\n", plan.account.email, done);
    } else {
      app.say(fmt::format("{} {}", plan.account.email, done));
    }
    return {};
  }

  static Json failed(const ConnectPlan& plan, const Error& error) {
    return {{"id", plan.account.email}, {"ok", false}, {"error", to_json(error)}};
  }

  // What stands behind a failure that would meet every row.
  static void skip(App& app, std::span<const ConnectPlan> rest) {
    if (rest.empty()) return;
    const Error error{Code::try_later, "not tried after the failure before it", "run the same command again"};
    for (const auto& plan : rest) print(app, failed(plan, error));
    if (app.options().json) return;
    app.err() << fmt::format("mailmgr: {} more were not tried; what is connected by then is skipped on the next run\n",
                             rest.size());
  }

  static void print(App& app, const Json& line) {
    if (app.options().json) app.print_json(line);
  }

  ConnectRequest request_;
  std::string since_, list_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_account_connect() {
  return std::make_unique<AccountConnect>();
}

}  // namespace mailmgr
