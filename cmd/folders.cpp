// `mailmgr folders` and `folder list`: labels, folders and categories with their counts, and what they look like.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "cmd/app.h"
#include "cmd/list_rows.h"
#include "cmd/message_json.h"
#include "store/store.h"

namespace mailmgr {
namespace {

class FolderList : public Command {
 public:
  explicit FolderList(bool colors) : colors_(colors) {}
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto selected = app.selected_accounts();
    if (!selected) return selected.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto rows = (*mail)->reader().folders();
    if (!rows) return rows.error();
    const AccountNames names(*selected);
    std::vector<output::Column> columns{{"name", "NAME"},
                                        {"kind", "KIND", 8, false, nullptr, 2},
                                        {"total", "TOTAL", 9, true},
                                        {"unread", "UNREAD", 9, true},
                                        {"account", "ACCOUNT", 30, false, nullptr, 1}};
    if (colors_) columns.insert(columns.begin() + 2, {"color", "COLOR", 9, false, nullptr, 3});
    auto listing = app.listing(std::move(columns), {"path", "remote_id", "color"});
    if (!listing) return listing.error();
    for (const auto& row : *rows) {
      if (row.folder.kind == Folder::Kind::system || names.name(row.account).empty()) continue;
      if (!(*listing)->row(to_json(row, names), row.unread > 0)) break;
    }
    return finish_listing(app, **listing);
  }

 private:
  bool colors_;
};

}  // namespace

std::unique_ptr<Command> make_folders() {
  return std::make_unique<FolderList>(false);
}
std::unique_ptr<Command> make_folder_list() {
  return std::make_unique<FolderList>(true);
}

}  // namespace mailmgr
