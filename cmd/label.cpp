// `mailmgr label`: labels of Gmail and categories of Outlook on messages, and off them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cmd/app.h"
#include "cmd/message_edit.h"
#include "cmd/options.h"
#include "core/flow/folder_change.h"
#include "store/store.h"

namespace mailmgr {
namespace {

class Label : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", words_, "Message ids, or - to read them from standard input; +LABEL and -LABEL");
    add_repeated(cli, "--add", labels_.add, "The label to add, as +LABEL says it");
    add_repeated(cli, "--remove", labels_.remove, "The label to remove, as -LABEL says it");
    cli.add_flag("--create", create_, "Make labels that there are not");
    edit_.attach(cli);
  }

  Status run(App& app) override {
    std::vector<std::string> ids;
    auto labels = labels_;
    for (const auto& word : words_) {
      if (word.size() > 1 && word[0] == '+') {
        labels.add.push_back(word.substr(1));
      } else if (word.size() > 1 && word[0] == '-') {
        labels.remove.push_back(word.substr(1));
      } else {
        ids.push_back(word);
      }
    }
    if (labels.add.empty() && labels.remove.empty()) {
      return Error{Code::usage, "label: which label?", "mailmgr label ID… +work -inbox"};
    }
    return edit_.run(app, ids, [&](const MessageEdit::Asking& asking) { return order(app, labels, asking); });
  }

 private:
  Result<EditOrder> order(App& app, const LabelWords& labels, const MessageEdit::Asking& asking) const {
    auto ordered = order_of_labels(labels, asking.places);
    if (!ordered) return ordered.error();
    for (const auto& name : ordered->unknown) {
      if (!create_) {
        return Error{Code::not_found, fmt::format("{} has no label \"{}\"", asking.account.name, name),
                     "--create makes it; mailmgr folder list shows what there is"};
      }
      auto made = make(app, name, asking);
      if (!made) return made.error();
      ordered->order.add.push_back(*std::move(made));
    }
    return std::move(ordered->order);
  }

  static Result<Folder> make(App& app, const std::string& name, const MessageEdit::Asking& asking) {
    auto connection = asking.connect();
    if (!connection) return connection.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    const FolderWorld world{*(*connection)->curator, *(*connection)->mailbox, (*mail)->edits(), (*mail)->sync()};
    auto made = create_folder({asking.account, (*connection)->grant, asking.spec, true, asking.dry_run}, name, "",
                              world, app.stop());
    if (made && made->id.value.empty()) made->id = FolderId(name);  // that of a label to be made
    return made;
  }

  std::vector<std::string> words_;
  LabelWords labels_;
  bool create_ = false;
  MessageEdit edit_{"label", "Label"};
};

}  // namespace

std::unique_ptr<Command> make_label() {
  return std::make_unique<Label>();
}

}  // namespace mailmgr
