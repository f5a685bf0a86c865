// `mailmgr todo`: messages that something is to be done about.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "cmd/app.h"
#include "cmd/due_date.h"
#include "cmd/guard.h"
#include "cmd/ids.h"
#include "cmd/list_rows.h"
#include "cmd/message_choice.h"
#include "cmd/message_json.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

// The messages that a command is about: ids, "-", or what --query finds. Nothing is sent anywhere, so they may be of
// any account.
class TodoMessages {
 public:
  explicit TodoMessages(std::string_view command) : command_(command) {}

  void attach(CLI::App& cli) {
    add_operands(cli, "id", words_, "Message ids, or - to read them from standard input");
    query_option_ = cli.add_option("--query", query_, "What this finds");
  }
  bool given() const { return !words_.empty() || query_option_->count() > 0; }

  // Each once. usage where ids and a query are given.
  Result<std::vector<MessageId>> read(App& app) const {
    const bool by_query = query_option_->count() > 0;
    if (by_query && !words_.empty()) {
      return Error{Code::usage, fmt::format("{}: either ids or --query", command_)};
    }
    auto ids = by_query ? find(app) : read_ids(words_, std::cin);
    if (!ids) return ids;
    keep_each_once(*ids);
    return ids;
  }

 private:
  Result<std::vector<MessageId>> find(App& app) const {
    auto selection = list_selection(app, {});
    if (!selection) return selection.error();
    selection->limit.reset();
    return find_messages(app, query_, *selection, command_);
  }

  std::string_view command_;
  std::vector<std::string> words_;
  std::string query_;
  CLI::Option* query_option_ = nullptr;
};

// What `todo add` and `todo done` have in common.
class ChangeTodos : public Command {
 public:
  explicit ChangeTodos(std::string_view command) : command_(command), messages_(command) {}

  void attach(CLI::App& cli) override {
    messages_.attach(cli);
    guard_.attach(cli);
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be changed");
  }

  Status run(App& app) override {
    if (!messages_.given()) {
      return Error{Code::usage, fmt::format("{}: which messages?", command_), fmt::format("mailmgr {} 42", command_)};
    }
    if (auto ready = prepare(app); !ready) return ready;
    auto ids = messages_.read(app);
    if (!ids) return ids.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    if (!dry_run_) {
      const auto what = fmt::format("{} for", command_);
      if (auto sure = guard_.check(app, ids->size(), "this store", what, command_); !sure) return sure;
    }
    Outcome outcome(app);
    for (const auto id : *ids) outcome.add_item(change(app, (*mail)->notes(), id), std::to_string(id.value));
    return outcome.status();
  }

 protected:
  virtual Status prepare(App&) { return {}; }
  // The to-do as it is to be, from what it is now; nullopt: it is so already.
  virtual Result<std::optional<Todo>> changed(const std::optional<Todo>& before, MessageId id, Time now) const = 0;

 private:
  Status change(App& app, NoteStore& notes, MessageId id) const {
    auto before = notes.find_todo(id);
    if (!before) return before.error();
    auto after = changed(*before, id, app.clock().now());
    if (!after) return after.error();
    if (!*after) return {};
    if (!dry_run_) return notes.put_todo(id, **after);
    if (!app.options().json) app.out() << fmt::format("would {} {}\n", command_, id.value);
    return {};
  }

  std::string_view command_;
  TodoMessages messages_;
  MassGuard guard_;
  bool dry_run_ = false;
};

class TodoAdd : public ChangeTodos {
 public:
  TodoAdd() : ChangeTodos("todo add") {}
  void attach(CLI::App& cli) override {
    ChangeTodos::attach(cli);
    cli.add_option("--due", due_text_, "Until when: 2026-12-24, today, tomorrow, 3d, 2w, or RFC 3339");
  }

 private:
  Status prepare(App& app) override {
    if (due_text_.empty()) return {};
    auto due = read_due_date(due_text_, app.clock().now(), "todo add --due");
    if (!due) return due.error();
    due_ = *due;
    return {};
  }

  // Again on an open one: its date, where one is given.
  Result<std::optional<Todo>> changed(const std::optional<Todo>& before, MessageId, Time now) const override {
    Todo after{due_, now, std::nullopt};
    if (before && !before->done) after = {due_ ? due_ : before->due, before->added, std::nullopt};
    return before && *before == after ? std::optional<Todo>() : std::optional(after);
  }

  std::string due_text_;
  std::optional<Time> due_;
};

class TodoDone : public ChangeTodos {
 public:
  TodoDone() : ChangeTodos("todo done") {}

 private:
  Result<std::optional<Todo>> changed(const std::optional<Todo>& before, MessageId id, Time now) const override {
    if (!before) {
      return Error{Code::not_found, fmt::format("todo done: message {} is no to-do", id.value), "mailmgr todo list"};
    }
    if (before->done) return std::optional<Todo>();
    Todo after = *before;
    after.done = now;
    return std::optional(after);
  }
};

std::string due_cell(const Json& row) {
  const auto due = from_rfc3339(row.value("due", ""));
  return due ? show_due_date(*due) : "";
}

std::string done_cell(const Json& row) {
  const auto done = from_rfc3339(row.value("done", ""));
  return done ? to_local_date(*done) : "";
}

std::string todo_sender(const Json& row) {
  const auto& from = row["from"];
  const std::string name = from.value("name", "");
  return name.empty() ? from.value("address", "") : name;
}

class TodoList : public Command {
 public:
  void attach(CLI::App& cli) override {
    messages_.attach(cli);
    cli.add_option("--due", due_, "Only what is due until then: 2026-12-24, today, tomorrow, 3d, 2w, or RFC 3339");
    cli.add_flag("--done", done_, "Those that are done, the last first");
  }

  Status run(App& app) override {
    std::optional<Time> until;
    if (!due_.empty()) {
      auto due = read_due_date(due_, app.clock().now(), "todo list --due");
      if (!due) return due.error();
      until = *due;
    }
    auto chosen = messages_.given() ? messages_.read(app) : Result<std::vector<MessageId>>(std::vector<MessageId>());
    if (!chosen) return chosen.error();
    const std::set<MessageId> wanted(chosen->begin(), chosen->end());
    auto selected = app.selected_accounts();
    if (!selected) return selected.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto todos = (*mail)->notes().todos(done_);
    if (!todos) return todos.error();

    const AccountNames names(*selected);
    auto listing = app.listing({{"id", "ID", 10, true},
                                {"due", "DUE", 16, false, due_cell},
                                {"account", selected->size() > 1 ? "ACCOUNT" : "", 18},
                                {"from", "FROM", 24, false, todo_sender},
                                {"subject", "SUBJECT"},
                                {"done", done_ ? "DONE" : "", 16, false, done_cell}},
                               {"overdue", "added", "note", "thread_id", "received"});
    if (!listing) return listing.error();
    for (const auto& [message, account, todo] : *todos) {
      if (messages_.given() && !wanted.contains(message)) continue;
      if (until && (!todo.due || *todo.due > *until)) continue;
      if (names.name(account).empty()) continue;  // of an account that -a leaves out
      auto row = (*mail)->reader().find(message);
      if (!row) return row.error();
      if (!*row) continue;  // gone since
      const bool overdue = !todo.done && todo.due && *todo.due < app.clock().now();
      if (!(*listing)->row(json(**row, todo, overdue, names), overdue)) return {};
    }
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }

 private:
  static Json json(const MessageRow& row, const Todo& todo, bool overdue, const AccountNames& names) {
    Json json{{"id", row.id.value}, {"account", names.name(row.account)}};
    json["due"] = todo.due ? Json(to_rfc3339(*todo.due)) : Json(nullptr);
    json["overdue"] = overdue;
    json["from"] = to_json(row.from);
    json["subject"] = row.subject;
    json["thread_id"] = row.thread.value;
    json["received"] = to_rfc3339(row.received);
    json["added"] = to_rfc3339(todo.added);
    json["done"] = todo.done ? Json(to_rfc3339(*todo.done)) : Json(nullptr);
    if (row.note) json["note"] = *row.note;
    return json;
  }

  TodoMessages messages_{"todo list"};
  std::string due_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Command> make_todo_add() {
  return std::make_unique<TodoAdd>();
}
std::unique_ptr<Command> make_todo_done() {
  return std::make_unique<TodoDone>();
}
std::unique_ptr<Command> make_todo_list() {
  return std::make_unique<TodoList>();
}

}  // namespace mailmgr
