#include "core/flow/backup.h"

#include "core/archive/backup_writer.h"
#include "core/base/failpoint.h"

namespace mailmgr {
namespace {

Error damaged(Error error) {
  if (error.code == Code::store && error.hint.empty()) {
    error.hint = "nothing was written; keep your last good backup";
  }
  return error;
}

}  // namespace

Result<BackupReport> back_up(const BackupRequest& request, const BackupWorld& world, const ByteProgress& progress,
                             const Stop& stop) {
  if (auto free = check_output(request.output, request.replace); !free) return free.error();
  auto empty = world.store.is_empty();
  if (!empty) return empty.error();
  if (*empty) return Error{Code::not_found, "there is nothing to back up yet", "mailmgr provider guide google"};
  Secret key;
  if (request.with_key) {
    auto loaded = world.keys.load();
    if (!loaded) return loaded.error();
    key = key_text(*loaded);
  }

  BackupReport report;
  report.manifest.created = world.clock.now();
  report.manifest.program = request.program;
  if (auto copied = world.store.copy_to(request.work_folder, progress, stop); !copied) return copied.error();
  failpoint("backup.copied");
  auto contents = world.store.check(request.work_folder);
  if (!contents) return damaged(contents.error());
  report.contents = *contents;
  report.manifest.mail_schema = contents->mail_schema;
  report.manifest.tokens_schema = contents->tokens_schema;
  for (const auto name : {kTokensMember, kMailMember}) {
    auto member = describe_file(request.work_folder, std::string(name), progress, stop);
    if (!member) return member.error();
    report.manifest.members.push_back(*std::move(member));
  }
  if (request.with_key) report.manifest.members.push_back(describe_key(key));

  auto written =
      write_backup(request.output, request.replace, report.manifest, request.work_folder, key, progress, stop);
  if (!written) return written.error();
  return report;
}

}  // namespace mailmgr
