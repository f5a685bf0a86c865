#include "core/mail/transfer.h"

#include <array>
#include <cstdint>

#include "core/base/encoding.h"
#include "core/mail/glib_guard.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kPiece = 32 * 1024;

// 1 for what base64 counts in fours, padding included.
constexpr std::array<std::uint8_t, 256> kBase64Digit = [] {
  std::array<std::uint8_t, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")) {
    table[static_cast<unsigned char>(c)] = 1;
  }
  return table;
}();

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += kBase64Digit[static_cast<unsigned char>(c)];
  return count;
}

}  // namespace

TransferDecoder::TransferDecoder(std::string_view name) {
  ensure_gmime();
  const auto word = to_lower_ascii(name);
  if (word.empty() || word == "7bit" || word == "8bit" || word == "binary") return;
  const auto encoding = g_mime_content_encoding_from_string(word.c_str());
  switch (encoding) {
    case GMIME_CONTENT_ENCODING_BASE64:
    case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
    case GMIME_CONTENT_ENCODING_UUENCODE:
      identity_ = false;
      base64_ = encoding == GMIME_CONTENT_ENCODING_BASE64;
      before_begin_ = encoding == GMIME_CONTENT_ENCODING_UUENCODE;
      g_mime_encoding_init_decode(&state_, encoding);
      return;
    default:
      known_ = encoding != GMIME_CONTENT_ENCODING_DEFAULT;
      return;
  }
}

void TransferDecoder::add(std::string_view encoded, const Sink& sink) {
  if (identity_) {
    if (!encoded.empty()) sink(encoded);
  } else if (!before_begin_) {
    decode(encoded, sink);
  } else {
    lead_ += encoded;
    if (const auto rest = after_begin(lead_); !before_begin_) decode(rest, sink);
  }
}

// What follows the line "begin MODE NAME", which GMime's decoder does not look for.
std::string_view TransferDecoder::after_begin(std::string_view encoded) {
  const auto at = encoded.starts_with("begin ") ? 0 : encoded.find("\nbegin ");
  const auto end = at == std::string_view::npos ? at : encoded.find('\n', at + 1);
  if (end != std::string_view::npos) {
    before_begin_ = false;
    return encoded.substr(end + 1);
  }
  // It may have come in part; longer than this no honest lead is.
  if (encoded.size() > kPiece) lead_.erase(0, encoded.size() - 1024);
  return {};
}

void TransferDecoder::decode(std::string_view encoded, const Sink& sink) {
  while (!encoded.empty()) {
    const auto piece = encoded.substr(0, kPiece);
    encoded.remove_prefix(piece.size());
    if (base64_) base64_digits_ += count_digits(piece);
    const auto needed = g_mime_encoding_outlen(&state_, piece.size());
    if (buffer_.size() < needed) buffer_.resize(needed);
    const auto count = g_mime_encoding_step(&state_, piece.data(), piece.size(), buffer_.data());
    if (count > 0) sink(std::string_view(buffer_).substr(0, count));
  }
}

void TransferDecoder::finish(const Sink& sink) {
  if (identity_) return;
  const auto needed = g_mime_encoding_outlen(&state_, 0) + 16;
  if (buffer_.size() < needed) buffer_.resize(needed);
  const auto count = g_mime_encoding_flush(&state_, "", 0, buffer_.data());
  if (count > 0) sink(std::string_view(buffer_).substr(0, count));
}

}  // namespace mailmgr::mail
