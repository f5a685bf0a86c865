#include "core/flow/restore.h"

#include "core/archive/backup_reader.h"
#include "core/base/failpoint.h"

namespace mailmgr {
namespace {

// What is said of a database in a backup, whose own place means nothing to people.
Error unfit(const Error& error, const std::string& file, const std::string& program) {
  Error unfit = error.within("reading " + file);
  if (error.code != Code::interrupted) {
    unfit.hint = "use another backup, or the program that wrote this one (" + program + "); nothing was changed";
  }
  return unfit;
}

}  // namespace

Result<RestoreReport> restore(const RestoreRequest& request, const RestoreWorld& world, const ByteProgress& progress,
                              const Stop& stop) {
  auto empty = world.store.is_empty();
  if (!empty) return empty.error();
  if (!*empty) return Error{Code::refused, "this home has a store already", ""};
  auto folder = world.home.prepare();
  if (!folder) return folder.error();

  auto backup = read_backup(request.file, *folder, progress, stop);
  if (!backup) return backup.error();
  failpoint("restore.unpacked");
  auto contents = world.store.check(*folder);
  if (!contents) return unfit(contents.error(), request.file, backup->manifest.program);
  auto adoption = world.store.adopt(*folder, request.as);
  if (!adoption) return adoption.error();
  RestoreReport report{std::move(backup->manifest), *contents, *std::move(adoption), std::nullopt};
  if (request.dry_run) return report;
  failpoint("restore.adopted");
  if (stop.interrupted()) return Stop::error();

  // A key without a store harms nobody, a store without its key would: first the key. A copy makes one of its own.
  if (backup->key && request.as == RestoreAs::move) {
    auto placed = world.home.put_key(*backup->key);
    if (!placed) return placed.error();
    report.key = *placed;
  }
  failpoint("restore.key_placed");
  if (auto ready = world.store.make_way(); !ready) return ready.error();
  if (auto installed = world.home.install(); !installed) return installed.error();
  return report;
}

}  // namespace mailmgr
