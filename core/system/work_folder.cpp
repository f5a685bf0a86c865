#include "core/system/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "core/base/descriptor.h"

namespace mailmgr {
namespace {

Error failed(std::string_view what, const std::string& path, const std::error_code& why) {
  return {Code::store, fmt::format("{} {}: {}", what, path, why.message()),
          "check the disk and the folder's permissions"};
}

std::error_code last_error() {
  return {errno, std::generic_category()};
}

}  // namespace

Result<WorkFolder> WorkFolder::make(std::string path) {
  std::error_code problem;
  std::filesystem::remove_all(path, problem);  // does not follow links
  if (problem) return failed("removing", path, problem);
  if (mkdir(path.c_str(), 0700) != 0) return failed("making the folder", path, last_error());
  return WorkFolder(std::move(path));
}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept : path_(std::move(other.path_)) {
  other.path_.clear();
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Status WorkFolder::keep_as(const std::string& path) {
  if (auto synced = sync_folder(path_); !synced) return synced;
  if (std::rename(path_.c_str(), path.c_str()) != 0) return failed("making the folder", path, last_error());
  path_.clear();
  return sync_folder(std::filesystem::path(path).parent_path());
}

Status sync_folder(const std::string& path) {
  const Descriptor folder{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder && fsync(folder.get()) == 0) return {};
  return failed("writing the folder", path, last_error());
}

}  // namespace mailmgr
