#include "core/system/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "core/base/encoding.h"
#include "core/base/failpoint.h"
#include "core/system/descriptor.h"
#include "core/system/private_file.h"

namespace mailmgr {
namespace {

constexpr const char* kRestoreHint =
    "restore it from a backup; without it the stored logins are lost and each account needs `mailmgr login`";

Error failed(std::string_view what, const std::string& path, std::string_view why, std::string hint = {}) {
  return {Code::config, fmt::format("{} the key {}: {}", what, path, why), std::move(hint)};
}

std::string words(int problem) {
  return std::generic_category().message(problem);
}

// One short write; a key file is smaller than any pipe or block.
bool write_line(int fd, const std::string& line) {
  return write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(fd) == 0;
}

}  // namespace

Result<Secret> KeyFile::load() {
  // O_NONBLOCK: a FIFO in its place must not hang the program.
  const Descriptor file{open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (!file && errno == ELOOP) return check_private_file(path_).error();
  if (!file) return failed("reading", path_, words(errno), kRestoreHint);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return failed("reading", path_, words(errno));
  if (auto checked = check_private_file(path_, status); !checked) return checked.error();
  std::array<char, 128> buffer{};
  const ssize_t count = read(file.get(), buffer.data(), buffer.size());
  if (count < 0) return failed("reading", path_, words(errno));
  auto key = base64_decode(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  OPENSSL_cleanse(buffer.data(), buffer.size());
  if (!key || key->size() != kKeySize) return failed("reading", path_, "it does not hold a key", kRestoreHint);
  return Secret::take(*key);
}

Result<Secret> KeyFile::load_or_create() {
  if (access(path_.c_str(), F_OK) != 0 && errno == ENOENT) {
    if (auto created = create(); !created) return created.error();
  }
  return load();
}

// Written under another name and linked into place: a crash leaves no half-written key, and link() does not replace.
Status KeyFile::create() {
  std::string key = random_.bytes(kKeySize);
  std::string line = base64(key) + '\n';
  const Secret made = Secret::take(key);
  std::string temporary = path_ + ".XXXXXX";
  const Descriptor file{mkostemp(temporary.data(), O_CLOEXEC)};
  if (!file) return failed("writing", path_, words(errno));
  const bool is_written = write_line(file.get(), line);
  int problem = is_written ? 0 : errno;
  OPENSSL_cleanse(line.data(), line.size());
  failpoint("key.before_link");
  if (is_written && link(temporary.c_str(), path_.c_str()) != 0) problem = errno;
  failpoint("key.after_link");
  unlink(temporary.c_str());
  if (problem == EEXIST) return {};  // another process was faster; its key counts
  if (problem != 0) return failed("writing", path_, words(problem));
  const Descriptor folder{open(path_.substr(0, path_.rfind('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder) fsync(folder.get());
  const auto read_back = load();
  if (!read_back) return read_back.error();
  if (!(*read_back == made)) return failed("writing", path_, "what was written could not be read back");
  return {};
}

}  // namespace mailmgr
