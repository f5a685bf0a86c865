// A Blob is an immutable sequence of bytes of any size, such as a raw message. Up to 1 MiB it lives in memory, beyond
// that in a temporary file (0600, already unlinked), so that the size of a message does not become the size of the
// process. Copying a Blob shares its bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace mailmgr {

class Blob {
 public:
  static constexpr std::size_t kMemoryLimit = std::size_t{1} << 20;

  Blob() = default;  // empty
  // Keeps the bytes in memory whatever their size; for those that are there already.
  explicit Blob(std::string bytes);
  // A regular file's contents, read now; Code::not_found, Code::usage (not a regular file) or Code::store.
  static Result<Blob> read_file(const std::string& path);
  // The same of a file that was opened for reading; `path` names it in errors.
  static Result<Blob> read_open_file(int file, const std::string& path);

  std::size_t size() const;
  // Gives the bytes in order, in pieces of at most 256 KiB; stops early when `sink` returns false.
  Status each_chunk(const std::function<bool(std::string_view)>& sink) const;
  // The bytes from `offset` on, `size` of them or as many as there are.
  Result<std::string> piece(std::size_t offset, std::size_t size) const;
  // All bytes at once.
  Result<std::string> bytes() const;
  // The bytes where they are in memory already, nullptr otherwise.
  const std::string* in_memory() const;

 private:
  friend class BlobWriter;
  struct Body;
  std::shared_ptr<const Body> body_;
};

// Builds a Blob piece by piece; moves to a temporary file (in $TMPDIR, else /tmp) when it passes Blob::kMemoryLimit.
class BlobWriter {
 public:
  BlobWriter();
  ~BlobWriter();
  BlobWriter(BlobWriter&&) noexcept;
  BlobWriter& operator=(BlobWriter&&) noexcept;

  Status append(std::string_view bytes);  // Code::store when the disk is full
  Result<Blob> finish() &&;

 private:
  std::unique_ptr<struct Blob::Body> body_;
};

}  // namespace mailmgr
