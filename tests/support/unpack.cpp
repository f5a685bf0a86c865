#include "tests/support/unpack.h"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <memory>

namespace mailmgr::test {
namespace {

constexpr std::size_t kMaxUnpacked = std::size_t{16} << 20;

std::string inflated(std::string_view bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return {};  // the largest window, zlib or gzip by its header
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string result;
  std::array<char, 16384> buffer;
  int status = Z_OK;
  while (status == Z_OK && result.size() < kMaxUnpacked) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = buffer.size();
    status = inflate(&stream, Z_SYNC_FLUSH);
    result.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return result;
}

std::string unzstd(std::string_view bytes) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string result;
  std::array<char, 16384> buffer;
  while (result.size() < kMaxUnpacked) {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    const std::size_t left = ZSTD_decompressStream(stream.get(), &out, &in);
    result.append(buffer.data(), out.pos);
    if (ZSTD_isError(left) || left == 0 || (out.pos < out.size && in.pos == in.size)) break;
  }
  return result;
}

// RFC 1950 §2.2: deflate with a window of 32 KiB, and a check that makes the two bytes a multiple of 31.
bool starts_zlib(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == '\x78' && (0x7800 + static_cast<unsigned char>(bytes[1])) % 31 == 0;
}

}  // namespace

std::vector<std::string> unpacked_streams(std::string_view bytes) {
  std::vector<std::string> streams;
  for (; !bytes.empty(); bytes.remove_prefix(1)) {
    std::string content;
    if (bytes.starts_with("\x1f\x8b\x08") || starts_zlib(bytes)) content = inflated(bytes);
    if (bytes.starts_with("\x28\xb5\x2f\xfd")) content = unzstd(bytes);
    if (!content.empty()) streams.push_back(std::move(content));
  }
  return streams;
}

}  // namespace mailmgr::test
