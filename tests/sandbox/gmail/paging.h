// Page tokens: opaque, bound to the request they continue, and tied to a place in the order rather than a number, so
// that mail arriving between two pages neither repeats nor hides anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/sandbox/gmail/call.h"

namespace mailmgr::sandbox::gmail {

inline constexpr std::uint64_t kMaxPage = 500;

// maxResults as Gmail takes it: 100 if absent or 0, never above 500.
std::size_t page_size(const Params& params);

// `request` identifies what is listed, for instance all filters in one text.
std::string page_token(std::string_view request, Position position);
// nullopt without a pageToken; throws ApiError for one that is damaged or belongs to another request.
std::optional<Position> page_position(const Params& params, std::string_view request);

}  // namespace mailmgr::sandbox::gmail
