#include "core/mailfiles/maildir_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mailmgr {
namespace {

constexpr int kLowerCase = 32;  // the bit of 'a'
constexpr std::string_view kMark = ".mailmgr";
constexpr std::size_t kDeepestTree = 25;

bool by_key_of_entry(const MaildirIndex::Entry& one, const MaildirIndex::Entry& other) {
  return one.key < other.key;
}

// nullopt: not one of ours. Some programs add fields of their own at the end ("…,S=123").
std::optional<MaildirIndex::Entry> read_name(const std::string& name) {
  const auto parts = split_maildir_name(name);
  MaildirIndex::Entry entry;
  const char* const end = parts.base.data() + parts.base.size();
  const auto [rest, problem] = std::from_chars(parts.base.data(), end, entry.seconds);
  const std::string_view tail(rest, static_cast<std::size_t>(end - rest));
  if (problem != std::errc() || tail.size() < 33 + kMark.size() || tail.front() != '.') return std::nullopt;
  const auto key = export_key(tail.substr(1, 32));
  if (!key || !tail.substr(33).starts_with(kMark)) return std::nullopt;
  entry.key = *key;
  entry.flags = flag_bits(parts.flags);
  return entry;
}

}  // namespace

std::uint64_t flag_bits(std::string_view flags) {
  std::uint64_t bits = 0;
  for (const char c : flags) {
    if (c >= 'A' && c <= 'Z') bits |= std::uint64_t{1} << (c - 'A');
    if (c >= 'a' && c <= 'z') bits |= std::uint64_t{1} << (kLowerCase + c - 'a');
  }
  return bits;
}

std::string flag_letters(std::uint64_t bits) {
  std::string letters;
  for (int i = 0; i < 26; ++i) {
    if (bits >> i & 1) letters += static_cast<char>('A' + i);
  }
  for (int i = 0; i < 26; ++i) {
    if (bits >> (kLowerCase + i) & 1) letters += static_cast<char>('a' + i);
  }
  return letters;
}

std::string exported_base(std::uint64_t seconds, const ExportKey& key) {
  return fmt::format("{}.{}{}", seconds, to_string(key), kMark);
}

Status MaildirIndex::load(const FolderTree& tree) {
  if (auto loaded = load_folder(tree, ""); !loaded) return loaded;
  std::stable_sort(entries_.begin(), entries_.end(), by_key_of_entry);
  // Copies that somebody made stay as they are.
  const auto same = [](const Entry& one, const Entry& other) { return one.key == other.key; };
  entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
  return {};
}

Status MaildirIndex::load_folder(const FolderTree& tree, const std::string& folder) {
  const std::string prefix = folder.empty() ? "" : folder + "/";
  std::vector<std::string> below;
  bool is_maildir = false;
  auto listed = tree.each_entry(folder, [&](const std::string& name, bool is_folder) {
    if (!is_folder) return;
    const bool is_place = name == "cur" || name == "new";
    is_maildir |= is_place;
    if (!is_place && name != "tmp") below.push_back(prefix + name);
  });
  if (!listed) return listed;
  if (is_maildir && !folder.empty()) {
    const auto number = folder_number(folder);
    for (const bool is_new : {false, true}) {
      auto read = tree.each_entry(prefix + (is_new ? "new" : "cur"), [&](const std::string& name, bool is_folder) {
        auto entry = is_folder ? std::nullopt : read_name(name);
        if (!entry) return;
        entry->folder = number;
        entry->is_new = is_new;
        if (file_name(*entry) != name) odd_names_.emplace(entry->key, name);
        entries_.push_back(*entry);
      });
      if (!read) return read;
    }
  }
  if (static_cast<std::size_t>(std::count(folder.begin(), folder.end(), '/')) > kDeepestTree) return {};
  for (const auto& one : below) {
    if (auto loaded = load_folder(tree, one); !loaded) return loaded;
  }
  return {};
}

MaildirIndex::Entry* MaildirIndex::find(const ExportKey& key) {
  Entry wanted;
  wanted.key = key;
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), wanted, by_key_of_entry);
  return found != entries_.end() && found->key == key ? &*found : nullptr;
}

std::uint32_t MaildirIndex::folder_number(const std::string& folder) {
  const auto [found, is_new] = numbers_.emplace(folder, static_cast<std::uint32_t>(folders_.size()));
  if (is_new) folders_.push_back(folder);
  return found->second;
}

std::string MaildirIndex::file_name(const Entry& entry) const {
  const auto odd = odd_names_.find(entry.key);
  if (odd != odd_names_.end()) return odd->second;
  const auto base = exported_base(entry.seconds, entry.key);
  return entry.is_new && entry.flags == 0 ? base : fmt::format("{}:2,{}", base, flag_letters(entry.flags));
}

}  // namespace mailmgr
