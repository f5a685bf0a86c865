// `mailmgr todo`: messages that something is to be done about.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cmd/app.h"
#include "cmd/due_date.h"
#include "cmd/guard.h"
#include "cmd/ids.h"
#include "cmd/message_choice.h"
#include "cmd/message_json.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

// What `todo add` and `todo done` have in common.
class ChangeTodos : public Command {
 public:
  explicit ChangeTodos(std::string_view command) : command_(command) {}

  void attach(CLI::App& cli) override {
    add_operands(cli, "id", words_, kMessageIds);
    chooser_.attach(cli);
    guard_.attach(cli);
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be changed");
  }

  Status run(App& app) override {
    if (auto ready = prepare(app); !ready) return ready;
    auto ids = chooser_.ids(app, words_, command_);
    if (!ids) return ids.error();
    keep_each_once(*ids);
    auto mail = app.mail();
    if (!mail) return mail.error();
    if (!dry_run_) {
      const auto what = fmt::format("{} for", command_);
      if (auto sure = guard_.check(app, ids->size(), "this store", what, command_); !sure) return sure;
    }
    Outcome outcome(app);
    for (const auto id : *ids) outcome.add_item(change(app, (*mail)->notes(), id), id);
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
  std::vector<std::string> words_;
  MessageChooser chooser_;
  MassGuard guard_;
  bool dry_run_ = false;
};

class TodoAdd : public ChangeTodos {
 public:
  TodoAdd() : ChangeTodos("todo add") {}
  void attach(CLI::App& cli) override {
    ChangeTodos::attach(cli);
    cli.add_option("--due", due_text_, "Until when: 2026-12-24, today, tomorrow, 3d, 2w, or RFC 3339")
        ->check(refuse_empty);
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
  return output::local_time(row, "done");
}

std::string todo_sender(const Json& row) {
  const auto& from = row["from"];
  const std::string name = from.value("name", "");
  return name.empty() ? from.value("address", "") : name;
}

class TodoList : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", words_, kMessageIds);
    chooser_.attach(cli);
    cli.add_option("--due", due_, "Only what is due until then: 2026-12-24, today, tomorrow, 3d, 2w, or RFC 3339")
        ->check(refuse_empty);
    cli.add_flag("--done", done_, "Those that are done, the last first");
  }

  Status run(App& app) override {
    std::optional<Time> until;
    if (!due_.empty()) {
      auto due = read_due_date(due_, app.clock().now(), "todo list --due");
      if (!due) return due.error();
      until = *due;
    }
    std::optional<std::set<MessageId>> wanted;
    if (!words_.empty() || chooser_.has_query()) {
      auto ids = chooser_.ids(app, words_, "todo list");
      if (!ids) return ids.error();
      wanted.emplace(ids->begin(), ids->end());
    }
    auto selected = app.selected_accounts();
    if (!selected) return selected.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto todos = (*mail)->notes().todos(done_);
    if (!todos) return todos.error();

    const AccountNames names(*selected);
    auto listing = app.listing({{"id", "ID", 10, true},
                                {"due", "DUE", 16, false, due_cell},
                                {"account", selected->size() > 1 ? "ACCOUNT" : "", 24, false, nullptr, 2},
                                {"from", "FROM", 24, false, todo_sender, 1},
                                {"subject", "SUBJECT"},
                                {"done", done_ ? "DONE" : "", 16, false, done_cell, 3}},
                               {"overdue", "added", "note", "thread_id", "received"});
    if (!listing) return listing.error();
    for (const auto& [message, account, todo] : *todos) {
      if (wanted && !wanted->contains(message)) continue;
      if (until && (!todo.due || *todo.due > *until)) continue;
      if (names.name(account).empty()) continue;  // of an account that -a leaves out
      auto row = (*mail)->reader().find(message);
      if (!row) return row.error();
      if (!*row) continue;  // gone since
      const bool overdue = !todo.done && todo.due && *todo.due < app.clock().now();
      if (!(*listing)->row(json(**row, todo, overdue, names), overdue)) return {};
    }
    (*listing)->finish();
    Outcome outcome(app);
    if ((*listing)->rows() > 0) outcome.add_one({});
    for (const MessageId id : wanted.value_or(std::set<MessageId>())) {
      const auto row = (*mail)->reader().find(id);
      if (row && *row) continue;
      outcome.add_one(
          of_message(row ? Error{Code::not_found, "it is not there", "mailmgr todo list"} : row.error(), id));
    }
    const Status told = outcome.status();
    return told ? check_found(app, (*listing)->rows()) : told;
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

  std::vector<std::string> words_;
  MessageChooser chooser_{QueriedAccounts::all};
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
