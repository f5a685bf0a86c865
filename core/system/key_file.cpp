#include "core/system/key_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/system/key_text.h"

namespace mailmgr {
namespace {

constexpr const char* kReading = "reading the key from its file";
constexpr const char* kWriting = "writing the key to its file";

constexpr const char* kLookHint =
    "the key is looked for where HOME, XDG_CONFIG_HOME or MAILMGR_HOME say: set them as where you logged in (crontab: "
    "MAILMGR_HOME=DIR on a line of its own; systemd: Environment=MAILMGR_HOME=DIR)\n"
    "a lost key comes back from a backup; without it: mailmgr key destroy, then log in again";

}  // namespace

Result<Secret> KeyFile::load() {
  const auto text = read_secret_file(path_);
  if (text) return key_from_text(*text, salt_, fmt::format("{}: {}", kReading, path_));
  if (text.error().code != Code::not_found) return text.error().within(kReading);
  return Error{Code::config, text.error().within(kReading).message, kLookHint};
}

Result<Secret> KeyFile::load_or_create() {
  if (access(path_.c_str(), F_OK) != 0 && errno == ENOENT) {
    std::string bytes = random_.bytes(kKeySize);
    if (auto created = put(Secret::take(bytes)); !created) return created.error();
  }
  return load();
}

Result<bool> KeyFile::put(const Secret& key) {
  return write(key, IfThere::keep);
}

Status KeyFile::replace(const Secret& key) {
  const auto written = write(key, IfThere::replace);
  return written ? Status() : Status(written.error());
}

Status KeyFile::remove() {
  if (unlink(path_.c_str()) == 0 || errno == ENOENT) return {};
  return Error{Code::config, fmt::format("removing the key {}: {}", path_, std::generic_category().message(errno)),
               "remove it by hand"};
}

Result<bool> KeyFile::write(const Secret& key, IfThere if_there) {
  const auto written = write_secret_file(path_, key_as_text(key).reveal(), if_there);
  if (!written) return written.error().within(kWriting);
  if (!*written) return false;  // another process was faster; its key counts
  const auto read_back = load();
  if (!read_back) return read_back.error();
  if (*read_back == key) return true;
  return Error{Code::config, fmt::format("{}: {}: what was written could not be read back", kWriting, path_), ""};
}

}  // namespace mailmgr
