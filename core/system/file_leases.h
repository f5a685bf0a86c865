// Leases as flock(2) locks on files in <data>/locks, beside the store, so that they hold between processes of any
// environment and end with the process. The files are never removed: removing one would let two processes lock
// different files of the same name.
#pragma once

#include <string>

#include "core/ports/clock.h"
#include "core/ports/leases.h"

namespace mailmgr {

class FileLeases final : public Leases {
 public:
  // `folder` exists and is private.
  FileLeases(std::string folder, Clock& clock) : folder_(std::move(folder)), clock_(clock) {}

  // `name` consists of a-z, 0-9 and '-'. Also Code::interrupted when `stop` ends the wait.
  Result<std::unique_ptr<Lease>> take(std::string_view name, milliseconds patience, const Stop& stop) override;

 private:
  std::string folder_;
  Clock& clock_;
};

}  // namespace mailmgr
