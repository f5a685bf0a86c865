#include "store/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace mailmgr::store {
namespace {

Error system_error(std::string_view what, const std::string& path, int number) {
  const char* hint =
      number == ENOSPC ? "free some space, then run the same command again" : "check the path and its permissions";
  return {Code::store, fmt::format("{} {}: {}", what, path, std::strerror(number)), hint};
}

Error not_private(const std::string& path, const struct stat& info, const char* mode) {
  return {Code::config, fmt::format("opening {}: it is open to others (mode {:04o})", path, info.st_mode & 07777U),
          fmt::format("chmod {} '{}'", mode, path)};
}

Error foreign(const std::string& path, const struct stat& info) {
  return {Code::config,
          fmt::format("opening {}: it belongs to user {}, mailmgr runs as user {}", path, info.st_uid, geteuid()),
          fmt::format("run mailmgr as its owner, or: chown {} '{}'", geteuid(), path)};
}

}  // namespace

Result<std::string> private_folder(const std::string& path) {
  std::error_code trouble;
  std::filesystem::path made;
  for (const auto& part : std::filesystem::absolute(path, trouble)) {
    made /= part;
    if (::mkdir(made.c_str(), 0700) == 0 || errno == EEXIST) continue;
    const int number = errno;
    struct stat info {};
    // Above our own folder mkdir may be forbidden although the folder is there (a read-only file system, /home).
    if (::stat(made.c_str(), &info) != 0) return system_error("making the folder", made, number);
  }

  char resolved[PATH_MAX];
  if (!::realpath(path.c_str(), resolved)) return system_error("opening the folder", path, errno);
  struct stat info {};
  if (::stat(resolved, &info) != 0) return system_error("opening the folder", resolved, errno);
  if (!S_ISDIR(info.st_mode)) return Error{Code::config, fmt::format("opening {}: it is not a folder", path), ""};
  if (info.st_uid != geteuid()) return foreign(resolved, info);
  // Others may not change the folder; that they can list it harms no file in it.
  if ((info.st_mode & 022U) != 0) return not_private(resolved, info, "0700");
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

Status check_private_file(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? Status() : Status(system_error("opening", path, errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return Error{Code::config, fmt::format("opening {}: it is not a regular file", path),
                 fmt::format("look at it with: ls -l '{}'", path)};
  }
  if (info.st_uid != geteuid()) return foreign(path, info);
  if ((info.st_mode & 077U) != 0) return not_private(path, info, "0600");
  return {};
}

}  // namespace mailmgr::store
