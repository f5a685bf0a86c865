// `mailmgr note`: what a person writes down about a message.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/ids.h"
#include "cmd/message_choice.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/read_input.h"
#include "core/base/encoding.h"
#include "store/store.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestNote = std::size_t{64} << 10;

class NoteCommand : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("id", id_, "The message")->required();
    auto* text = cli.add_option("text", text_, "The note, or - to read it from standard input; without: show it");
    cli.add_flag("--clear", clear_, "Remove the note")->excludes(text);
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be changed");
  }

  Status run(App& app) override {
    auto ids = read_ids({id_}, std::cin);
    if (!ids) return ids.error();
    if (ids->size() != 1)
      return Error{Code::usage, "note: exactly one message is needed", "mailmgr note 42 'call back'"};
    if (auto fits = check_selected(app, *ids, "note"); !fits) return fits;
    const auto id = ids->front();
    if (!text_ && !clear_) return show(app, id);
    if (auto allowed = app.check_allowed(Permission::change, "note"); !allowed) return allowed;
    Outcome outcome(app);
    outcome.add_item(change(app, id), id);
    return outcome.status();
  }

 private:
  static Status show(App& app, MessageId id) {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto note = (*mail)->notes().find_note(id);
    if (!note) return note.error();
    if (!*note) return check_found(app, 0);
    const auto& text = (*note)->text;
    if (app.options().json) {
      app.print_json(
          nlohmann::ordered_json{{"id", id.value}, {"note", text}, {"changed", to_rfc3339((*note)->changed)}});
    } else {
      app.out() << output::many_lines(text) << (text.ends_with('\n') ? "" : "\n");
    }
    return {};
  }

  Status change(App& app, MessageId id) const {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto& notes = (*mail)->notes();
    if (clear_) {
      if (dry_run_) return would(app, notes, id, "clear");
      auto cleared = notes.clear_note(id);
      return cleared ? Status() : Status(cleared.error());
    }
    auto text = *text_ == "-" ? read_text_input("-", "note") : Result<std::string>(*text_);
    if (!text) return text.error();
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
      return Error{Code::usage, "note: the text is empty", fmt::format("mailmgr note {} --clear", id.value)};
    }
    if (text->size() > kLongestNote || !is_valid_utf8(*text) || text->find('\0') != std::string::npos) {
      return Error{Code::usage, "note: the text is longer than 64 KiB, or no UTF-8 text"};
    }
    if (dry_run_) return would(app, notes, id, "write");
    return notes.put_note(id, *text, app.clock().now());
  }

  static Status would(App& app, NoteStore& notes, MessageId id, std::string_view what) {
    if (auto there = notes.find_note(id); !there) return there.error();
    if (!app.options().json) app.out() << fmt::format("would {} the note of {}\n", what, id.value);
    return {};
  }

  std::string id_;
  std::optional<std::string> text_;
  bool clear_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_note() {
  return std::make_unique<NoteCommand>();
}

}  // namespace mailmgr
