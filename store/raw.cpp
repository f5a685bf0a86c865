#include "store/raw.h"

#include <fmt/format.h>
#include <zstd.h>

namespace mailmgr::store {
namespace {

constexpr std::int64_t kChunksPerOwner = 65536;  // 16 GiB

[[noreturn]] void throw_damaged(std::int64_t owner, std::string_view why) {
  throw Failure({Code::store, fmt::format("reading the content of message {}: it is damaged ({})", owner, why),
                 "mailmgr verify --deep --repair fetches it again"});
}

}  // namespace

struct RawChunks::Expander {
  Expander() : zstd(ZSTD_createDCtx()), content(kFrameContent, '\0') {}
  ~Expander() { ZSTD_freeDCtx(zstd); }
  Expander(const Expander&) = delete;
  Expander& operator=(const Expander&) = delete;

  ZSTD_DCtx* zstd;
  std::string content;
};

// The rows of one owner, written in order.
class RawChunks::Rows {
 public:
  Rows(Database& db, Table table, std::int64_t owner)
      : insert_(table == Table::messages ? db.sql("INSERT INTO chunk (id, data) VALUES (?, ?)")
                                         : db.sql("INSERT INTO outbox_chunk (id, data) VALUES (?, ?)")),
        owner_(owner) {}

  void add(std::string_view frame) {
    if (count_ == kChunksPerOwner) throw Failure({Code::too_large, "storing a message: it is larger than 16 GiB", ""});
    insert_.bind(owner_ * kChunksPerOwner + count_++, Bytes{frame}).run();
  }

 private:
  Sql insert_;
  std::int64_t owner_;
  std::int64_t count_ = 0;
};

RawChunks::RawChunks(Database& db) : db_(db) {}
RawChunks::~RawChunks() = default;

std::string RawChunks::write(Table table, std::int64_t owner, const Blob& blob) {
  Rows rows(db_, table, owner);
  return packer_.pack(blob, [&](std::string_view frame) { rows.add(frame); });
}

void RawChunks::write(std::int64_t message, const PackedContent& packed) {
  Rows rows(db_, Table::messages, message);
  for (const auto& frame : packed.frames) rows.add(frame);
}

Blob RawChunks::read(Table table, std::int64_t owner) {
  auto rows = table == Table::messages
                  ? db_.sql("SELECT data FROM chunk WHERE id BETWEEN ?1 AND ?1 + 65535 ORDER BY id")
                  : db_.sql("SELECT data FROM outbox_chunk WHERE id BETWEEN ?1 AND ?1 + 65535 ORDER BY id");
  rows.bind(owner * kChunksPerOwner);
  if (!expander_) expander_ = std::make_unique<Expander>();
  auto& content = expander_->content;
  BlobWriter writer;
  bool any = false;
  while (rows.step()) {
    any = true;
    const auto frame = rows.bytes(0);
    const auto size = ZSTD_decompressDCtx(expander_->zstd, content.data(), content.size(), frame.data(), frame.size());
    if (ZSTD_isError(size)) throw_damaged(owner, ZSTD_getErrorName(size));
    throw_unless(writer.append(std::string_view(content).substr(0, size)));
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
