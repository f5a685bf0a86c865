#include "providers/message_headers.h"

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMaxBlock = std::size_t{64} << 10;

}  // namespace

Result<QueryParams> message_headers(const Blob& mime) {
  std::string block;
  const auto read = mime.each_chunk([&](std::string_view chunk) {
    block += chunk.substr(0, kMaxBlock - block.size());
    return block.size() < kMaxBlock;
  });
  if (!read) return read.error();

  QueryParams headers;
  std::string_view rest = block;
  while (!rest.empty()) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if ((line.front() == ' ' || line.front() == '\t') && !headers.empty()) {
      headers.back().second += line;
    } else if (const auto colon = line.find(':'); colon != line.npos) {
      headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
  }
  return headers;
}

std::string_view header_in(const QueryParams& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (!equals_ignoring_ascii_case(key, name)) continue;
    const auto first = value.find_first_not_of(" \t\r\n");
    if (first == value.npos) return {};
    return std::string_view(value).substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
  }
  return {};
}

}  // namespace mailmgr
