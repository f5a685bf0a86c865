#include <algorithm>
#include <array>
#include <utility>

#include "core/base/encoding.h"
#include "core/mail/body_text.h"
#include "core/mail/mime_types.h"

namespace mailmgr::mail {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLooksAt = 64 * 1024;
constexpr std::string_view kUnknownType = "application/octet-stream";
constexpr std::string_view kLocalFile = "PK\x03\x04";  // APPNOTE.TXT §4.3.7: a file in a ZIP archive
constexpr std::size_t kLocalFileHead = 30;
constexpr std::string_view kOpenXml = "application/vnd.openxmlformats-officedocument.";

constexpr std::array kMagic = {
    std::pair{"%PDF-"sv, "application/pdf"sv},      std::pair{"\x89PNG\r\n\x1A\n"sv, "image/png"sv},
    std::pair{"\xFF\xD8\xFF"sv, "image/jpeg"sv},    std::pair{"GIF87a"sv, "image/gif"sv},
    std::pair{"GIF89a"sv, "image/gif"sv},           std::pair{"\x1F\x8B\x08"sv, "application/gzip"sv},
    std::pair{"PK\x05\x06"sv, "application/zip"sv},  // an empty archive
};

// What begins with a file of a ZIP archive. OpenDocument and EPUB name their type in the first file, uncompressed
// (OpenDocument 1.3 part 2 §3.3); Office Open XML is told by its folders.
std::string zip_type(std::string_view head) {
  constexpr auto kFirst = "mimetypeapplication/"sv;
  if (head.substr(std::min(head.size(), kLocalFileHead)).starts_with(kFirst)) {
    const auto subtype = head.substr(kLocalFileHead + kFirst.size(), 80);
    const auto end = subtype.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.+-");
    const auto name = subtype.substr(0, end);
    if (!name.empty()) return "application/" + std::string(name);
  }
  for (auto at = head.find(kLocalFile); at != std::string_view::npos; at = head.find(kLocalFile, at + 4)) {
    const auto name = head.substr(std::min(head.size(), at + kLocalFileHead));
    if (name.starts_with("word/")) return std::string(kOpenXml) + "wordprocessingml.document";
    if (name.starts_with("xl/")) return std::string(kOpenXml) + "spreadsheetml.sheet";
    if (name.starts_with("ppt/")) return std::string(kOpenXml) + "presentationml.presentation";
  }
  return "application/zip";
}

bool is_text_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7F) || c == '\n' || c == '\r' || c == '\t' || c == '\f';
}

// The length of the part of `text` that does not end inside a character.
std::size_t whole_characters(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) break;
    if (byte >= 0xC0) {
      const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
      return length > back ? text.size() - back : text.size();
    }
  }
  return text.size();
}

}  // namespace

Result<bool> is_utf8_text(const Blob& content) {
  bool good = true;
  std::string rest;  // of a character that goes on in the next piece
  const auto read = content.each_chunk([&](std::string_view bytes) {
    const auto text = rest + std::string(bytes);
    const auto whole = whole_characters(text);
    good =
        std::all_of(bytes.begin(), bytes.end(), is_text_byte) && is_valid_utf8(std::string_view(text).substr(0, whole));
    rest = text.substr(whole);
    return good;
  });
  if (!read) return read.error();
  return good && rest.empty();
}

Result<std::string> guess_type(std::string_view file_name, const Blob& content) {
  auto type = guess_type(file_name);
  if (type != kUnknownType || content.size() == 0) return type;
  std::string head;
  const auto read = content.each_chunk([&](std::string_view bytes) {
    head += bytes.substr(0, kLooksAt - head.size());
    return head.size() < kLooksAt;
  });
  if (!read) return read.error();
  for (const auto& [start, name] : kMagic) {
    if (head.starts_with(start)) return std::string(name);
  }
  if (head.starts_with(kLocalFile)) return zip_type(head);
  const auto text = is_utf8_text(content);
  if (!text) return text.error();
  return std::string(*text ? "text/plain" : kUnknownType);
}

}  // namespace mailmgr::mail
