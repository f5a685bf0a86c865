#include "providers/made_once.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailmgr {

Error unknown_whether_made(const Error& error, std::string_view where) {
  if (error.retry_after && error.code != Code::no_answer) return error;
  Error unknown = error;
  unknown.code = Code::partial;
  unknown.message = fmt::format("{}: it may have been done all the same", error.message);
  unknown.hint = fmt::format("{}: if it is not there, run the same command again", where);
  return unknown;
}

std::optional<MailFilter> made_since(std::span<const MailFilter> before, std::vector<MailFilter> now,
                                     const MailFilter& wanted,
                                     const std::function<std::string(const MailFilter&)>& written) {
  for (auto& filter : now) {
    const bool is_old =
        std::any_of(before.begin(), before.end(), [&](const MailFilter& other) { return other.id == filter.id; });
    if (!is_old && filter.other.empty() && written(filter) == written(wanted)) return std::move(filter);
  }
  return std::nullopt;
}

}  // namespace mailmgr
