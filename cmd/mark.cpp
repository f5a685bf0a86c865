// `mailmgr mark`, `move`, `archive`, `trash`, `untrash` and `delete`: what messages are marked with, and where they
// are.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cmd/app.h"
#include "cmd/message_edit.h"
#include "cmd/options.h"

namespace mailmgr {
namespace {

using Place = EditOrder::Place;

class Mark : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", ids_, kMessageIds);
    auto* read = cli.add_flag("--read", read_, "As read");
    cli.add_flag("--unread", unread_, "As unread")->excludes(read);
    auto* starred = cli.add_flag("--starred", starred_, "With a star (Outlook: a flag)");
    cli.add_flag("--unstarred", unstarred_, "Without")->excludes(starred);
    auto* spam = cli.add_flag("--spam", spam_, "As spam: it goes there");
    cli.add_flag("--not-spam", not_spam_, "As no spam: it goes from there to the inbox")->excludes(spam);
    edit_.attach(cli);
  }

  Status run(App& app) override {
    EditOrder order;
    if (read_ || unread_) order.unread = unread_;
    if (starred_ || unstarred_) order.starred = starred_;
    if (spam_ || not_spam_) order.place = spam_ ? Place::spam : Place::not_spam;
    if (!order.unread && !order.starred && order.place == Place::stay) {
      return Error{Code::usage, "mark: as what?",
                   "--read, --unread, --starred, --unstarred, --spam or --not-spam; labels are given by mailmgr label"};
    }
    return edit_.run(app, ids_, [&](const MessageEdit::Asking&) { return order; });
  }

 private:
  std::vector<std::string> ids_;
  bool read_ = false, unread_ = false, starred_ = false, unstarred_ = false, spam_ = false, not_spam_ = false;
  MessageEdit edit_{"mark", "Mark"};
};

// A command that says by its name where messages go.
class Put : public Command {
 public:
  Put(std::string_view command, std::string_view verb, Place place) : place_(place), edit_(command, verb) {}

  void attach(CLI::App& cli) override {
    add_operands(cli, "id", ids_, kMessageIds);
    edit_.attach(cli);
  }

  Status run(App& app) override {
    EditOrder order;
    order.place = place_;
    return edit_.run(app, ids_, [&](const MessageEdit::Asking&) { return order; });
  }

 private:
  Place place_;
  std::vector<std::string> ids_;
  MessageEdit edit_;
};

class Move : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", words_, "Message ids, or - to read them from standard input; then the folder");
    edit_.attach(cli);
  }

  Status run(App& app) override {
    auto ids = words_;
    if (ids.empty() || ids.back().empty() || ids.back() == "-" || (ids.size() == 1 && !edit_.has_query())) {
      return Error{Code::usage, "move: which messages, and where to?", "mailmgr move ID… FOLDER"};
    }
    const auto folder = ids.back();
    ids.pop_back();
    return edit_.run(app, ids, [&](const MessageEdit::Asking& asking) { return order_of_move(folder, asking.places); });
  }

 private:
  std::vector<std::string> words_;
  MessageEdit edit_{"move", "Move"};
};

}  // namespace

std::unique_ptr<Command> make_mark() {
  return std::make_unique<Mark>();
}
std::unique_ptr<Command> make_move() {
  return std::make_unique<Move>();
}
std::unique_ptr<Command> make_archive() {
  return std::make_unique<Put>("archive", "Archive", Place::archive);
}
std::unique_ptr<Command> make_trash() {
  return std::make_unique<Put>("trash", "Throw away", Place::trash);
}
std::unique_ptr<Command> make_untrash() {
  return std::make_unique<Put>("untrash", "Take out of the trash", Place::untrash);
}
std::unique_ptr<Command> make_delete() {
  return std::make_unique<Put>("delete", "Delete for good", Place::destroy);
}

}  // namespace mailmgr
