// `mailmgr folder create`, `rename` and `delete`.
#include "core/flow/folder_change.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/app.h"
#include "cmd/ask.h"
#include "cmd/outcome.h"
#include "cmd/report.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

// What all three do around the change itself.
class FolderCommand : public Command {
 public:
  explicit FolderCommand(std::string_view command) : command_(command) {}

  void attach(CLI::App& cli) override {
    cli.add_option("name", name_, "Its full name, with / between the levels")->required();
    attach_more(cli);
    cli.add_flag("--label", label_, "A label: Gmail's, or a category of Outlook's");
    cli.add_flag("-n,--dry-run", dry_run_, "Check it, and say what would be done");
  }

  Status run(App& app) override {
    auto account = app.acting_account();
    if (!account) return account.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto connection = app.connect(*account);
    if (!connection) return connection.error();
    const FolderWorld world{*connection->curator, *connection->mailbox, (*mail)->edits(), (*mail)->sync()};
    const FolderRequest request{*account, connection->grant, *connection->spec, label_, dry_run_};
    auto changed = change(app, request, world);
    return tell(app, *account, changed);
  }

 protected:
  virtual void attach_more(CLI::App& cli) = 0;
  virtual Result<Folder> change(App& app, const FolderRequest& request, const FolderWorld& world) = 0;

  const std::string& name() const { return name_; }
  const std::string& command() const { return command_; }

 private:
  Status tell(App& app, const AccountRecord& account, const Result<Folder>& changed) const {
    if (app.form() == output::Form::json) {
      Json json{{"id", name_}, {"ok", changed.has_value()}, {"account", account.name}};
      if (changed) {
        json["name"] = changed->path;
        json["kind"] = changed->kind == Folder::Kind::label ? "label" : "folder";
        if (!changed->color.empty()) json["color"] = changed->color;
        if (!changed->id.value.empty()) json["remote_id"] = changed->id.value;
        if (dry_run_) json["dry_run"] = true;
      } else {
        json["error"] = to_json(changed.error());
      }
      app.print_json(json);
    } else if (changed && dry_run_) {
      app.out() << fmt::format("would {} {} of {}\n", command_.substr(command_.rfind(' ') + 1),
                               output::as_text(changed->path), account.name);
    }
    if (changed) return {};
    auto error = changed.error().within(command_);
    error.account = account.name;
    return error;
  }

  std::string command_, name_;
  bool label_ = false, dry_run_ = false;
};

void add_color_option(CLI::App& cli, std::string& color) {
  cli.add_option("--color", color, "Of a label: red, blue, …")->check(refuse_empty);
}

class FolderCreate : public FolderCommand {
 public:
  FolderCreate() : FolderCommand("folder create") {}

 private:
  void attach_more(CLI::App& cli) override { add_color_option(cli, color_); }
  Result<Folder> change(App& app, const FolderRequest& request, const FolderWorld& world) override {
    return create_folder(request, name(), color_, world, app.stop());
  }
  std::string color_;
};

class FolderRename : public FolderCommand {
 public:
  FolderRename() : FolderCommand("folder rename") {}

 private:
  void attach_more(CLI::App& cli) override {
    cli.add_option("new-name", new_name_, "The full name it is to have; none with --color: as it is");
    add_color_option(cli, color_);
  }
  Result<Folder> change(App& app, const FolderRequest& request, const FolderWorld& world) override {
    if (!new_name_ && color_.empty()) {
      return Error{Code::usage, "what is it to be called?", "mailmgr folder rename OLD NEW"};
    }
    return change_folder(request, name(), new_name_, color_, world, app.stop());
  }
  std::optional<std::string> new_name_;
  std::string color_;
};

class FolderDelete : public FolderCommand {
 public:
  FolderDelete() : FolderCommand("folder delete") {}

 private:
  void attach_more(CLI::App&) override {}
  Result<Folder> change(App& app, const FolderRequest& request, const FolderWorld& world) override {
    const bool is_label = request.label || request.spec.files_by_label;
    const Folder gone{FolderId(), is_label ? Folder::Kind::label : Folder::Kind::folder, Role::none, name()};
    const auto question = [&](const Folder& folder, const FolderContent& content) {
      return ask(app, request.account, folder, content);
    };
    if (auto done = delete_folder(request, name(), world, app.stop(), question); !done) return done.error();
    return gone;
  }

  Status ask(App& app, const AccountRecord& account, const Folder& folder, const FolderContent& content) const {
    if (folder.kind == Folder::Kind::folder) {
      return confirm(app,
                     fmt::format("Delete the folder {} of {} for good, with the {} messages in it?",
                                 output::as_text(folder.path), account.name, content.messages),
                     command());
    }
    if (content.messages == 0) return {};
    return confirm(app,
                   fmt::format("Take the label {} off {} messages of {}?", output::as_text(folder.path),
                               content.messages, account.name),
                   command());
  }
};

}  // namespace

std::unique_ptr<Command> make_folder_create() {
  return std::make_unique<FolderCreate>();
}
std::unique_ptr<Command> make_folder_rename() {
  return std::make_unique<FolderRename>();
}
std::unique_ptr<Command> make_folder_delete() {
  return std::make_unique<FolderDelete>();
}

}  // namespace mailmgr
