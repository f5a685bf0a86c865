// A private folder for something unfinished. It goes with the object, or, if the process was killed, with the next one
// of that name; whoever makes it holds a lease, so that there is one at a time.
#pragma once

#include <string>

#include "core/base/result.h"

namespace mailmgr {

class WorkFolder {
 public:
  // Code::store when the old one cannot be removed or the new one not be made.
  static Result<WorkFolder> make(std::string path);
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder();

  const std::string& path() const { return path_; }
  // Gives the folder another name under which it stays; the new name is on disk when this returns.
  Status keep_as(const std::string& path);

 private:
  explicit WorkFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: not ours any more
};

// Makes the names in a folder outlive a power cut.
Status sync_folder(const std::string& path);

}  // namespace mailmgr
