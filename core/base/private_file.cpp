#include "core/base/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/shell_word.h"

namespace mailmgr {
namespace {

std::string user_name() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return entry.pw_name;
  return std::to_string(geteuid());
}

Error refused(const std::string& path, std::string_view why, std::string hint) {
  return {Code::config, fmt::format("using {}: {}", path, why), std::move(hint)};
}

Error failed(const std::string& path, int problem) {
  if (problem == ENOSPC || problem == EDQUOT || problem == EIO) {
    return {Code::store, fmt::format("using {}: {}", path, std::generic_category().message(problem)),
            "free some space, then run the same command again"};
  }
  return refused(path, std::generic_category().message(problem), "choose another place with --home or MAILMGR_HOME");
}

Error foreign(const std::string& path, uid_t owner) {
  return refused(path, fmt::format("it belongs to another user ({})", owner),
                 fmt::format("chown {} {}", user_name(), shell_word(path)));
}

}  // namespace

Status prepare_private_folder(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  if (mkdir(path.c_str(), 0700) != 0 && errno == ENOENT && !parent.empty() && parent != path) {
    // Parents such as ~/.local are only made, not checked: they are not ours.
    std::error_code problem;
    if (!std::filesystem::exists(parent, problem)) {
      if (auto made = prepare_private_folder(parent); !made) return made;
    }
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(path, errno);
  }
  // A link to a folder elsewhere is fine as long as that is private.
  struct stat status {};
  const Descriptor folder{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder || fstat(folder.get(), &status) != 0) return failed(path, errno);
  if (status.st_uid != geteuid()) return foreign(path, status.st_uid);
  if ((status.st_mode & 022) != 0) {
    return refused(path, "others may write to it", fmt::format("chmod go-w {}", shell_word(path)));
  }
  if ((status.st_mode & 077) != 0 && fchmod(folder.get(), 0700) != 0) {
    return refused(path, fmt::format("others may look into it (mode {:04o})", status.st_mode & 07777),
                   fmt::format("chmod 700 {}", shell_word(path)));
  }
  return {};
}

Status check_private_file(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) return check_private_file(path, status);
  if (errno == ENOENT) return {};
  return failed(path, errno);
}

Status check_private_file(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) {
    const bool is_link = S_ISLNK(status.st_mode);
    return refused(path, is_link ? "it is a symbolic link" : "it is not a regular file",
                   fmt::format("replace it by a regular file: ls -l {}", shell_word(path)));
  }
  if (status.st_uid != geteuid()) return foreign(path, status.st_uid);
  if ((status.st_mode & 077) != 0) {
    return refused(path, fmt::format("others may use it (mode {:04o})", status.st_mode & 07777),
                   fmt::format("chmod 600 {}", shell_word(path)));
  }
  return {};
}

}  // namespace mailmgr
