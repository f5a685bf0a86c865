// `mailmgr bulk status` and `mailmgr suppression`: what became of lists, and whom no list writes to.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/app.h"
#include "cmd/bulk_rows.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
#include "core/csv/csv.h"
#include "core/mail/compose.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Json run_json(const BulkRun& run, const BulkTotals& totals, std::string_view account) {
  return {{"bulk", run.key},
          {"account", account},
          {"template", run.template_name},
          {"rows", totals.rows},
          {"sent", totals.sent},
          {"waiting", totals.waiting},
          {"failed", totals.failed},
          {"unknown", totals.unknown},
          {"bounced", totals.bounced},
          {"delayed", totals.delayed},
          {"held", totals.held},
          {"cancelled", totals.cancelled},
          {"suppressed", totals.suppressed},
          {"from", run.from},
          {"created", to_rfc3339(run.created)}};
}

class BulkStatus : public Command {
 public:
  void attach(CLI::App& cli) override {
    auto* key = cli.add_option("key", key_, "A list's key, for its rows (default: all lists)")->check(refuse_empty);
    cli.add_option("--only", only_, "Only rows in this state: failed, unknown, bounced, …")
        ->needs(key)
        ->check(CLI::IsMember({"queued", "scheduled", "sending", "sent", "failed", "unknown", "held", "cancelled",
                               "suppressed", "bounced", "delayed"}));
    cli.add_flag("--csv", csv_, "Rows as CSV, for a spreadsheet")->needs(key);
  }

  Status run(App& app) override { return key_.empty() ? list_runs(app) : list_rows(app); }

 private:
  static Status list_runs(App& app) {
    auto accounts = app.selected_accounts();
    if (!accounts) return accounts.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto runs = (*mail)->bulk().runs();
    if (!runs) return runs.error();
    auto listing = app.listing({{"bulk", "LIST", 30},
                                {"account", "ACCOUNT", 24},
                                {"rows", "ROWS", 7, true},
                                {"sent", "SENT", 7, true},
                                {"waiting", "WAITING", 7, true},
                                {"failed", "FAILED", 7, true},
                                {"unknown", "UNKNOWN", 7, true},
                                {"bounced", "BOUNCED", 7, true}},
                               {"template", "delayed", "held", "cancelled", "suppressed", "from", "created"});
    if (!listing) return listing.error();
    for (const auto& run : *runs) {
      for (const auto& account : *accounts) {
        if (account.id != run.account) continue;
        auto totals = (*mail)->bulk().totals(run.id);
        if (!totals) return totals.error();
        if (!(*listing)->row(run_json(run, *totals, account.name))) return {};
      }
    }
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }

  Status list_rows(App& app) const {
    auto found = find_bulk_run(app, key_);
    if (!found) return found.error();
    const auto& [run, account] = *found;
    if (csv_) {
      app.out() << csv_line({"row", "line", "state", "to", "subject", "delivery", "status", "diagnostic", "error"});
      return each_row(app, run, [&](const BulkRow& row) {
        app.out() << csv_of(row);
        return app.out().good();
      });
    }
    auto listing = app.listing(bulk_row_columns(), bulk_row_keys());
    if (!listing) return listing.error();
    auto done =
        each_row(app, run, [&](const BulkRow& row) { return (*listing)->row(to_json(row, run.key, account.name)); });
    if (!done) return done;
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }

  // Until `shown` says that nobody reads any more.
  Status each_row(App& app, const BulkRun& run, const std::function<bool(const BulkRow&)>& shown) const {
    auto mail = app.mail();
    if (!mail) return mail.error();
    std::vector<BulkRow> page;
    while (true) {
      auto next = (*mail)->bulk().rows(run.id, page.empty() ? nullptr : &page.back(), 500);
      if (!next) return next.error();
      if (next->empty()) return {};
      page = *std::move(next);
      for (const auto& row : page) {
        if (is_wanted(row) && !shown(row)) return {};
      }
    }
  }

  bool is_wanted(const BulkRow& row) const {
    return only_.empty() || state_of(row) == only_ || (row.message && to_string(row.message->delivery.state) == only_);
  }

  static std::string csv_of(const BulkRow& row) {
    const OutboxRow message = row.message.value_or(OutboxRow{});
    return csv_line({row.key, std::to_string(row.line), std::string(state_of(row)),
                     fmt::format("{}", fmt::join(row.recipients, ";")), row.subject,
                     std::string(to_string(message.delivery.state)), message.delivery.status,
                     message.delivery.diagnostic, message.error});
  }

  std::string key_, only_;
  bool csv_ = false;
};

class ListSuppressions : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto all = (*mail)->suppressions().list();
    if (!all) return all.error();
    auto listing =
        app.listing({{"address", "ADDRESS", 40},
                     {"reason", "REASON", 30},
                     {"added", "ADDED", 16, false, [](const Json& row) { return output::local_time(row, "added"); }}});
    if (!listing) return listing.error();
    for (const auto& one : *all) {
      Json json{{"address", one.address}, {"reason", one.reason}, {"added", to_rfc3339(one.added)}};
      if (!(*listing)->row(json)) return {};
    }
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }
};

// Adds or removes addresses, each on its own.
class ChangeSuppressions : public Command {
 public:
  void attach(CLI::App& cli) override { add_operands(cli, "address", addresses_, "Addresses")->required(); }

  Status run(App& app) override {
    auto mail = app.mail();
    if (!mail) return mail.error();
    Outcome outcome(app);
    for (const auto& address : addresses_) outcome.add_item(change_one(address, app, **mail), address);
    return outcome.status();
  }

 private:
  Status change_one(const std::string& address, App& app, store::MailStore& mail) const {
    auto parsed = parse_addresses(address);
    if (!parsed) return parsed.error().within("suppression");
    for (const auto& one : *parsed) {
      if (auto done = change(one.email, app, mail.suppressions()); !done) return done;
    }
    return {};
  }
  virtual Status change(const std::string& email, App& app, SuppressionStore& store) const = 0;

  std::vector<std::string> addresses_;
};

class AddSuppression : public ChangeSuppressions {
 public:
  void attach(CLI::App& cli) override {
    ChangeSuppressions::attach(cli);
    cli.add_option("--reason", reason_, "Why, for people")->check(refuse_empty);
  }

 private:
  Status change(const std::string& email, App& app, SuppressionStore& store) const override {
    return store.add({email, reason_, app.clock().now()});
  }

  std::string reason_ = "asked not to be written to";
};

class RemoveSuppression : public ChangeSuppressions {
  Status change(const std::string& email, App&, SuppressionStore& store) const override {
    auto removed = store.remove(email);
    if (!removed) return removed.error();
    if (*removed) return {};
    return Error{Code::not_found, fmt::format("suppression: {} is not there", email), "mailmgr suppression list"};
  }
};

}  // namespace

std::unique_ptr<Command> make_bulk_status() {
  return std::make_unique<BulkStatus>();
}
std::unique_ptr<Command> make_suppression_list() {
  return std::make_unique<ListSuppressions>();
}
std::unique_ptr<Command> make_suppression_add() {
  return std::make_unique<AddSuppression>();
}
std::unique_ptr<Command> make_suppression_remove() {
  return std::make_unique<RemoveSuppression>();
}

}  // namespace mailmgr
