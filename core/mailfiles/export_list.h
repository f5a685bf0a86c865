// What mailmgr has written into a folder, one line each ("KEY PATH"), in a file beside it: what is not in it is never
// changed or removed there. In memory it takes 32 bytes a message.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mailfiles/folder_tree.h"

namespace mailmgr {

using ExportKey = std::array<unsigned char, 16>;
std::optional<ExportKey> export_key(std::string_view hexadecimal);  // nullopt: not 32 digits
std::string to_string(const ExportKey& key);

class ExportList {
 public:
  struct Line {
    ExportKey key{};
    std::uint64_t offset = 0;  // of its path in the file
    bool seen = false;
  };

  // Reads the list of `tree`, whose lines that are none are passed over. Code::store.
  Status load(const FolderTree& tree);
  // The line of that key; nullptr.
  Line* find(const ExportKey& key);
  const std::vector<Line>& lines() const { return lines_; }
  Result<std::string> path_of(const Line& line) const;
  // Before the file gets its name: a kill in between leaves a line without a file, never a file without a line.
  Status add(const FolderTree& tree, const ExportKey& key, const std::string& path);
  // Without the lines of these.
  Status remove(const FolderTree& tree, std::vector<ExportKey> keys);

 private:
  Status each_line(const std::function<void(std::string_view line, std::uint64_t offset)>& sink) const;

  Descriptor file_;
  std::string shown_;
  std::uint64_t size_ = 0;
  std::vector<Line> lines_;  // of earlier runs, by key
};

}  // namespace mailmgr
