// Raw bytes at rest: a Blob as zstd frames (RFC 8878) of at most 256 KiB of content each, one row per frame, so that a
// message of any size is written and read in little memory. Used by messages and by the outbox. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/blob.h"
#include "core/base/sha256.h"
#include "store/database.h"

namespace mailmgr::store {

class RawChunks {
 public:
  enum class Table { messages, outbox };

  explicit RawChunks(Database& db);
  ~RawChunks();

  // Writes the blob as the content of row `owner`, which has none yet; returns its SHA-256.
  std::string write(Table table, std::int64_t owner, const Blob& blob);
  Blob read(Table table, std::int64_t owner);
  void remove(Table table, std::int64_t owner);

 private:
  struct Zstd;
  Database& db_;
  std::unique_ptr<Zstd> zstd_;
  std::string frame_, content_;  // reused buffers
  Sha256 hash_;
};

}  // namespace mailmgr::store
