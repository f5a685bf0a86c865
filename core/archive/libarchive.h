// libarchive's handles as owners, and trouble with files as an Error.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

#include "core/base/error.h"

namespace mailmgr {

struct FreeArchive {
  void operator()(archive* handle) const { archive_free(handle); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;
using EntryHandle = std::unique_ptr<archive_entry, FreeEntry>;

inline constexpr std::size_t kBlock = std::size_t{256} << 10;

// "WHAT: …", with what helps against a full disk.
inline Error file_error(std::string_view what, int number) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  return {
      Code::store, fmt::format("{}: {}", what, std::generic_category().message(number)),
      full ? "free some space there, or name a file on another disk" : "check the path, its permissions and the disk"};
}

}  // namespace mailmgr
