// Reads backups, which may come from anywhere and say anything: a member that the manifest does not announce, a link, a
// longer, shorter or changed one is refused, and no name from the archive ever becomes a path.
#pragma once

#include <optional>
#include <string>

#include "core/archive/manifest.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/ports/byte_progress.h"
#include "core/ports/stop.h"

namespace mailmgr {

struct BackupContents {
  BackupManifest manifest;
  std::optional<Secret> key;  // 32 bytes
};

// Unpacks the databases into `folder` (private, empty) as files that are on disk when it returns. Code::not_found: no
// such file; usage: not a regular file; config: of a newer format; store: no backup, damaged, cut short, or more than
// the disk has room for.
Result<BackupContents> read_backup(const std::string& path, const std::string& folder, const ByteProgress& progress,
                                   const Stop& stop);

}  // namespace mailmgr
