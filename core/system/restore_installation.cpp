#include "core/system/restore_installation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "core/base/failpoint.h"
#include "core/system/key_file.h"

namespace mailmgr {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

std::string partial_folder(const Paths& paths) {
  return paths.data + "/restore.partial";
}
std::string ready_folder(const Paths& paths) {
  return paths.data + "/restore.ready";
}

Error failed(const std::string& path) {
  return {Code::store, fmt::format("putting {} in place: {}", path, std::generic_category().message(errno)),
          "check the disk, then run any mailmgr command: it goes on from there"};
}

bool remove_if_there(const std::string& path) {
  return unlink(path.c_str()) == 0 || errno == ENOENT;
}

// Moves one database in; nothing if that was done already. An old log beside it would be taken for its own.
Status place(const std::string& from, const std::string& to) {
  if (access(from.c_str(), F_OK) != 0) return errno == ENOENT ? Status() : Status(failed(to));
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    if (!remove_if_there(to + suffix)) return failed(to);
  }
  return std::rename(from.c_str(), to.c_str()) == 0 ? Status() : Status(failed(to));
}

Status place_all(const Paths& paths) {
  const std::string ready = ready_folder(paths);
  if (auto placed = place(ready + "/mail.db", paths.mail_db()); !placed) return placed;
  failpoint("restore.mail_placed");
  if (auto placed = place(ready + "/tokens.db", paths.tokens_db()); !placed) return placed;
  failpoint("restore.tokens_placed");
  if (auto synced = sync_folder(paths.data); !synced) return synced;
  return rmdir(ready.c_str()) == 0 ? sync_folder(paths.data) : Status(failed(ready));
}

}  // namespace

Result<std::string> RestoreInstallation::prepare() {
  folder_.reset();
  auto made = WorkFolder::make(partial_folder(paths_));
  if (!made) return made.error();
  folder_.emplace(*std::move(made));
  return folder_->path();
}

Result<KeyPlace> RestoreInstallation::put_key(const Secret& key) {
  KeyFile file(paths_.key_file(), random_);
  auto written = file.put(key);
  if (!written) return written.error();
  if (*written) return KeyPlace::restored;
  const auto present = file.load();
  return present && *present == key ? KeyPlace::present : KeyPlace::other;
}

Status RestoreInstallation::install() {
  if (auto ready = folder_->keep_as(ready_folder(paths_)); !ready) return ready;
  failpoint("restore.ready");
  return place_all(paths_);
}

Status finish_restore(const Paths& paths, Leases& leases) {
  const std::string ready = ready_folder(paths);
  if (access(ready.c_str(), F_OK) != 0) return {};
  const auto lease = leases.take(kRestoreLease, kPatience, Stop());
  if (!lease) return lease.error();
  return access(ready.c_str(), F_OK) == 0 ? place_all(paths) : Status();
}

}  // namespace mailmgr
