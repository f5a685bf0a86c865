// SharedFiles in a folder: 0755, its files 0644.
#pragma once

#include <sys/stat.h>

#include <string>

#include "core/ports/shared_files.h"

namespace mailmgr {

class SharedFolder final : public SharedFiles {
 public:
  // The folder need not be there.
  explicit SharedFolder(std::string folder) : folder_(std::move(folder)) {}

  std::string path(std::string_view name) const override;
  Result<std::vector<std::string>> list() override;
  Result<std::string> read(std::string_view name) override;
  Status write(std::string_view name, std::string_view content) override;
  Status remove(std::string_view name) override;

 private:
  std::string folder_;
};

// Refuses a file that is not regular, that neither root nor this user owns, or that others may write to; a missing one
// is fine.
Status check_shared_file(const std::string& path);

}  // namespace mailmgr
