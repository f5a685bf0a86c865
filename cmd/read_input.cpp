#include "cmd/read_input.h"

#include <fmt/format.h>

#include <array>
#include <iostream>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestText = std::size_t{32} << 20;

Result<Blob> read_standard_input() {
  BlobWriter writer;
  std::array<char, 64 * 1024> piece;
  while (std::cin.read(piece.data(), piece.size()) || std::cin.gcount() > 0) {
    if (auto kept = writer.append({piece.data(), static_cast<std::size_t>(std::cin.gcount())}); !kept)
      return kept.error();
  }
  return std::move(writer).finish();
}

}  // namespace

Result<Blob> read_input(const std::string& file, std::string_view option) {
  auto blob = file == "-" ? read_standard_input() : Blob::read_file(file);
  if (!blob) return blob.error().within(option);
  return blob;
}

Result<std::string> read_text_input(const std::string& file, std::string_view option) {
  auto blob = read_input(file, option);
  if (!blob) return blob.error();
  if (blob->size() > kLongestText) {
    return Error{Code::too_large, fmt::format("{}: {} bytes are too many for a text", option, blob->size()),
                 "attach it instead: --attach FILE"};
  }
  auto text = blob->bytes();
  if (!text) return text.error().within(option);
  if (!is_valid_utf8(*text)) {
    return Error{Code::usage, fmt::format("{}: the text is not UTF-8", option),
                 "convert it, for instance with: iconv -f latin1 -t utf-8"};
  }
  return text;
}

}  // namespace mailmgr
