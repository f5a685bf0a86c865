// What is in a tree of Maildirs of the mail that was exported there: which file, where, with which flags. Found by the
// part of the name that no program changes, so that it does not matter who has moved it from new to cur or renamed it
// for other flags. 40 bytes a message.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/mailfiles/export_list.h"
#include "core/mailfiles/maildir_name.h"

namespace mailmgr {

// Flags as bits: A to Z from bit 0, a to z from bit 32.
std::uint64_t flag_bits(std::string_view flags);
std::string flag_letters(std::uint64_t bits);  // in ASCII order

// "1762077600.KEY.mailmgr"
std::string exported_base(std::uint64_t seconds, const ExportKey& key);

class MaildirIndex {
 public:
  struct Entry {
    ExportKey key{};
    std::uint64_t seconds = 0;
    std::uint64_t flags = 0;
    std::uint32_t folder = 0;
    bool is_new = false;  // in new, else in cur
    bool seen = false;
  };

  Status load(const FolderTree& tree);
  Entry* find(const ExportKey& key);
  const std::vector<Entry>& entries() const { return entries_; }
  const std::string& folder(std::uint32_t number) const { return folders_[number]; }
  std::uint32_t folder_number(const std::string& folder);
  std::string file_name(const Entry& entry) const;
  void renamed(const Entry& entry) { odd_names_.erase(entry.key); }  // as file_name() makes it now

 private:
  Status load_folder(const FolderTree& tree, const std::string& folder);

  std::vector<Entry> entries_;
  std::vector<std::string> folders_;
  std::map<std::string, std::uint32_t> numbers_;
  std::map<ExportKey, std::string> odd_names_;  // not as they would be made here
};

}  // namespace mailmgr
