#include "core/system/save_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "core/base/encoding.h"
#include "core/base/file_io.h"
#include "core/base/file_name.h"

namespace mailmgr {
namespace {

constexpr int kMostNumbers = 10'000;

Error cannot_save(const std::string& path, int problem) {
  return {Code::store, fmt::format("saving {}: {}", path, std::generic_category().message(problem)), ""};
}

// What is in it, so that names that differ in case alone do not meet where such files are the same.
Result<std::set<std::string>> names_in(int folder, const std::string& path) {
  const int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return cannot_save(path, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(own), closedir);
  if (!entries) {
    close(own);
    return cannot_save(path, errno);
  }
  std::set<std::string> names;
  while (const dirent* entry = readdir(entries.get())) names.insert(to_lower_ascii(entry->d_name));
  return names;
}

}  // namespace

Result<SaveFolder> SaveFolder::open(const std::string& path) {
  const int problem = mkdir(path.c_str(), 0700) == 0 ? 0 : errno;
  if (problem == ENOENT || problem == ENOTDIR) {
    return Error{Code::usage, fmt::format("saving into {}: the folder it is to be in is not there", path),
                 "make that folder first"};
  }
  if (problem != 0 && problem != EEXIST) return cannot_save(path, problem);
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
  if (!folder && (errno == ENOTDIR || errno == ENXIO)) {
    return Error{Code::usage, fmt::format("saving into {}: it is no folder", path),
                 "name a folder, or - for standard output"};
  }
  if (!folder) return cannot_save(path, errno);
  auto names = names_in(folder.get(), path);
  if (!names) return names.error();
  return SaveFolder(path, std::move(folder), *std::move(names));
}

// Takes the first free name that `make` can make a file of; it answers errno.
Result<std::string> SaveFolder::claim(const std::string& name, const std::function<int(const char*)>& make) {
  for (int n = 1; n <= kMostNumbers; ++n) {
    auto wanted = numbered_file_name(name, n);
    if (!taken_.insert(to_lower_ascii(wanted)).second) continue;
    const int problem = make(wanted.c_str());
    if (problem == 0) return wanted;
    if (problem != EEXIST) return cannot_save(fmt::format("{}/{}", path_, wanted), problem);
  }
  return Error{Code::store, fmt::format("saving {}/{}: there are {} files of that name", path_, name, kMostNumbers),
               ""};
}

Result<std::string> SaveFolder::save(const std::string& name, const Content& content) {
  // Without a name until it is complete, where the file system can do that.
  Descriptor file(openat(folder_.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  Result<std::string> saved = std::string();
  const bool is_named = !file;
  if (is_named) {
    saved = claim(name, [&](const char* wanted) {
      file = Descriptor(openat(folder_.get(), wanted, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600));
      return file ? 0 : errno;
    });
    if (!saved) return saved;
  }
  int problem = 0;
  auto written = content([&](std::string_view bytes) {
    if (write_all(file.get(), bytes)) return true;
    problem = errno;
    return false;
  });
  if (problem == 0 && written && fsync(file.get()) != 0) problem = errno;
  if (problem != 0) written = cannot_save(fmt::format("{}/{}", path_, name), problem);
  if (!written) {
    if (is_named) unlinkat(folder_.get(), saved->c_str(), 0);
    return written.error();
  }
  if (!is_named) {
    const std::string own = fmt::format("/proc/self/fd/{}", file.get());
    saved = claim(name, [&](const char* wanted) {
      return linkat(AT_FDCWD, own.c_str(), folder_.get(), wanted, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
    });
    if (!saved) return saved;
  }
  return fmt::format("{}/{}", path_, *saved);
}

}  // namespace mailmgr
