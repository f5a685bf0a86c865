#include "store/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "core/base/private_file.h"

namespace mailmgr::store {
namespace {

Error system_error(std::string_view what, const std::string& path, int number) {
  const char* hint =
      number == ENOSPC ? "free some space, then run the same command again" : "check the path and its permissions";
  return {Code::store, fmt::format("{} {}: {}", what, path, std::strerror(number)), hint};
}

}  // namespace

Result<std::string> private_folder(const std::string& path) {
  if (auto made = prepare_private_folder(path); !made) return made.error();
  char resolved[PATH_MAX];
  if (!::realpath(path.c_str(), resolved)) return system_error("opening the folder", path, errno);
  return std::string(resolved);
}

Result<bool> exists(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return system_error("opening", path, errno);
}

Status create_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file >= 0) {
    ::close(file);
    return {};
  }
  return errno == EEXIST ? Status() : Status(system_error("making", path, errno));
}

}  // namespace mailmgr::store
