#include "store/packer.h"

#include <zstd.h>

#include "core/base/sha256.h"
#include "store/sql.h"

namespace mailmgr::store {
namespace {

// Measured on list mail, per 20 KB: level 1 takes 0.08 ms and leaves 45.2 %, level 3 0.10 ms and 44.6 %, level 6 0.21
// ms and 43.6 %.
constexpr int kLevel = 1;

}  // namespace

struct Packer::Tools {
  Tools() : zstd(ZSTD_createCCtx()), frame(ZSTD_compressBound(kFrameContent), '\0') {
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
  }
  ~Tools() { ZSTD_freeCCtx(zstd); }
  Tools(const Tools&) = delete;
  Tools& operator=(const Tools&) = delete;

  std::string_view compress(std::string_view piece) {
    const auto size = ZSTD_compress2(zstd, frame.data(), frame.size(), piece.data(), piece.size());
    if (ZSTD_isError(size)) throw Failure({Code::internal, "compressing a message failed", ""});
    return std::string_view(frame).substr(0, size);
  }

  ZSTD_CCtx* zstd;
  std::string frame;
  Sha256 hash;
};

Packer::Packer() = default;
Packer::~Packer() = default;

std::unique_ptr<Packer::Tools> Packer::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto tools = std::move(idle_.back());
      idle_.pop_back();
      return tools;
    }
  }
  return std::make_unique<Tools>();
}

std::string Packer::pack(const Blob& blob, const std::function<void(std::string_view frame)>& sink) {
  auto tools = take();
  const auto add = [&](std::string_view piece) {
    tools->hash.update(piece);
    sink(tools->compress(piece));
    return true;
  };
  // Every message has a frame, so that content that is missing is not taken for an empty message.
  if (blob.size() == 0) add({});
  throw_unless(blob.each_chunk(add));
  auto sha256 = tools->hash.finish();
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(tools));
  return sha256;
}

}  // namespace mailmgr::store
