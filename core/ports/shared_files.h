// The folder in which an administrator keeps settings for every user of the machine (/etc/mailmgr/providers.d). What is
// in it is trusted only where nobody but root, or the user who runs mailmgr, could have written it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace mailmgr {

class SharedFiles {
 public:
  virtual ~SharedFiles() = default;
  // Where a file of that name is, for messages.
  virtual std::string path(std::string_view name) const = 0;
  // Names of the files, sorted; none where there is no folder.
  virtual Result<std::vector<std::string>> list() = 0;
  // The content. not_found where there is no such file; config, with the command that repairs it, for one that is not
  // regular, of another owner, writable by others, or too large.
  virtual Result<std::string> read(std::string_view name) = 0;
  // Writes it whole or not at all, readable by everybody, and makes the folder if need be. config without the right to.
  virtual Status write(std::string_view name, std::string_view content) = 0;
  virtual Status remove(std::string_view name) = 0;  // nothing there is fine
};

}  // namespace mailmgr
