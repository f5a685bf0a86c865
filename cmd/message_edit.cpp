#include "cmd/message_edit.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "cmd/app.h"
#include "cmd/ask.h"
#include "cmd/outcome.h"
#include "cmd/output/progress.h"
#include "cmd/report.h"
#include "providers/registry.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Json item(MessageId id, std::string_view account, const Status& status) {
  Json json{{"id", id.value}, {"ok", status.has_value()}};
  if (!account.empty()) json["account"] = account;
  if (!status) json["error"] = to_json(status.error(), account);
  return json;
}

// Prints what became of each message, as it happens: to programs everything, to people what went wrong.
class Teller {
 public:
  Teller(App& app, std::string_view account, std::size_t total)
      : app_(app), account_(account), total_(total), progress_(app.err(), std::string(account), app.shows_progress()) {}

  void tell(MessageId id, const Status& status, bool alone) {
    if (app_.form() == output::Form::json) app_.print_json(item(id, account_, status));
    if (app_.form() == output::Form::ids && status) app_.out() << id.value << '\n';
    // What ended everything is told once, at the end.
    if (!status && alone) complain(id, status.error());
    ++done_;
    progress_.show(done_, total_ - std::min(total_, done_));
  }

 private:
  void complain(MessageId id, Error error) {
    error = of_message(error, id);
    error.account = account_;
    const auto turn = app_.talking();
    report(error, app_.err(), app_.options().json);
  }

  App& app_;
  std::string account_;
  std::size_t total_, done_ = 0;
  output::Progress progress_;
};

// One account's part, with its connection once it is needed.
struct Part {
  const ChosenMessages& chosen;
  std::vector<Folder> folders;
  const ProviderSpec& spec;
  EditOrder order = {};
  std::optional<Connection> connection = {};

  Places places() const { return {folders, spec.files_by_label}; }
  Result<Connection*> connect(App& app) {
    if (!connection) {
      auto made = app.connect(chosen.account);
      if (!made) return made.error();
      connection.emplace(*std::move(made));
    }
    return &*connection;
  }
};

Result<GrantRecord> grant_of(App& app, const AccountRecord& account) {
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  auto grant = (*tokens)->grants().find(account.grant);
  if (!grant) return grant.error();
  if (*grant) return **std::move(grant);
  return Error{Code::auth_required, fmt::format("{}: its login is gone", account.name),
               fmt::format("mailmgr login --account {}", account.name)};
}

Status check(App& app, const Part& part, std::string_view command) {
  auto grant = grant_of(app, part.chosen.account);
  if (!grant) return grant.error();
  return may_edit({part.chosen.account, *std::move(grant), part.spec, part.order, part.chosen.targets}, command);
}

Status show(App& app, const Part& part) {
  auto listing = app.listing(
      {{"id", "ID", 10, true}, {"account", "ACCOUNT", 24}, {"change", "CHANGE", 40}, {"subject", "SUBJECT"}},
      {"ok", "dry_run"});
  if (!listing) return listing.error();
  for (const auto& target : part.chosen.targets) {
    auto edit = plan_edit(part.order, target, part.places());
    if (!edit) return edit.error();
    Json json{{"id", target.id.value}, {"ok", true}, {"dry_run", true}, {"account", part.chosen.account.name}};
    json["change"] = *edit ? describe(**edit, part.places()) : std::string();
    json["subject"] = target.subject;
    if (!(*listing)->row(json)) break;
  }
  return {};
}

Status carry_out(App& app, Part& part) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto connection = part.connect(app);
  Teller teller(app, part.chosen.account.name, part.chosen.targets.size());
  if (!connection) {
    for (const auto& target : part.chosen.targets) teller.tell(target.id, connection.error(), false);
    return connection.error();
  }
  bool ended = false;
  const auto told = [&](const EditTold& what) {
    ended |= !what.status && !what.alone;
    teller.tell(what.target.id, what.status, what.alone);
  };
  const EditWorld world{*(*connection)->curator, (*mail)->edits(), (*mail)->sync()};
  auto done = edit_messages({part.chosen.account, (*connection)->grant, part.spec, part.order, part.chosen.targets},
                            world, told, app.stop());
  if (done) return {};
  auto error = done.error();
  error.reported = !ended && error.code != Code::interrupted && error.code != Code::store;
  return error;
}

}  // namespace

void MessageEdit::attach(CLI::App& cli) {
  chooser_.attach(cli);
  guard_.attach(cli);
  cli.add_flag("-n,--dry-run", dry_run_, "Show what would be done to each message");
}

Status MessageEdit::ask(App& app, const std::vector<ChosenMessages>& chosen, bool for_good) const {
  std::size_t count = 0;
  for (const auto& one : chosen) count += one.targets.size();
  if (count == 0) return {};
  const auto whose = chosen.size() == 1 ? chosen.front().account.name : fmt::format("{} accounts", chosen.size());
  const auto verb = for_good ? std::string("Delete for good") : verb_;
  if (auto fine = guard_.check(app, count, whose, verb, command_); !fine) return fine;
  if (!for_good || guard_.asks(count)) return {};
  return confirm(app, fmt::format("Delete {} messages of {} for good?", count, whose), command_);
}

Status MessageEdit::run(App& app, const std::vector<std::string>& words, const MakeOrder& make) const {
  const bool prints_rows = dry_run_ || app.form() == output::Form::ids;
  if (auto text_alone = prints_rows ? Status() : app.check_text(command_); !text_alone) return text_alone;
  auto choice = chooser_.choose(app, words, command_);
  if (!choice) return choice.error();
  auto mail = app.mail();
  if (!mail) return mail.error();

  std::vector<Part> parts;
  for (const auto& chosen : choice->accounts) {
    auto position = (*mail)->sync().position(chosen.account.id);
    if (!position) return position.error();
    parts.push_back({chosen, std::move(position->folders), provider_spec(chosen.account.kind)});
  }
  bool for_good = false;
  for (auto& part : parts) {
    if (auto fine = check(app, part, command_); !fine) return fine;
    const auto places = part.places();
    auto order = make({part.chosen.account, places, part.spec, true, [&] { return part.connect(app); }});
    if (!order) return order.error().within(command_);
    part.order = *std::move(order);
    if (auto fine = check(app, part, command_); !fine) return fine;
    for_good |= part.order.place == EditOrder::Place::destroy;
  }
  if (!dry_run_) {
    if (auto yes = ask(app, choice->accounts, for_good); !yes) return yes;
  }

  Outcome outcome(app);
  for (auto& part : parts) {
    if (dry_run_) {
      if (auto shown = show(app, part); !shown) return shown;
      outcome.add_one({});
      continue;
    }
    const auto places = part.places();
    auto order = make({part.chosen.account, places, part.spec, false, [&] { return part.connect(app); }});
    if (!order) {
      outcome.add_one(order.error().within(command_), part.chosen.account.name);
      continue;
    }
    part.order = *std::move(order);
    const auto done = carry_out(app, part);
    outcome.add_one(done, part.chosen.account.name);
    if (!done && done.error().code == Code::interrupted) break;
  }
  for (const auto id : choice->missing) {
    const Error error{Code::not_found, fmt::format("{}: there is no message {}", command_, id.value),
                      "mailmgr list shows the messages there are"};
    if (app.form() == output::Form::json) app.print_json(item(id, "", error));
    outcome.add_one(error);
  }
  return outcome.status();
}

Status mark_read(App& app, const std::vector<MessageId>& ids) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto targets = (*mail)->edits().targets(ids);
  if (!targets) return targets.error();
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  Outcome outcome(app);
  for (const auto& account : *accounts) {
    std::vector<EditTarget> unread;
    for (const auto& target : *targets) {
      if (target.account == account.id && target.unread) unread.push_back(target);
    }
    if (unread.empty()) continue;
    auto connection = app.connect(account);
    if (!connection) {
      outcome.add(connection.error(), account.name);
      continue;
    }
    EditOrder order;
    order.unread = false;
    const EditWorld world{*connection->curator, (*mail)->edits(), (*mail)->sync()};
    outcome.add(
        edit_messages({account, connection->grant, *connection->spec, order, unread}, world, nullptr, app.stop()),
        account.name);
  }
  return outcome.status();
}

}  // namespace mailmgr
