#include "tests/sandbox/gmail/paging.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/errors.h"

namespace mailmgr::sandbox::gmail {
namespace {

std::string token_text(std::string_view request, Position position) {
  const std::string place = std::to_string(to_unix_millis(position.date)) + ":" + std::to_string(position.id);
  return hex(sha256(std::string(request) + "\n" + place)).substr(0, 12) + ":" + place;
}

}  // namespace

std::size_t page_size(const Params& params) {
  const auto wanted = params.number("maxResults", 100);
  return static_cast<std::size_t>(wanted == 0 ? 100 : std::min(wanted, kMaxPage));
}

std::string page_token(std::string_view request, Position position) {
  return base64url(token_text(request, position));
}

std::optional<Position> page_position(const Params& params, std::string_view request) {
  const auto token = params.text("pageToken");
  if (token.empty()) {
    return std::nullopt;
  }
  const auto text = base64_decode(token);
  std::int64_t millis = 0;
  std::uint64_t id = 0;
  const bool readable =
      text && text->size() > 13 && std::sscanf(text->c_str() + 13, "%" SCNd64 ":%" SCNu64, &millis, &id) == 2;
  const Position position{from_unix_millis(millis), id};
  if (!readable || *text != token_text(request, position)) {
    throw invalid_argument("Invalid pageToken");
  }
  return position;
}

}  // namespace mailmgr::sandbox::gmail
