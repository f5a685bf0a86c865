// What of a mailbox is synced. Exclude wins over include; folders include their subfolders; names are roles (inbox,
// archive, …), paths of Outlook folders, and names of Gmail labels and Outlook categories, in letters of any case.
//
// What is out of scope is not fetched. It is never read as deleted: mail that leaves the scope stays stored.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/provider.h"

namespace mailmgr {

// As the account holds it (AccountRecord).
struct ScopeWish {
  std::optional<Time> since;  // nullopt: everything
  std::vector<std::string> include, exclude;
  bool operator==(const ScopeWish&) const = default;

  // The same for equal wishes; empty for the whole mailbox.
  std::string text() const;
};

class SyncScope {
 public:
  SyncScope() = default;  // the whole mailbox
  SyncScope(const ScopeWish& wish, std::span<const Folder> folders);

  std::optional<Time> since() const { return since_; }
  bool has_folders() const {
    return !includes_all_ || !excluded_.ids.empty() || !excluded_.names.empty() || excludes_archive_;
  }

  // Whether a stream of changes can hold anything in scope; a stream that is a folder's has its id.
  bool follows(const StreamId& stream) const;
  // Whether a message not stored yet is certainly out of scope, as far as is told of it.
  bool leaves_out(const MarksPatch& marks, std::optional<Time> received) const;

  // Whether what is in these folders is in the same relation to both scopes.
  bool treats_as(const SyncScope& other, std::span<const Folder> folders) const;

  // For providers that list ids under a label: what is listed in order to leave it out.
  const std::set<FolderId>& excluded() const { return excluded_.ids; }
  // Under which labels everything in scope can be listed; nullopt: only all ids together hold it.
  std::optional<std::set<FolderId>> listable() const;

 private:
  std::optional<Time> since_;
  bool includes_all_ = true;
  // Outlook's categories outside of the master list are known by their names alone, and those in any case.
  struct Places {
    std::set<FolderId> ids;
    std::set<std::string> names;  // in lower case
    bool contain(const FolderId& place) const;
  };
  struct Matched;
  static Matched match(const std::vector<std::string>& names, std::span<const Folder> folders);

  Places included_, excluded_;
  std::set<FolderId> folders_;  // of Kind::folder: a message in none of them is in the archive, where that is no folder
  bool includes_archive_ = false, excludes_archive_ = false;  // as the place of mail that is in no folder
  bool includes_labels_ = false;
};

// Whether `name` stands for one of these folders or labels, or for the archive.
bool names_folder(std::string_view name, std::span<const Folder> folders);

}  // namespace mailmgr
