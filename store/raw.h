// Raw bytes at rest: a Blob's frames (packer.h), one row each, so that a message of any size is written and read in
// little memory. Used by messages and by the outbox. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/blob.h"
#include "core/ports/sync_store.h"
#include "store/database.h"
#include "store/packer.h"

namespace mailmgr::store {

class RawChunks {
 public:
  enum class Table { messages, outbox };

  explicit RawChunks(Database& db);
  ~RawChunks();

  // Writes the blob as the content of row `owner`, which has none yet; returns its SHA-256.
  std::string write(Table table, std::int64_t owner, const Blob& blob);
  // The same of a message that was packed before.
  void write(std::int64_t message, const PackedContent& packed);
  Blob read(Table table, std::int64_t owner);
  void remove(Table table, std::int64_t owner);

  Packer& packer() { return packer_; }

 private:
  struct Expander;
  class Rows;

  Database& db_;
  Packer packer_;
  std::unique_ptr<Expander> expander_;
};

}  // namespace mailmgr::store
