#include "core/flow/sync_scope.h"

#include <algorithm>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

bool is_named(const Folder& folder, std::string_view name) {
  return equals_ignoring_ascii_case(folder.path, name) ||
         (folder.role != Role::none && equals_ignoring_ascii_case(to_string(folder.role), name));
}

bool is_below(const Folder& folder, const Folder& parent) {
  return folder.kind == parent.kind && folder.path.size() > parent.path.size() &&
         folder.path[parent.path.size()] == '/' && folder.path.starts_with(parent.path);
}

struct Matched {
  std::set<FolderId> ids;
  bool archive = false;  // the archive is meant, and is no folder here
  bool labels = false;   // a label is meant, or what may become one
};

Matched match(const std::vector<std::string>& names, std::span<const Folder> folders) {
  Matched matched;
  for (const auto& name : names) {
    bool found = false;
    for (const auto& folder : folders) {
      if (folder.kind == Folder::Kind::system || !is_named(folder, name)) continue;
      found = true;
      matched.ids.insert(folder.id);
      matched.labels |= folder.kind == Folder::Kind::label;
      for (const auto& other : folders) {
        if (is_below(other, folder)) matched.ids.insert(other.id);
      }
    }
    if (found) continue;
    matched.archive |= role(to_lower_ascii(name)) == Role::archive;
    // An Outlook category outside the master list is known by its name alone.
    matched.ids.insert(FolderId(name));
    matched.labels = true;
  }
  return matched;
}

}  // namespace

std::string ScopeWish::text() const {
  std::string text;
  if (since) text += "since " + to_rfc3339(*since) + '\n';
  for (const auto& name : include) text += '+' + name + '\n';
  for (const auto& name : exclude) text += '-' + name + '\n';
  return text;
}

SyncScope::SyncScope(const ScopeWish& wish, std::span<const Folder> folders)
    : since_(wish.since), includes_all_(wish.include.empty()) {
  Matched in = match(wish.include, folders);
  Matched out = match(wish.exclude, folders);
  included_ = std::move(in.ids);
  includes_archive_ = in.archive;
  includes_labels_ = in.labels;
  excluded_ = std::move(out.ids);
  excludes_archive_ = out.archive;
  for (const auto& folder : folders) {
    if (folder.kind == Folder::Kind::folder) folders_.insert(folder.id);
  }
}

bool SyncScope::follows(const StreamId& stream) const {
  const FolderId folder(stream.value);
  if (!folders_.contains(folder)) return true;  // a stream of the whole mailbox
  if (excluded_.contains(folder)) return false;
  return includes_all_ || includes_labels_ || included_.contains(folder);
}

bool SyncScope::leaves_out(const MarksPatch& marks, std::optional<Time> received) const {
  if (since_ && received && *received < *since_) return true;
  std::vector<FolderId> places = marks.add;
  if (marks.labels) places.insert(places.end(), marks.labels->begin(), marks.labels->end());
  if (marks.folder) places.push_back(*marks.folder);
  const auto any_in = [&](const std::set<FolderId>& set) {
    return std::any_of(places.begin(), places.end(), [&](const auto& place) { return set.contains(place); });
  };
  if (any_in(excluded_)) return true;
  const bool archived = marks.complete && !any_in(folders_);
  if (archived && excludes_archive_) return true;
  if (includes_all_ || any_in(included_)) return false;
  return marks.complete && !(archived && includes_archive_);
}

std::optional<std::set<FolderId>> SyncScope::listable() const {
  if (includes_all_ || includes_archive_) return std::nullopt;
  return included_;
}

bool names_folder(std::string_view name, std::span<const Folder> folders) {
  return role(to_lower_ascii(name)) == Role::archive ||
         std::any_of(folders.begin(), folders.end(), [&](const Folder& folder) {
           return folder.kind != Folder::Kind::system && is_named(folder, name);
         });
}

}  // namespace mailmgr
