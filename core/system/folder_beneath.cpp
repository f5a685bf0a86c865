#include "core/system/folder_beneath.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace mailmgr {
namespace {

Error cannot_open(const std::string& path, int problem) {
  const auto why = std::generic_category().message(problem);
  if (problem == ENOENT) return {Code::not_found, fmt::format("reading {}: no such file", path), ""};
  if (problem == ELOOP || problem == ENOTDIR) {
    return {Code::usage, fmt::format("reading {}: a part of this name is a symbolic link or no folder", path), ""};
  }
  return {problem == ENAMETOOLONG ? Code::usage : Code::store, fmt::format("reading {}: {}", path, why), ""};
}

}  // namespace

Result<FolderBeneath> FolderBeneath::open(const std::string& path) {
  Descriptor folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder) return FolderBeneath(path, std::move(folder));
  if (errno == ENOTDIR) return Error{Code::usage, fmt::format("using {}: it is no folder", path), ""};
  return cannot_open(path, errno);
}

// Component by component, none of them a link: no step leads anywhere but down.
Result<Blob> FolderBeneath::read(std::string_view name) const {
  const std::string path = fmt::format("{}/{}", path_, name);
  Descriptor at;
  while (true) {
    const auto slash = name.find('/');
    const std::string step(name.substr(0, slash));
    if (step.empty() || step == "." || step == ".." || step.find('\0') != std::string::npos) {
      return Error{Code::usage, fmt::format("reading {}: the name leads out of the folder", path),
                   "name files relative to the folder, without . and .."};
    }
    const bool is_last = slash == std::string_view::npos;
    // O_NONBLOCK: a FIFO that nobody writes to must not hang.
    const int flags = is_last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;
    Descriptor next(openat(at ? at.get() : folder_.get(), step.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return cannot_open(path, errno);
    if (is_last) return Blob::read_open_file(next.get(), path);
    at = std::move(next);
    name.remove_prefix(slash + 1);
  }
}

}  // namespace mailmgr
