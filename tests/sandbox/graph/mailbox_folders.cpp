// The folder half of Mailbox.
#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/fault.h"
#include "tests/sandbox/graph/mailbox.h"

namespace mailmgr::sandbox::graph {
namespace {

struct WellKnown {
  std::string_view name;     // as an id in URLs
  std::string_view display;  // empty: known to Graph, not provisioned in these mailboxes
  std::string_view word;     // of SourceMessage::folder and the control API
};

// "mailFolder resource type": well-known folder names. The root comes first.
constexpr std::array<WellKnown, 20> kWellKnown = {{
    {"msgfolderroot", "Top of Information Store", ""},
    {"archive", "Archive", "archive"},
    {"conversationhistory", "Conversation History", ""},
    {"deleteditems", "Deleted Items", "trash"},
    {"drafts", "Drafts", "drafts"},
    {"inbox", "Inbox", "inbox"},
    {"junkemail", "Junk Email", "spam"},
    {"outbox", "Outbox", ""},
    {"sentitems", "Sent Items", "sent"},
    {"clutter", "", ""},
    {"conflicts", "", ""},
    {"localfailures", "", ""},
    {"recoverableitemsdeletions", "", ""},
    {"recoverableitemspurges", "", ""},
    {"recoverableitemsroot", "", ""},
    {"recoverableitemsversions", "", ""},
    {"scheduled", "", ""},
    {"searchfolders", "", ""},
    {"serverfailures", "", ""},
    {"syncissues", "", ""},
}};

}  // namespace

Mailbox::Mailbox(std::string email) : email_(std::move(email)), number_(stable_hash(to_lower_ascii(email_)) >> 16) {
  for (const auto& known : kWellKnown) {
    if (!known.display.empty()) {
      Folder& made = add_folder(std::string(known.display), folders_.empty() ? 0 : root());
      made.well_known = known.name;
    }
  }
  // Every mailbox has folders that only includeHiddenFolders shows.
  add_folder("Conversation Action Settings", root(), true);
}

Folder* Mailbox::well_known(std::string_view name) {
  const auto found = std::find_if(folders_.begin(), folders_.end(), [&](const Folder& folder) {
    return folder.alive && !folder.well_known.empty() && equals_ignoring_ascii_case(folder.well_known, name);
  });
  return found == folders_.end() ? nullptr : &*found;
}

Folder& Mailbox::folder_by_id(std::string_view text) {
  if (Folder* known = well_known(text)) {
    return *known;
  }
  if (std::any_of(kWellKnown.begin(), kWellKnown.end(),
                  [&](const WellKnown& known) { return equals_ignoring_ascii_case(known.name, text); })) {
    item_not_found();  // not provisioned
  }
  const auto id = decode_id(number_, text);
  if (!id || id->kind != IdKind::folder) {
    malformed_id();
  }
  if (id->key == 0 || id->key > folders_.size() || !folder(id->key).alive) {
    item_not_found();
  }
  return folder(id->key);
}

Folder* Mailbox::folder_by_word(std::string_view word, bool create) {
  for (const auto& known : kWellKnown) {
    if (!known.word.empty() && known.word == word) {
      return well_known(known.name);
    }
  }
  std::uint32_t at = root();
  while (!word.empty()) {
    const auto slash = word.find('/');
    const auto name = word.substr(0, slash);
    word = slash == std::string_view::npos ? std::string_view() : word.substr(slash + 1);
    if (name.empty()) {
      continue;
    }
    const auto found = std::find_if(folders_.begin(), folders_.end(), [&](const Folder& folder) {
      return folder.alive && folder.parent == at && folder.name == name;
    });
    if (found == folders_.end() && !create) {
      return nullptr;
    }
    at = found == folders_.end() ? add_folder(std::string(name), at).key : found->key;
  }
  return at == root() ? nullptr : &folder(at);
}

std::string Mailbox::word_of(const Folder& folder) const {
  for (const auto& known : kWellKnown) {
    if (!known.word.empty() && known.name == folder.well_known) {
      return std::string(known.word);
    }
  }
  if (folder.parent == root() || folder.parent == 0) {
    return folder.name;
  }
  std::string path = folder.name;
  for (auto at = folder.parent; at != root(); at = this->folder(at).parent) {
    path = this->folder(at).name + "/" + path;
  }
  return path;
}

std::string Mailbox::id_of(const Folder& folder) const {
  return encode_id(number_, {IdKind::folder, folder.key, 0, 0});
}

std::vector<std::uint32_t> Mailbox::children(std::uint32_t parent, bool hidden) const {
  std::vector<std::uint32_t> keys;
  for (const auto& folder : folders_) {
    if (folder.alive && folder.parent == parent && (hidden || !folder.hidden)) {
      keys.push_back(folder.key);
    }
  }
  std::sort(keys.begin(), keys.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(to_lower_ascii(folder(a).name), a) < std::pair(to_lower_ascii(folder(b).name), b);
  });
  return keys;
}

void Mailbox::require_free_name(std::uint32_t parent, std::string_view name, std::uint32_t except) const {
  if (name.empty()) {
    fail(400, "ErrorInvalidRequest", "The folder's display name must not be empty.");
  }
  for (const auto& folder : folders_) {
    if (folder.alive && folder.parent == parent && folder.key != except &&
        equals_ignoring_ascii_case(folder.name, name)) {
      fail(409, "ErrorFolderExists", "A folder with the specified name already exists.");
    }
  }
}

Folder& Mailbox::add_folder(std::string name, std::uint32_t parent, bool hidden) {
  require_free_name(parent, name, 0);
  Folder made;
  made.key = static_cast<std::uint32_t>(folders_.size() + 1);
  made.parent = parent;
  made.name = std::move(name);
  made.hidden = hidden;
  folders_.push_back(std::move(made));
  log_folder(folders_.back());
  return folders_.back();
}

void Mailbox::rename_folder(Folder& folder, std::string name) {
  require_free_name(folder.parent, name, folder.key);
  folder.name = std::move(name);
  log_folder(folder);
}

void Mailbox::move_folder(Folder& folder, std::uint32_t parent) {
  for (auto at = parent; at != 0; at = this->folder(at).parent) {
    if (at == folder.key) {
      fail(400, "ErrorMoveCopyFailed", "A folder cannot be moved into itself.");
    }
  }
  require_free_name(parent, folder.name, folder.key);
  folder.parent = parent;
  log_folder(folder);
}

void Mailbox::remove_folder(Folder& folder) {
  for (const auto key : children(folder.key, true)) {
    remove_folder(this->folder(key));
  }
  while (!folder.by_entry.empty()) {
    remove(*find(folder.by_entry.begin()->second));
  }
  folder.alive = false;
  log_folder(folder);
}

}  // namespace mailmgr::sandbox::graph
