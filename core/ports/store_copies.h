// The store as files: copies of both databases as they were at one moment, and copies that become a store again.
// `folder` is a private folder of the caller's; the databases in it have the names they have in the store. Errors are
// Code::store unless said otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/byte_progress.h"
#include "core/ports/stop.h"

namespace mailmgr {

struct StoreContents {
  std::int64_t mail_schema = 0, tokens_schema = 0;
  std::uint64_t accounts = 0, messages = 0;
};

// How a restored store stands to the one that was backed up.
enum class RestoreAs {
  move,  // takes its place: logins and secrets stay, for whoever has the key
  copy,  // stands beside it: two stores must not use one login, whose tokens rotate, so the copy has none
};

// What a copy lost by becoming a store.
struct Adoption {
  std::uint64_t held = 0;                    // mail that was to be sent, or may have been
  std::vector<std::string> without_secrets;  // providers whose client secret or private key was dropped
};

class StoreCopies {
 public:
  virtual ~StoreCopies() = default;
  // Whether there is nothing yet that a restore would destroy: no provider, no account, no message, no outbox row.
  virtual Result<bool> is_empty() = 0;
  // Copies both databases into `folder`, as they were at one moment. Other processes may read and write meanwhile; they
  // wait only for that moment. Code::interrupted by `stop`.
  virtual Status copy_to(const std::string& folder, const ByteProgress& progress, const Stop& stop) = 0;
  // Reads the databases in `folder` through and brings an older schema up to date; afterwards each is one file without
  // a log. Code::config: a newer schema, or contents that are not mailmgr's.
  virtual Result<StoreContents> check(const std::string& folder) = 0;
  // Makes the checked databases in `folder` fit to be a store: whatever was not sent for certain is held.
  virtual Result<Adoption> adopt(const std::string& folder, RestoreAs as) = 0;
  // Readies the home's own databases, if there are any, for being replaced: Code::busy when another process has them
  // open, Code::refused when they are not empty (any more).
  virtual Status make_way() = 0;
};

}  // namespace mailmgr
