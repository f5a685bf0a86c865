// The folder tree of a Graph mailbox, with what each folder is for.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/ports/provider.h"
#include "providers/api_client.h"
#include "providers/microsoft/microsoft_batch.h"

namespace mailmgr::microsoft {

// Lists recursively, since only that is documented to reach every folder: a level is a round of GETs, but what is below
// folders that were known to have folders is asked for in the first. Display names are localised, so roles come from
// asking for the well-known names, which only a folder that is new can have changed.
class FolderListing {
 public:
  // `user_root` and `known` outlive the listing. Where the login may read settings, the categories that people have
  // made are listed too.
  FolderListing(const ApiClient& client, const std::string& user_root, std::span<const Folder> known);

  // The GETs of the next round; none when everything is listed.
  std::vector<BatchGet> next();
  // The answer to the one of that number in the round. An error ends the listing.
  Status take(std::size_t request, const BatchAnswer& answer, std::size_t index);

  Folders finish() &&;

 private:
  struct Question {
    std::string url;
    FolderId parent;         // of what is listed; empty: the root
    Role role = Role::none;  // otherwise the folder of that role is asked for
    bool categories = false;
  };
  struct Entry {
    FolderId parent;
    std::string name;
    std::optional<std::uint64_t> total;
  };

  void list_below(const FolderId& parent);
  void ask_for_roles();
  Status take_role(Role role, const BatchAnswer& answer, std::size_t index);
  Status take_categories(const BatchAnswer& answer, std::size_t index);
  Status take_listing(const Question& question, const BatchAnswer& answer, std::size_t index);
  std::optional<std::string> path_of(FolderId id) const;

  const ApiClient& client_;
  const std::string& root_;
  std::set<FolderId> known_;
  std::set<FolderId> listed_;  // below which was, or will be, looked
  std::vector<Question> pending_, asked_;
  std::map<FolderId, Entry> found_;
  std::map<FolderId, Role> roles_;
  std::vector<Folder> categories_;
  bool roles_asked_ = false;
  std::size_t pages_ = 0;
};

}  // namespace mailmgr::microsoft
