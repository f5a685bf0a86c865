#include "core/flow/sync_scope.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/fold_case.h"

namespace mailmgr {
namespace {

bool is_named(const Folder& folder, std::string_view name) {
  return equals_ignoring_case(folder.path, name) ||
         (folder.role != Role::none && equals_ignoring_ascii_case(to_string(folder.role), name));
}

bool is_below(const Folder& folder, const Folder& parent) {
  return folder.kind == parent.kind && folder.path.size() > parent.path.size() &&
         folder.path[parent.path.size()] == '/' && folder.path.starts_with(parent.path);
}

}  // namespace

struct SyncScope::Matched {
  Places places;
  bool archive = false;  // the archive is meant, and is no folder here
  bool labels = false;   // a label is meant, or what may become one
};

SyncScope::Matched SyncScope::match(const std::vector<std::string>& names, std::span<const Folder> folders) {
  Matched matched;
  for (const auto& name : names) {
    bool found = false;
    for (const auto& folder : folders) {
      if (folder.kind == Folder::Kind::system || !is_named(folder, name)) continue;
      found = true;
      matched.places.ids.insert(folder.id);
      matched.labels |= folder.kind == Folder::Kind::label;
      for (const auto& other : folders) {
        if (is_below(other, folder)) matched.places.ids.insert(other.id);
      }
    }
    if (found) continue;
    matched.archive |= role(to_lower_ascii(name)) == Role::archive;
    matched.places.names.insert(fold_case(name));
    matched.labels = true;
  }
  return matched;
}

bool SyncScope::Places::contain(const FolderId& place) const {
  return ids.contains(place) || (!names.empty() && names.contains(fold_case(place.value)));
}

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
  included_ = std::move(in.places);
  includes_archive_ = in.archive;
  includes_labels_ = in.labels;
  excluded_ = std::move(out.places);
  excludes_archive_ = out.archive;
  for (const auto& folder : folders) {
    if (folder.kind == Folder::Kind::folder) folders_.insert(folder.id);
  }
}

bool SyncScope::follows(const StreamId& stream) const {
  const FolderId folder(stream.value);
  if (!folders_.contains(folder)) return true;  // a stream of the whole mailbox
  if (excluded_.contain(folder)) return false;
  return includes_all_ || includes_labels_ || included_.contain(folder);
}

bool SyncScope::leaves_out(const MarksPatch& marks, std::optional<Time> received) const {
  if (since_ && received && *received < *since_) return true;
  std::vector<FolderId> places = marks.add;
  if (marks.labels) places.insert(places.end(), marks.labels->begin(), marks.labels->end());
  if (marks.folder) places.push_back(*marks.folder);
  const auto any_in = [&](const Places& scope) {
    return std::any_of(places.begin(), places.end(), [&](const auto& place) { return scope.contain(place); });
  };
  if (any_in(excluded_)) return true;
  const bool archived = marks.complete && std::none_of(places.begin(), places.end(),
                                                       [&](const auto& place) { return folders_.contains(place); });
  if (archived && excludes_archive_) return true;
  if (includes_all_ || any_in(included_)) return false;
  return marks.complete && !(archived && includes_archive_);
}

bool SyncScope::treats_as(const SyncScope& other, std::span<const Folder> folders) const {
  return std::all_of(folders.begin(), folders.end(), [&](const Folder& folder) {
    return included_.contain(folder.id) == other.included_.contain(folder.id) &&
           excluded_.contain(folder.id) == other.excluded_.contain(folder.id);
  });
}

std::optional<std::set<FolderId>> SyncScope::listable() const {
  if (includes_all_ || includes_archive_) return std::nullopt;
  return included_.ids;
}

bool names_folder(std::string_view name, std::span<const Folder> folders) {
  return role(to_lower_ascii(name)) == Role::archive ||
         std::any_of(folders.begin(), folders.end(), [&](const Folder& folder) {
           return folder.kind != Folder::Kind::system && is_named(folder, name);
         });
}

}  // namespace mailmgr
