#include "core/system/secret_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/failpoint.h"
#include "core/base/private_file.h"
#include "core/base/shell_word.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLimit = 16 * 1024;

Error trouble_with(const std::string& path, int problem) {
  const Code code = problem == ENOENT                        ? Code::not_found
                    : problem == ENOSPC || problem == EDQUOT ? Code::store
                                                             : Code::config;
  return {code, fmt::format("{}: {}", path, std::generic_category().message(problem)), ""};
}

Status check_owner(const std::string& path, const struct stat& status, FileOwner owner) {
  if (owner == FileOwner::user) return check_private_file(path, status);
  const bool trusted = status.st_uid == 0 || status.st_uid == geteuid();
  if (S_ISREG(status.st_mode) && trusted && (status.st_mode & 027) == 0) return {};
  return Error{Code::config, fmt::format("{}: others may read or change it", path),
               fmt::format("let systemd provide it; look at it with: ls -l {}", shell_word(path))};
}

// 0 or an errno. Short content: one write.
int write_whole(int fd, std::string_view content) {
  if (write(fd, content.data(), content.size()) != static_cast<ssize_t>(content.size())) return errno ? errno : EIO;
  return fsync(fd) == 0 ? 0 : errno;
}

// 0 or an errno.
int put_in_place(const std::string& from, const std::string& path, IfThere if_there) {
  if (if_there == IfThere::replace) return rename(from.c_str(), path.c_str()) == 0 ? 0 : errno;
  const int problem = link(from.c_str(), path.c_str()) == 0 ? 0 : errno;  // link() does not replace
  unlink(from.c_str());
  return problem;
}

}  // namespace

Result<Secret> read_secret_file(const std::string& path, FileOwner owner) {
  // O_NONBLOCK: a FIFO in its place must not hang the program.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (!file && errno == ELOOP) return check_private_file(path).error();
  if (!file) return trouble_with(path, errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return trouble_with(path, errno);
  if (auto checked = check_owner(path, status, owner); !checked) return checked.error();
  std::string buffer(kLimit, '\0');
  std::size_t size = 0;
  while (size < kLimit) {
    const ssize_t count = read(file.get(), buffer.data() + size, kLimit - size);
    if (count < 0) return trouble_with(path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size == kLimit) return Error{Code::config, fmt::format("{}: it is too long", path), ""};
  buffer.resize(size);
  return Secret::take(buffer);
}

Result<bool> write_secret_file(const std::string& path, std::string_view content, IfThere if_there) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file{mkostemp(temporary.data(), O_CLOEXEC)};
  if (!file) return trouble_with(path, errno);
  int problem = write_whole(file.get(), content);
  if (problem != 0) {
    unlink(temporary.c_str());
    return trouble_with(path, problem);
  }
  failpoint("key.before_link");
  problem = put_in_place(temporary, path, if_there);
  failpoint("key.after_link");
  if (problem == EEXIST) return false;
  if (problem != 0) {
    unlink(temporary.c_str());
    return trouble_with(path, problem);
  }
  const Descriptor folder{open(path.substr(0, path.rfind('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder) fsync(folder.get());
  return true;
}

}  // namespace mailmgr
