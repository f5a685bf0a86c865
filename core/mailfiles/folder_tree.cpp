#include "core/mailfiles/folder_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "core/base/encoding.h"
#include "core/base/file_io.h"
#include "core/base/file_name.h"

namespace mailmgr {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
constexpr std::size_t kDeepest = 20;  // levels of folders; deeper ones are files' names' last part

Error tree_error(const std::string& path, int problem, bool written = true) {
  const std::string_view what = written ? "writing to" : "reading";
  if (problem == ELOOP || problem == ENOTDIR) {
    return {Code::usage, fmt::format("{} {}: a part of this path is a symbolic link or no folder", what, path),
            written ? "export into a folder of its own" : ""};
  }
  const char* hint = problem == ENOSPC || problem == EDQUOT ? "make room, then run the same command again" : "";
  return {Code::store, fmt::format("{} {}: {}", what, path, std::generic_category().message(problem)), hint};
}

}  // namespace

Result<FolderTree> FolderTree::open(const std::string& path, bool make) {
  if (make && mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    if (errno != ENOENT) return tree_error(path, errno);
    return Error{Code::usage, fmt::format("exporting to {}: the folder it is to be in is not there", path),
                 "make that folder first"};
  }
  // The top itself may be a link: whoever names it means what it leads to.
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
  if (!folder && (errno != ENOENT || make)) {
    if (errno != ENOTDIR && errno != ENXIO) return tree_error(path, errno, make);
    return Error{Code::usage, fmt::format("exporting to {}: it is no folder", path),
                 "name a folder that is there or can be made"};
  }
  return FolderTree(path, make, std::move(folder));
}

Error FolderTree::failure(std::string_view what, std::string_view below, int problem) const {
  auto error = tree_error(fmt::format("{}/{}", path_, below), problem, written_);
  return what.empty() ? error : error.within(what);
}

Result<Descriptor> FolderTree::folder(std::string_view below, bool make) const {
  if (!folder_) return Descriptor();
  Descriptor at(openat(folder_.get(), ".", kFolder));
  if (!at) return failure("", below, errno);
  for (std::string_view rest = below; !rest.empty();) {
    const auto slash = rest.find('/');
    const std::string step(rest.substr(0, slash));
    rest.remove_prefix(slash == rest.npos ? rest.size() : slash + 1);
    if (step.empty() || step == "." || step == "..") return failure("", below, ENOTDIR);
    if (make && mkdirat(at.get(), step.c_str(), 0700) != 0 && errno != EEXIST) return failure("", below, errno);
    Descriptor next(openat(at.get(), step.c_str(), kFolder));
    if (!next && errno == ENOENT && !make) return Descriptor();
    if (!next) return failure("", below, errno);
    at = std::move(next);
  }
  return at;
}

Status FolderTree::each_entry(std::string_view below, const std::function<void(const std::string&, bool)>& sink) const {
  auto at = folder(below, false);
  if (!at) return at.error();
  if (!*at) return {};
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(at->get()), closedir);
  if (!entries) return failure("", below, errno);
  at->release();
  while (const dirent* entry = readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool is_folder = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat status = {};
      is_folder =
          fstatat(dirfd(entries.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
    }
    sink(name, is_folder);
  }
  return {};
}

Status write_new_file(int folder, const std::string& name, const std::string& shown_path, const FileContent& content) {
  if (unlinkat(folder, name.c_str(), 0) != 0 && errno != ENOENT) return tree_error(shown_path, errno);
  const Descriptor file(openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return tree_error(shown_path, errno);
  int problem = 0;
  auto written = content([&](std::string_view bytes) {
    if (write_all(file.get(), bytes)) return true;
    problem = errno;
    return false;
  });
  if (problem != 0) written = tree_error(shown_path, problem);
  if (!written) unlinkat(folder, name.c_str(), 0);
  return written;
}

int move_file(int from, const std::string& name, int to, const std::string& new_name) {
  if (renameat2(from, name.c_str(), to, new_name.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // Not every file system can do both at once.
  struct stat status = {};
  if (fstatat(to, new_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
  return renameat(from, name.c_str(), to, new_name.c_str()) == 0 ? 0 : errno;
}

std::string part_name(std::string_view name) {
  return fmt::format(".{}.mailmgr-part", name);
}

bool is_in_the_way(int folder, const std::string& name) {
  struct stat status = {};
  return fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         (!S_ISREG(status.st_mode) || status.st_size > 0);
}

Status replace_small_file(int folder, const std::string& name, const std::string& shown_path, std::string_view text) {
  const auto part = part_name(name);
  if (auto written = write_new_file(folder, part, shown_path,
                                    [&](const auto& sink) {
                                      (void)sink(text);
                                      return Status();
                                    });
      !written) {
    return written;
  }
  const Descriptor file(openat(folder, part.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file || fsync(file.get()) != 0 || renameat(folder, part.c_str(), folder, name.c_str()) != 0) {
    return tree_error(shown_path, errno);
  }
  (void)fsync(folder);  // not every file system can
  return {};
}

std::string safe_folder_path(std::string_view folder) {
  std::string path;
  std::size_t levels = 0;
  while (!folder.empty()) {
    const auto slash = ++levels < kDeepest ? folder.find('/') : folder.npos;
    std::string level(folder.substr(0, slash));
    folder.remove_prefix(slash == folder.npos ? folder.size() : slash + 1);
    std::replace_if(
        level.begin(), level.end(), [](char c) { return c == '/' || c == '\\'; }, '_');
    if (level.find_first_not_of(". ") == level.npos) continue;
    auto name = safe_file_name(level, "");
    const auto lower = to_lower_ascii(name);
    if (lower == "cur" || lower == "new" || lower == "tmp") name.insert(0, "_");
    path += (path.empty() ? "" : "/") + name;
  }
  return path.empty() ? "folder" : path;
}

}  // namespace mailmgr
