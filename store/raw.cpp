#include "store/raw.h"

#include <fmt/format.h>
#include <zstd.h>

namespace mailmgr::store {
namespace {

// Measured on list mail, per 20 KB: level 1 takes 0.08 ms and leaves 45.2 %, level 3 0.10 ms and 44.6 %, level 6 0.21
// ms and 43.6 %.
constexpr int kLevel = 1;
constexpr std::size_t kPiece = std::size_t{256} << 10;
constexpr std::int64_t kChunksPerOwner = 65536;  // 16 GiB

[[noreturn]] void throw_damaged(std::int64_t owner, std::string_view why) {
  throw Failure({Code::store, fmt::format("reading the content of message {}: it is damaged ({})", owner, why),
                 "mailmgr sync --full fetches what is missing"});
}

void check_size(std::size_t pieces) {
  if (pieces < static_cast<std::size_t>(kChunksPerOwner)) return;
  throw Failure({Code::too_large, "storing a message: it is larger than 16 GiB", ""});
}

}  // namespace

struct RawChunks::Zstd {
  Zstd() : compress(ZSTD_createCCtx()), expand(ZSTD_createDCtx()) {
    ZSTD_CCtx_setParameter(compress, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(compress, ZSTD_c_checksumFlag, 1);
  }
  ~Zstd() {
    ZSTD_freeCCtx(compress);
    ZSTD_freeDCtx(expand);
  }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  ZSTD_CCtx* compress;
  ZSTD_DCtx* expand;
};

RawChunks::RawChunks(Database& db) : db_(db), zstd_(std::make_unique<Zstd>()) {}
RawChunks::~RawChunks() = default;

std::string RawChunks::write(Table table, std::int64_t owner, const Blob& blob) {
  auto insert = table == Table::messages ? db_.sql("INSERT INTO chunk (id, data) VALUES (?, ?)")
                                         : db_.sql("INSERT INTO outbox_chunk (id, data) VALUES (?, ?)");
  frame_.resize(ZSTD_compressBound(kPiece));
  std::size_t pieces = 0;
  const auto write_piece = [&](std::string_view piece) {
    check_size(pieces);
    hash_.update(piece);
    const auto size = ZSTD_compress2(zstd_->compress, frame_.data(), frame_.size(), piece.data(), piece.size());
    if (ZSTD_isError(size)) throw Failure({Code::internal, "compressing a message failed", ""});
    const Bytes data{std::string_view(frame_).substr(0, size)};
    insert.bind(owner * kChunksPerOwner + static_cast<std::int64_t>(pieces++), data).run();
    return true;
  };
  // Every stored message has a chunk, so that content that is missing is not taken for an empty message.
  if (blob.size() == 0) write_piece({});
  throw_unless(blob.each_chunk(write_piece));
  return hash_.finish();
}

Blob RawChunks::read(Table table, std::int64_t owner) {
  auto rows = table == Table::messages
                  ? db_.sql("SELECT data FROM chunk WHERE id BETWEEN ?1 AND ?1 + 65535 ORDER BY id")
                  : db_.sql("SELECT data FROM outbox_chunk WHERE id BETWEEN ?1 AND ?1 + 65535 ORDER BY id");
  rows.bind(owner * kChunksPerOwner);
  content_.resize(kPiece);
  BlobWriter writer;
  bool any = false;
  while (rows.step()) {
    any = true;
    const auto frame = rows.bytes(0);
    const auto size = ZSTD_decompressDCtx(zstd_->expand, content_.data(), content_.size(), frame.data(), frame.size());
    if (ZSTD_isError(size)) throw_damaged(owner, ZSTD_getErrorName(size));
    throw_unless(writer.append(std::string_view(content_).substr(0, size)));
  }
  if (!any) throw_damaged(owner, "nothing is there");
  auto blob = std::move(writer).finish();
  if (!blob) throw Failure(blob.error());
  return *std::move(blob);
}

void RawChunks::remove(Table table, std::int64_t owner) {
  auto remove = table == Table::messages ? db_.sql("DELETE FROM chunk WHERE id BETWEEN ?1 AND ?1 + 65535")
                                         : db_.sql("DELETE FROM outbox_chunk WHERE id BETWEEN ?1 AND ?1 + 65535");
  remove.bind(owner * kChunksPerOwner).run();
}

}  // namespace mailmgr::store
