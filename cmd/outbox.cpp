// `mailmgr outbox`: what waits to be sent, what could not be, and what a person decides about it.
#include "core/flow/outbox.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/options.h"
#include "cmd/outbox_json.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/sending.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> kMoreKeys{"key",     "message_id", "remote_id",      "thread_id", "held_from",  "due",
                                         "created", "delivery",   "undelivered_to", "status",    "diagnostic", "error"};

std::vector<output::Column> columns() {
  return {{"id", "ID", 8, true},
          {"state", "STATE", 9},
          {"account", "ACCOUNT", 24, false, nullptr, 1},
          {"from", "FROM", 24, false, nullptr, 2},
          {"recipients", "TO", 30},
          {"subject", "SUBJECT"}};
}

Result<OutboxId> read_outbox_id(std::string_view word) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (problem == std::errc() && end == word.data() + word.size() && number > 0) return OutboxId(number);
  return Error{Code::usage,
               fmt::format("outbox: \"{}\" is no number of a message in the outbox", output::one_line(word)),
               "mailmgr outbox list"};
}

Result<std::pair<OutboxRow, AccountRecord>> find_message(App& app, OutboxId id) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto row = (*mail)->outbox().find(id);
  if (!row) return row.error();
  if (!*row) {
    return Error{Code::not_found, fmt::format("the outbox has no message {}", id.value), "mailmgr outbox list"};
  }
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  for (auto& account : *accounts) {
    if (account.id == (*row)->account) return std::pair{**std::move(row), std::move(account)};
  }
  return Error{Code::not_found, fmt::format("outbox: the account of message {} is not connected any more", id.value),
               ""};
}

class ListOutbox : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_flag("--all", all_, "Also what was sent or cancelled"); }

  Status run(App& app) override {
    auto accounts = app.selected_accounts();
    if (!accounts) return accounts.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto listing = app.listing(columns(), kMoreKeys);
    if (!listing) return listing.error();
    for (const auto& account : *accounts) {
      auto rows = (*mail)->outbox().rows({.account = account.id, .unsent = !all_});
      if (!rows) return rows.error();
      for (const auto& row : *rows) {
        if (!(*listing)->row(to_json(row, account.name))) return {};
      }
    }
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }

 private:
  bool all_ = false;
};

class ShowOutbox : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("id", id_, "Its number in the outbox")->required();
    cli.add_flag("--raw", raw_, "The message itself, byte for byte");
  }

  Status run(App& app) override {
    auto id = read_outbox_id(id_);
    if (!id) return id.error();
    auto found = find_message(app, *id);
    if (!found) return found.error();
    if (raw_) return print_raw(app, *id);
    const Json json = to_json(found->first, found->second.name);
    if (app.form() == output::Form::json) {
      app.print_json(json);
      return {};
    }
    for (const auto& [key, value] : json.items()) {
      const auto& shown = key == "error" ? value["message"] : value;
      app.out() << fmt::format("{:<12}{}\n", key + ":", output::as_text(shown));
    }
    return {};
  }

 private:
  static Status print_raw(App& app, OutboxId id) {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto mime = (*mail)->outbox().mime(id);
    if (!mime) return mime.error();
    return mime->each_chunk([&](std::string_view chunk) {
      app.out() << chunk;
      return app.out().good();
    });
  }

  std::string id_;
  bool raw_ = false;
};

// A command that does something to messages, one after the other, and tells what became of each.
class ChangeOutbox : public Command {
 public:
  void attach(CLI::App& cli) override { add_operands(cli, "id", ids_, "Numbers in the outbox"); }

  Status run(App& app) override {
    auto ids = chosen(app);
    if (!ids) return ids.error();
    Outcome all(app);
    for (const auto id : *ids) {
      if (app.stop().interrupted()) return Stop::error();
      all.add_one(change_one(app, id));
    }
    return all.status();
  }

 protected:
  virtual Result<OutboxRow> change(OutboxId id, const SendWorld& world, const Stop& stop) = 0;
  // Without numbers.
  virtual Result<std::vector<OutboxId>> default_ids(App&) {
    return Error{Code::usage, "outbox: of which message? No number is given", "mailmgr outbox list"};
  }

  // Of the selected accounts, what is not sent and `wanted`.
  static Result<std::vector<OutboxId>> unsent(App& app, const std::function<bool(const OutboxRow&)>& wanted) {
    auto accounts = app.selected_accounts();
    if (!accounts) return accounts.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    std::vector<OutboxId> ids;
    for (const auto& account : *accounts) {
      auto rows = (*mail)->outbox().rows({.account = account.id, .unsent = true});
      if (!rows) return rows.error();
      for (const auto& row : *rows) {
        if (wanted(row)) ids.push_back(row.id);
      }
    }
    return ids;
  }

 private:
  std::vector<std::string> ids_;

  Result<std::vector<OutboxId>> chosen(App& app) {
    if (ids_.empty()) return default_ids(app);
    std::vector<OutboxId> ids;
    for (const auto& word : ids_) {
      auto id = read_outbox_id(word);
      if (!id) return id.error();
      ids.push_back(*id);
    }
    return ids;
  }

  Status change_one(App& app, OutboxId id) {
    auto found = find_message(app, id);
    if (!found) return found.error();
    auto sender = sender_for(app, found->second);
    if (!sender) return sender.error();
    auto row = change(id, *sender->world, app.stop());
    if (!row) return row.error();
    if (app.form() == output::Form::json) {
      app.print_json(to_json(*row, found->second.name));
    } else {
      app.say(fmt::format("message {} is {}", id.value, to_string(row->state)));
    }
    // A verdict is carried out when it is noted, whatever it is.
    if (!sends()) return {};
    auto ended = outcome(*row);
    return ended ? ended : Status(with_login_hint(ended.error(), found->second));
  }

  virtual bool sends() const { return false; }
};

class RetryOutbox : public ChangeOutbox {
  Result<OutboxRow> change(OutboxId id, const SendWorld& world, const Stop& stop) override {
    return retry_message(id, world, stop);
  }
  bool sends() const override { return true; }
  Result<std::vector<OutboxId>> default_ids(App& app) override {
    const auto now = app.clock().now();
    return unsent(app, [now](const OutboxRow& row) { return is_retriable(row, now); });
  }
};

class CancelOutbox : public ChangeOutbox {
  Result<OutboxRow> change(OutboxId id, const SendWorld& world, const Stop& stop) override {
    return cancel_message(id, world, stop);
  }
};

class ReleaseOutbox : public ChangeOutbox {
 public:
  void attach(CLI::App& cli) override {
    ChangeOutbox::attach(cli);
    cli.add_flag("--all", all_, "All that are held");
  }

 private:
  Result<OutboxRow> change(OutboxId id, const SendWorld& world, const Stop& stop) override {
    return release_message(id, world, stop);
  }
  Result<std::vector<OutboxId>> default_ids(App& app) override {
    if (!all_) return ChangeOutbox::default_ids(app);
    return unsent(app, [](const OutboxRow& row) { return row.state == OutboxState::held; });
  }

  bool all_ = false;
};

class ResolveOutbox : public ChangeOutbox {
 public:
  void attach(CLI::App& cli) override {
    ChangeOutbox::attach(cli);
    auto* sent = cli.add_flag("--sent", sent_, "It was sent");
    cli.add_flag("--not-sent", not_sent_, "It was not sent; it can be retried")->excludes(sent);
  }

  Status run(App& app) override {
    if (sent_ == not_sent_) return Error{Code::usage, "outbox resolve: say --sent or --not-sent", ""};
    return ChangeOutbox::run(app);
  }

 private:
  Result<OutboxRow> change(OutboxId id, const SendWorld& world, const Stop& stop) override {
    return resolve_message(id, sent_ ? SentVerdict::sent : SentVerdict::not_sent, world, stop);
  }

  bool sent_ = false, not_sent_ = false;
};

class FlushOutbox : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto accounts = app.selected_accounts();
    if (!accounts) return accounts.error();
    std::erase_if(*accounts, [](const AccountRecord& account) { return account.state != AccountState::active; });
    const auto told = [&](const OutboxRow& row, const AccountRecord& account) {
      if (app.form() == output::Form::json) {
        app.print_json(to_json(row, account.name));
      } else {
        app.say(fmt::format("message {} is {}", row.id.value, to_string(row.state)));
      }
    };
    return flush_accounts(app, *accounts, told, IfBusy::fail, app.stop());
  }
};

}  // namespace

std::unique_ptr<Command> make_outbox_list() {
  return std::make_unique<ListOutbox>();
}
std::unique_ptr<Command> make_outbox_show() {
  return std::make_unique<ShowOutbox>();
}
std::unique_ptr<Command> make_outbox_retry() {
  return std::make_unique<RetryOutbox>();
}
std::unique_ptr<Command> make_outbox_cancel() {
  return std::make_unique<CancelOutbox>();
}
std::unique_ptr<Command> make_outbox_resolve() {
  return std::make_unique<ResolveOutbox>();
}
std::unique_ptr<Command> make_outbox_release() {
  return std::make_unique<ReleaseOutbox>();
}
std::unique_ptr<Command> make_outbox_flush() {
  return std::make_unique<FlushOutbox>();
}

}  // namespace mailmgr
