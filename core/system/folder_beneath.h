// A folder whose files are read by names that somebody else wrote: a list, a mail. Nothing outside of it is ever
// opened, whatever the name says and whatever is swapped meanwhile.
#pragma once

#include <string>
#include <string_view>

#include "core/base/blob.h"
#include "core/base/descriptor.h"
#include "core/base/result.h"

namespace mailmgr {

class FolderBeneath {
 public:
  // not_found, usage (no folder), store.
  static Result<FolderBeneath> open(const std::string& path);
  // A regular file: "invoice.pdf", "2026/invoice.pdf". usage: the name leads out of the folder or over a symbolic link,
  // or it is none of a regular file; not_found, store.
  Result<Blob> read(std::string_view name) const;

 private:
  FolderBeneath(std::string path, Descriptor folder) : path_(std::move(path)), folder_(std::move(folder)) {}

  std::string path_;
  Descriptor folder_;
};

}  // namespace mailmgr
