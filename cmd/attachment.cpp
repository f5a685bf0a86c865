// `mailmgr attachment list|save`: what came with messages.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/message_choice.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/report.h"
#include "core/base/file_name.h"
#include "core/mail/parse.h"
#include "core/system/save_folder.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

struct Opened {
  Blob raw;
  std::vector<Attachment> attachments;
};

// not_found: no such message, or it has no content yet.
Result<Opened> open_message(App& app, MessageId id) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto raw = (*mail)->reader().raw(id);
  if (!raw && raw.error().code == Code::not_found) {
    return Error{Code::not_found, fmt::format("attachment: there is no message {}", id.value), "mailmgr list"};
  }
  if (!raw) return raw.error();
  auto parsed = parse_message(*raw);
  if (!parsed) return parsed.error();
  return Opened{*std::move(raw), std::move(parsed->attachments)};
}

class ListAttachments : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", ids_, kMessageIds);
    chooser_.attach(cli);
  }

  Status run(App& app) override {
    auto ids = chooser_.ids(app, ids_, "attachment list");
    if (!ids) return ids.error();
    auto listing = app.listing({{"id", "ID", 8, true},
                                {"part", "PART", 8},
                                {"size", "SIZE", 10, true},
                                {"type", "TYPE", 30, false, nullptr, 1},
                                {"name", "NAME"}},
                               {"inline"});
    if (!listing) return listing.error();
    Outcome outcome(app);
    for (const auto id : *ids) {
      auto message = open_message(app, id);
      outcome.add_one(message ? Status() : Status(of_message(message.error(), id)));
      if (!message) continue;
      for (const auto& attachment : message->attachments) {
        Json json{{"id", id.value},          {"part", attachment.part}, {"size", attachment.size},
                  {"type", attachment.type}, {"name", attachment.name}, {"inline", attachment.is_inline}};
        if (!(*listing)->row(json)) return {};
      }
    }
    (*listing)->finish();
    if (auto all = outcome.status(); !all) return all;
    return check_found(app, (*listing)->rows());
  }

 private:
  std::vector<std::string> ids_;
  MessageChooser chooser_{QueriedAccounts::all};
};

class SaveAttachments : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", ids_, kMessageIds);
    chooser_.attach(cli);
    cli.add_option("--part", part_, "Only this part (default: all that is not shown in the text)")->check(refuse_empty);
    cli.add_option("-o,--output", output_, "The folder to save in (default: this one), or - for standard output")
        ->check(refuse_empty);
    cli.add_flag("-n,--dry-run", dry_run_, "Show what would be saved");
  }

  Status run(App& app) override {
    if (output_ == "-" && app.options().json) {
      return Error{Code::usage, "attachment save: -o - prints bytes, --json text; choose one"};
    }
    if (output_ == "-" && dry_run_) {
      return Error{Code::usage, "attachment save: -o - saves nothing that --dry-run could leave out"};
    }
    auto ids = chooser_.ids(app, ids_, "attachment save");
    if (!ids) return ids.error();
    if (output_ == "-" && ids->size() > 1) {
      return Error{Code::usage, fmt::format("attachment save: {} messages, and -o - takes one", ids->size()),
                   "save them in a folder"};
    }
    Outcome outcome(app);
    for (const auto id : *ids) {
      if (app.stop().interrupted()) return Stop::error();
      auto message = chosen_parts(app, id);
      if (!message) {
        outcome.add_item(message.error(), id);
        continue;
      }
      if (auto done = save_all(app, id, *message, outcome); !done) return done;
    }
    if (auto all = outcome.status(); !all) return all;
    return check_found(app, saved_);
  }

 private:
  // The message with those of its attachments that are to be saved.
  Result<Opened> chosen_parts(App& app, MessageId id) const {
    auto message = open_message(app, id);
    if (!message) return message;
    std::erase_if(message->attachments,
                  [&](const Attachment& one) { return part_.empty() ? one.is_inline : one.part != part_; });
    if (message->attachments.empty() && !part_.empty()) {
      return Error{Code::not_found,
                   fmt::format("attachment save: message {} has no part {}", id.value, output::one_line(part_)),
                   fmt::format("mailmgr attachment list {}", id.value)};
    }
    return message;
  }

  // An error here is one for all messages.
  Status save_all(App& app, MessageId id, const Opened& message, Outcome& outcome) {
    if (output_ == "-") return print(app, id, message);
    if (message.attachments.empty()) app.say(fmt::format("message {} has no attachments", id.value));
    if (!dry_run_ && !folder_ && !message.attachments.empty()) {
      auto folder = SaveFolder::open(output_);
      if (!folder) return folder.error().within("attachment save");
      folder_.emplace(*std::move(folder));
    }
    for (const auto& attachment : message.attachments) {
      if (app.stop().interrupted()) return Stop::error();
      const auto saved = save(app, id, message, attachment);
      if (saved) ++saved_;
      outcome.add_one(saved ? saved : Status(of_message(saved.error(), id)));
    }
    return {};
  }

  // One after the other would run together, so it has to be one.
  Status print(App& app, MessageId id, const Opened& message) {
    if (message.attachments.size() != 1) {
      return Error{Code::usage,
                   fmt::format("attachment save: message {} has {} attachments, and -o - takes one", id.value,
                               message.attachments.size()),
                   "choose with --part"};
    }
    ++saved_;
    return read_part(message.raw, message.attachments.front().part,
                     [&](std::string_view bytes) { return app.out().write(bytes.data(), bytes.size()).good(); });
  }

  Status save(App& app, MessageId id, const Opened& message, const Attachment& attachment) {
    const auto name = safe_file_name(attachment.name, attachment.type);
    Json json{{"id", id.value}, {"ok", true}, {"part", attachment.part}};
    if (dry_run_) {
      json["file"] = output_ + "/" + name;
      json["dry_run"] = true;
    } else {
      const auto saved =
          folder_->save(name, [&](const auto& write) { return read_part(message.raw, attachment.part, write); });
      json["ok"] = saved.has_value();
      if (!saved) json["error"] = to_json(saved.error());
      print_json(app, json, saved ? *saved : "");
      return saved ? Status() : Status(saved.error());
    }
    print_json(app, json, json["file"].get<std::string>());
    return {};
  }

  static void print_json(App& app, Json json, const std::string& file) {
    if (!file.empty()) json["file"] = file;
    if (app.options().json) {
      app.print_json(json);
    } else if (!file.empty()) {
      app.out() << output::one_line(file) << '\n' << std::flush;
    }
  }

  std::vector<std::string> ids_;
  MessageChooser chooser_{QueriedAccounts::all};
  std::string part_, output_ = ".";
  bool dry_run_ = false;
  std::size_t saved_ = 0;
  std::optional<SaveFolder> folder_;
};

}  // namespace

std::unique_ptr<Command> make_attachment_list() {
  return std::make_unique<ListAttachments>();
}
std::unique_ptr<Command> make_attachment_save() {
  return std::make_unique<SaveAttachments>();
}

}  // namespace mailmgr
