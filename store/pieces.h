// Long work on mail.db is done in pieces, each a transaction of its own: whoever else wants to write gets its turn in
// between, and a kill costs one piece.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>

#include "core/base/result.h"
#include "core/ports/stop.h"

namespace mailmgr::store {

inline constexpr std::size_t kPieceRows = 500;
inline constexpr std::int64_t kPieceBytes = std::int64_t{16} << 20;  // of mail; a larger message is a piece by itself

using GoOn = std::function<bool()>;

// After a piece that was not the last one. Stop's error when `go_on` says no. SQLite lets nobody queue: a writer who
// waits looks again every 100 ms at the latest, and would miss a gap that is shorter.
inline Status between_pieces(const GoOn& go_on) {
  if (go_on && !go_on()) return Stop::error();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return {};
}

}  // namespace mailmgr::store
