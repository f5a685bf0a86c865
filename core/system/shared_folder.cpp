#include "core/system/shared_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/file_io.h"
#include "core/base/private_file.h"
#include "core/base/shell_word.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMaxFile = std::size_t{64} << 10;

Error failed(std::string_view what, const std::string& path, int problem) {
  const bool forbidden = problem == EACCES || problem == EPERM || problem == EROFS;
  return {Code::config, fmt::format("{} {}: {}", what, path, std::generic_category().message(problem)),
          forbidden ? "run it as root, or let MAILMGR_ETC name a folder you may write to" : ""};
}

Status check(const std::string& path, const struct stat& status) {
  const auto refused = [&](std::string_view why, std::string hint) {
    return Error{Code::config, fmt::format("using {}: {}", path, why), std::move(hint)};
  };
  if (!S_ISREG(status.st_mode)) {
    return refused("it is not a regular file", fmt::format("replace it by a regular file: ls -l {}", shell_word(path)));
  }
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    return refused("it belongs to another user", fmt::format("chown root {}", shell_word(path)));
  }
  if ((status.st_mode & 022) != 0) {
    return refused(fmt::format("others may write to it (mode {:04o})", status.st_mode & 07777),
                   fmt::format("chmod go-w {}", shell_word(path)));
  }
  return {};
}

// 0755 whatever the umask, its parents too: everybody's settings are for everybody to read.
Status make_folder(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  struct stat status {};
  if (!parent.empty() && parent != path && stat(parent.c_str(), &status) != 0) {
    if (auto made = make_folder(parent); !made) return made;
  }
  if (mkdir(path.c_str(), 0755) == 0) {
    return chmod(path.c_str(), 0755) == 0 ? Status() : Status(failed("making the folder", path, errno));
  }
  return errno == EEXIST ? Status() : Status(failed("making the folder", path, errno));
}

bool write_for_all(int fd, std::string_view content) {
  return write_all(fd, content) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

}  // namespace

std::string SharedFolder::path(std::string_view name) const {
  return fmt::format("{}/{}", folder_, name);
}

Result<std::vector<std::string>> SharedFolder::list() {
  std::vector<std::string> names;
  std::error_code problem;
  for (std::filesystem::directory_iterator it(folder_, problem), end; !problem && it != end; it.increment(problem)) {
    names.push_back(it->path().filename().string());
  }
  if (problem && problem.value() != ENOENT) return failed("reading the folder", folder_, problem.value());
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> SharedFolder::read(std::string_view name) {
  const std::string file_path = path(name);
  // O_NONBLOCK: a FIFO in its place must not hang the program.
  const Descriptor file{open(file_path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (!file && errno == ENOENT) return Error{Code::not_found, "there is no " + file_path, ""};
  if (!file && errno == ELOOP) return check_shared_file(file_path).error();
  if (!file) return failed("reading", file_path, errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return failed("reading", file_path, errno);
  if (auto checked = check(file_path, status); !checked) return checked.error();
  std::string content(kMaxFile + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t count = ::read(file.get(), content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("reading", file_path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > kMaxFile) {
    return Error{Code::config, fmt::format("reading {}: it is larger than {} KiB", file_path, kMaxFile >> 10), ""};
  }
  content.resize(size);
  return content;
}

Status SharedFolder::write(std::string_view name, std::string_view content) {
  if (auto made = make_folder(folder_); !made) return made;
  const std::string target = path(name);
  // Its name begins with a dot, so that no reader takes a half-written file for a finished one.
  std::string temporary = path(fmt::format(".{}.XXXXXX", name));
  const Descriptor file{mkostemp(temporary.data(), O_CLOEXEC)};
  if (!file) return failed("writing", target, errno);
  if (!write_for_all(file.get(), content) || rename(temporary.c_str(), target.c_str()) != 0) {
    const int problem = errno;
    unlink(temporary.c_str());
    return failed("writing", target, problem);
  }
  const Descriptor folder{open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder) fsync(folder.get());
  return {};
}

Status SharedFolder::remove(std::string_view name) {
  const std::string target = path(name);
  if (unlink(target.c_str()) == 0 || errno == ENOENT) return {};
  return failed("removing", target, errno);
}

Status check_shared_file(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) return check(path, status);
  return errno == ENOENT ? Status() : Status(failed("using", path, errno));
}

}  // namespace mailmgr
