// Puts restored databases in place (core/ports/installation.h states the contract). Two files cannot be renamed at
// once, so it goes by way of two folders in the data folder:
//
//   restore.partial   being unpacked and checked; after a kill it means nothing
//   restore.ready     complete: from the moment it has this name, what is in it is the home's store
//
// What a kill leaves in restore.ready is moved into place by the next command that is run (finish_restore).
#pragma once

#include <optional>
#include <string>

#include "core/ports/installation.h"
#include "core/ports/leases.h"
#include "core/ports/random.h"
#include "core/system/paths.h"
#include "core/system/work_folder.h"

namespace mailmgr {

inline constexpr std::string_view kRestoreLease = "restore";

class RestoreInstallation final : public Installation {
 public:
  // The caller holds the lease kRestoreLease.
  RestoreInstallation(const Paths& paths, Random& random) : paths_(paths), random_(random) {}

  Result<std::string> prepare() override;
  Result<KeyPlace> put_key(const Secret& key) override;
  Status install() override;

 private:
  const Paths& paths_;
  Random& random_;
  std::optional<WorkFolder> folder_;
};

// Ends a restore that was killed on its last steps; without one it costs one look. Code::busy when a restore is at work
// for longer than a few seconds.
Status finish_restore(const Paths& paths, Leases& leases);

}  // namespace mailmgr
