#include "core/system/replace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/file_io.h"

namespace mailmgr {

Status replace_file(const std::string& path, std::string_view content, mode_t mode) {
  const auto failed = [&](int problem) {
    return Error{Code::store, fmt::format("writing {}: {}", path, std::generic_category().message(problem)),
                 "name a file in a folder that exists and that you may write to"};
  };
  // In the same folder, since a rename does not cross file systems; not ending as `path` does, so that nobody who
  // gathers files of that kind takes it.
  std::string temporary = path + ".XXXXXX";
  Descriptor file{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (!file) return failed(errno);
  const auto give_up = [&](int problem) {
    ::unlink(temporary.c_str());
    return failed(problem);
  };
  if (::fchmod(file.get(), mode) != 0) return give_up(errno);
  if (!write_all(file.get(), content)) return give_up(errno);
  if (::fsync(file.get()) != 0) return give_up(errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(errno);
  return {};
}

}  // namespace mailmgr
