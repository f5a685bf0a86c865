// Mail as it is kept: hashed, and compressed into zstd frames (RFC 8878) of at most 256 KiB of content each, so that a
// message of any size is packed in little memory. Safe from several threads. Throws (see sql.h).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/blob.h"

namespace mailmgr::store {

inline constexpr std::size_t kFrameContent = std::size_t{256} << 10;  // bytes; the last frame of a message has less

class Packer {
 public:
  Packer();
  ~Packer();

  // Gives the frames of the blob in order, at least one; returns the blob's SHA-256.
  std::string pack(const Blob& blob, const std::function<void(std::string_view frame)>& sink);

 private:
  struct Tools;  // for one message at a time
  std::unique_ptr<Tools> take();

  std::mutex mutex_;
  std::vector<std::unique_ptr<Tools>> idle_;
};

}  // namespace mailmgr::store
