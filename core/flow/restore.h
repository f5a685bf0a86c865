// Makes a backup the store of an empty home. Everything is unpacked, checked and prepared beside the store before the
// home changes; then it changes at once. What the lost store may have sent after the backup was made is held.
#pragma once

#include <optional>
#include <string>

#include "core/archive/manifest.h"
#include "core/base/result.h"
#include "core/ports/installation.h"
#include "core/ports/stop.h"
#include "core/ports/store_copies.h"

namespace mailmgr {

struct RestoreRequest {
  std::string file;
  RestoreAs as = RestoreAs::move;
  bool dry_run = false;  // check everything, change nothing
};

struct RestoreWorld {
  StoreCopies& store;
  Installation& home;
};

struct RestoreReport {
  BackupManifest manifest;
  StoreContents contents;
  Adoption adoption;
  std::optional<KeyPlace> key;  // what became of the backup's key; nullopt: it held none, or was not asked for it
};

// Code::refused: the home has a store; busy: another process uses the empty one; not_found, usage, config, store: see
// read_backup and StoreCopies::check.
Result<RestoreReport> restore(const RestoreRequest& request, const RestoreWorld& world, const ByteProgress& progress,
                              const Stop& stop);

}  // namespace mailmgr
