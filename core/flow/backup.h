// Backs the store up while it is in use: both databases at one moment, read through before they are packed, so that
// damage shows while there is still an original.
#pragma once

#include <string>

#include "core/archive/manifest.h"
#include "core/base/result.h"
#include "core/ports/clock.h"
#include "core/ports/keys.h"
#include "core/ports/stop.h"
#include "core/ports/store_copies.h"

namespace mailmgr {

struct BackupRequest {
  std::string output;       // the backup's path
  bool replace = false;     // an older backup of that name
  std::string work_folder;  // private and empty; needs room for a copy of the store
  bool with_key = false;    // put the key inside: whoever has the backup has the logins
  std::string program;      // what the manifest says wrote it
};

struct BackupWorld {
  StoreCopies& store;
  Keys& keys;
  Clock& clock;
};

struct BackupReport {
  BackupManifest manifest;
  StoreContents contents;
};

// Code::usage or not_found: nothing can be written at `output`; not_found also when there is no store yet; config:
// the key is missing; store: the disk is full, or the store is damaged.
Result<BackupReport> back_up(const BackupRequest& request, const BackupWorld& world, const ByteProgress& progress,
                             const Stop& stop);

}  // namespace mailmgr
