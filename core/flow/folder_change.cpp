#include "core/flow/folder_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "core/base/encoding.h"
#include "core/base/fold_case.h"
#include "core/flow/access.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLookedUpAtOnce = 500;

// Nothing but levels with names; the provider may have more to say about them.
Status check_path(std::string_view path) {
  const bool empty_level =
      path.empty() || path.front() == '/' || path.back() == '/' || path.find("//") != std::string_view::npos;
  if (empty_level) {
    return Error{Code::usage, fmt::format("\"{}\" is no name of a folder", path),
                 "levels are separated by single slashes"};
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (is_valid_utf8(path) && std::none_of(path.begin(), path.end(), is_control)) return {};
  return Error{Code::usage, "the name of a folder is one line of UTF-8, without control characters"};
}

std::string last_level(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == path.npos ? path : path.substr(slash + 1));
}

// What stands behind the path of the folder above, with the slash; nullopt: it is not below that. Level by level, as
// letters of another case may be of another length.
std::optional<std::string_view> rest_below(std::string_view path, std::string_view above) {
  std::size_t end = path.find('/');
  for (auto levels = std::count(above.begin(), above.end(), '/'); levels > 0 && end != path.npos; --levels) {
    end = path.find('/', end + 1);
  }
  if (end == path.npos || !equals_ignoring_case(path.substr(0, end), above)) return std::nullopt;
  return path.substr(end);
}

class FolderChange {
 public:
  FolderChange(const FolderRequest& request, const FolderWorld& world, const Stop& stop)
      : request_(request), world_(world), stop_(stop) {}

  Status prepare(std::string_view what, std::string_view color) {
    if (request_.account.state != AccountState::active) {
      return Error{Code::refused, fmt::format("{}: {} is not active", what, request_.account.name),
                   fmt::format("mailmgr account show {}", request_.account.name)};
    }
    auto allowed = check_access(request_.account, request_.grant.access, Permission::change, what);
    if (!allowed) return allowed;
    if (kind() == Folder::Kind::label && !request_.spec.label_extra.empty()) {
      auto scope = check_scope(request_.grant, request_.spec, request_.spec.label_extra, request_.account);
      if (!scope) return scope;
    }
    if (!color.empty() && kind() == Folder::Kind::folder) {
      return Error{Code::refused, fmt::format("{}: {}'s folders have no colours", what, request_.spec.title),
                   "its categories have: --label"};
    }
    if (!color.empty()) {
      auto word = request_.spec.color(color);
      if (!word) return word.error();
      color_ = *std::move(word);
    }
    auto position = world_.store.position(request_.account.id);
    if (!position) return position.error();
    folders_ = std::move(position->folders);
    return {};
  }

  Folder::Kind kind() const {
    return request_.label || request_.spec.files_by_label ? Folder::Kind::label : Folder::Kind::folder;
  }
  std::string_view word() const { return kind() == Folder::Kind::label ? "label" : "folder"; }
  const std::string& color() const { return color_; }
  // By label, nesting is in the name alone; so are the names of categories.
  bool is_nested_by_name() const { return kind() == Folder::Kind::label; }

  Result<const Folder*> find(std::string_view path) const { return Places{folders_, false}.named(path, kind()); }

  Result<Folder> existing(std::string_view path) const {
    const auto found = find(path);
    if (!found) return found.error();
    const auto* folder = *found;
    const bool keeps = role(to_lower_ascii(path)) || (folder && folder->role != Role::none);
    if (keeps) {
      return Error{Code::refused, fmt::format("\"{}\" is the provider's own: it cannot be changed", path), ""};
    }
    if (folder) return *folder;
    return Error{Code::not_found, fmt::format("there is no {} \"{}\"", word(), path), "mailmgr folder list"};
  }

  std::vector<Folder> below(const Folder& folder) const {
    std::vector<Folder> result;
    for (const auto& other : folders_) {
      if (other.kind == folder.kind && rest_below(other.path, folder.path)) result.push_back(other);
    }
    // Outlook's categories are not nested: a slash in their names means nothing.
    if (folder.kind == Folder::Kind::label && !request_.spec.files_by_label) result.clear();
    return result;
  }

  // For a folder of that id: its own name may be written in other letters.
  Status check_free(std::string_view path, const FolderId& id = {}) const {
    if (role(to_lower_ascii(path))) {
      return Error{Code::refused, fmt::format("\"{}\" is a name of the provider's own folders", path),
                   "choose another name"};
    }
    const auto taken = find(path);
    if (taken && (!*taken || (*taken)->id == id)) return {};
    return Error{Code::refused, fmt::format("there is a {} \"{}\" already", word(), path), "mailmgr folder list"};
  }

  // The folder that is to hold `path`, made if need be; nullopt: none, it is at the top.
  Result<std::optional<Folder>> parent_of(std::string_view path) {
    const auto slash = path.rfind('/');
    if (is_nested_by_name() || slash == path.npos) return std::optional<Folder>();
    const auto above = path.substr(0, slash);
    const auto known = find(above);
    if (!known) return known.error();
    if (*known) return std::optional(**known);
    auto made = make(above, "");
    if (!made) return made.error();
    return std::optional(*std::move(made));
  }

  // The folders above are written as they are, not as they were typed.
  Result<FolderWish> wish(std::string_view path, std::string_view color) {
    FolderWish wish{
        kind(), std::string(path), is_nested_by_name() ? std::string(path) : last_level(path), {}, std::string(color)};
    const auto parent = parent_of(path);
    if (!parent) return parent.error();
    if (!*parent) return wish;
    wish.parent = (*parent)->id;
    wish.path = fmt::format("{}/{}", (*parent)->path, wish.name);
    return wish;
  }

  Result<Folder> make(std::string_view path, std::string_view color) {
    auto wished = wish(path, color);
    if (!wished) return wished.error();
    if (request_.dry_run) {
      return Folder{FolderId(), kind(), Role::none, wished->path, {}, std::string(color)};
    }
    auto made = world_.curator.create(*wished, stop_);
    if (!made) return unnamed(made.error());
    folders_.push_back(*made);
    if (auto saved = world_.edits.put_folder(request_.account.id, *made); !saved) return saved.error();
    return made;
  }

  Result<Folder> change(const Folder& folder, std::string_view new_path, std::string_view color) {
    auto wished = wish(new_path, color);
    if (!wished) return wished.error();
    auto changed = folder;
    changed.path = wished->path;
    if (!color.empty()) changed.color = color;
    if (request_.dry_run) return changed;
    auto done = world_.curator.change(folder, *wished, stop_);
    if (!done) return done.error();
    if (auto saved = keep(*done); !saved) return saved.error();
    return done;
  }

  // Labels have their places in their names. The one above is the last, so that the same command finds it again and
  // goes on, should this end on the way.
  Result<Folder> change_nested(const Folder& folder, const std::string& new_path, std::string_view color) {
    auto nested = below(folder);
    if (rest_below(new_path, folder.path)) {  // what is below the new name has come there already
      std::erase_if(nested, [&](const Folder& label) { return rest_below(label.path, new_path).has_value(); });
    }
    const auto moved = [&](const Folder& label) {
      return fmt::format("{}{}", new_path, rest_below(label.path, folder.path).value_or(""));
    };
    std::erase_if(nested, [&](const Folder& label) { return label.path == moved(label); });
    for (const auto& label : nested) {
      if (auto is_free = check_free(moved(label), label.id); !is_free) return is_free.error();
    }
    std::size_t count = 0;
    const auto ended = [&](Error error) {
      if (count == 0) return error;
      error = error.within(fmt::format("{} of {} labels were renamed", count, nested.size() + 1));
      if (error.code != Code::interrupted && error.code != Code::store) error.code = Code::partial;
      error.hint = "run the same command again: it goes on with the others";
      return error;
    };
    for (const auto& label : nested) {
      if (auto done = change(label, moved(label), ""); !done) return ended(done.error());
      ++count;
    }
    auto done = change(folder, new_path, color);
    if (!done) return ended(done.error());
    return done;
  }

  // By the provider's count, as the store may be behind; labels are nested by the names known here.
  Result<FolderContent> content(const Folder& folder) const {
    auto counted = world_.curator.content(folder, stop_);
    if (!counted && counted.error().code == Code::gone) counted = FolderContent{};
    if (counted && is_nested_by_name()) counted->children = below(folder).size();
    return counted;
  }

  // What is synced may be told by names: then a folder's new name is for the next sync to notice, as it has to compare
  // (SyncScope::treats_as).
  bool has_scope_by_name() const { return !request_.account.include.empty() || !request_.account.exclude.empty(); }

  Status keep(const Folder& folder) {
    return has_scope_by_name() ? Status() : world_.edits.put_folder(request_.account.id, folder);
  }

  // What is in a folder of Outlook's came along with it. What only looks so, by a slash in its own name, did not; the
  // store knows names alone, so the provider is asked, which also tells in which letters the folders above are written.
  // Where it does not tell, all that looks so counts as in it, until a sync lists the folders.
  Status keep_nested(const Folder& folder, const std::string& new_path) {
    auto nested = below(folder);
    if (nested.empty() || has_scope_by_name()) return {};
    std::map<FolderId, std::string> now;
    if (const auto told = world_.mailbox.refresh({{}, folders_}, stop_)) {
      for (const auto& other : told->folders.folders) now[other.id] = other.path;
    }
    const bool is_told = equals_ignoring_case(now[folder.id], new_path);
    nested.push_back(folder);
    for (auto& other : nested) {
      const auto path =
          is_told ? now[other.id] : fmt::format("{}{}", new_path, rest_below(other.path, folder.path).value_or(""));
      if (path.empty() || path == other.path) continue;
      other.path = path;
      if (auto kept = keep(other); !kept) return kept;
    }
    return {};
  }

  Status remove(const Folder& folder) {
    auto done = world_.curator.remove(folder, stop_);
    if (!done && done.error().code != Code::gone) return done;
    if (has_scope_by_name()) return {};
    const auto account = request_.account.id;
    const bool is_word = folder.kind == Folder::Kind::label && !request_.spec.labels_are_objects;
    auto saved = is_word ? world_.edits.unlist_label(account, folder.id) : world_.edits.drop_folder(account, folder.id);
    if (!saved) return saved;
    if (folder.kind == Folder::Kind::folder) look_up_departed();
    return {};
  }

 private:
  // Where the mail of a deleted folder is now, if anywhere. Whatever fails is left to the next sync.
  void look_up_departed() {
    const auto account = request_.account.id;
    for (;;) {
      auto ids = world_.store.next_departed(account, kLookedUpAtOnce);
      if (!ids || ids->empty()) return;
      std::mutex mutex;
      std::vector<std::pair<RemoteId, MarksPatch>> found;
      std::vector<RemoteId> gone;
      const auto take = [&](const RemoteId& id, Result<Fetched> fetched) {
        const std::lock_guard lock(mutex);
        if (fetched) {
          found.emplace_back(id, std::move(fetched->marks));
        } else if (fetched.error().code == Code::gone) {
          gone.push_back(id);
        }
        return true;
      };
      if (!world_.mailbox.fetch(*ids, Want::marks, take, stop_)) return;
      if (found.empty() && gone.empty()) return;
      if (!world_.store.settle_departed(account, found, gone)) return;
    }
  }

  const FolderRequest& request_;
  const FolderWorld& world_;
  const Stop& stop_;
  std::vector<Folder> folders_;
  std::string color_;
};

}  // namespace

Result<Folder> create_folder(const FolderRequest& request, std::string_view path, std::string_view color,
                             const FolderWorld& world, const Stop& stop) {
  FolderChange change(request, world, stop);
  if (auto fine = check_path(path); !fine) return fine.error();
  if (auto ready = change.prepare(fmt::format("creating {}", path), color); !ready) return ready.error();
  if (auto is_free = change.check_free(path); !is_free) return is_free.error();
  return change.make(path, change.color());
}

Result<Folder> change_folder(const FolderRequest& request, std::string_view path,
                             std::optional<std::string_view> new_path, std::string_view color, const FolderWorld& world,
                             const Stop& stop) {
  FolderChange change(request, world, stop);
  if (new_path) {
    if (auto fine = check_path(*new_path); !fine) return fine.error();
  }
  if (auto ready = change.prepare(fmt::format("changing {}", path), color); !ready) return ready.error();
  const auto folder = change.existing(path);
  if (!folder) return folder.error();
  const std::string to(new_path.value_or(folder->path));
  if (to == folder->path && change.color().empty()) return *folder;
  if (to == folder->path) return change.change(*folder, to, change.color());
  if (auto is_free = change.check_free(to, folder->id); !is_free) return is_free.error();
  if (rest_below(to, folder->path) && !change.is_nested_by_name()) {
    return Error{Code::usage, fmt::format("renaming {}: it cannot be put into itself", folder->path)};
  }
  if (change.is_nested_by_name()) return change.change_nested(*folder, to, change.color());
  auto changed = change.change(*folder, to, change.color());
  if (!changed || request.dry_run) return changed;
  if (auto kept = change.keep_nested(*folder, changed->path); !kept) return kept.error();
  return changed;
}

Status delete_folder(const FolderRequest& request, std::string_view path, const FolderWorld& world, const Stop& stop,
                     const DeleteQuestion& question) {
  FolderChange change(request, world, stop);
  if (auto ready = change.prepare(fmt::format("deleting {}", path), ""); !ready) return ready;
  const auto folder = change.existing(path);
  if (!folder) return folder.error();
  const auto content = change.content(*folder);
  if (!content) return content.error();
  if (content->children > 0) {
    const auto below = change.below(*folder);
    const auto what = below.empty() ? "a folder" : fmt::format("\"{}\"", below.front().path);
    return Error{Code::refused, fmt::format("deleting {}: there is {} in it", path, what),
                 below.empty() ? "mailmgr sync brings it here" : "delete what is in it first"};
  }
  if (request.dry_run) return {};
  if (question) {
    if (auto yes = question(*folder, *content); !yes) return yes;
  }
  return change.remove(*folder);
}

}  // namespace mailmgr
