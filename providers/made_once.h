// What would be there twice if it were asked for twice (a folder, a label, a filter) is asked for once
// (ApiRequest::repeatable is false, seen_through is true). Where nothing certain is heard of it, one look at what there
// is tells whether it was made.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/retry.h"
#include "core/ports/mailbox_settings.h"

namespace mailmgr {

// What tells a person later.
inline constexpr std::string_view kFoldersThere = "mailmgr sync, then mailmgr folder list";
inline constexpr std::string_view kFiltersThere = "mailmgr filter list";

// Of what was asked for with `error` as the answer, and is not there as far as could be seen: partial, with the command
// that tells `where` it is if it was made. A server that only asks for patience has made nothing: its error stays;
// not that of a gateway (no_answer), which does not know.
Error unknown_whether_made(const Error& error, std::string_view where);

// `asked`, or where that leaves it open what `look` finds: a Result<std::optional<T>>, nullopt where it is not there.
// interrupted: before `look` came to its end; the message says that it may have been done.
template <class T, class Look>
Result<T> made_once(Result<T> asked, const Look& look, std::string_view where) {
  // What is interrupted was not sent: what is sent is seen through.
  if (asked || asked.error().code == Code::interrupted || !may_have_been_done(asked.error())) return asked;
  Result<std::optional<T>> found = look();
  if (found && *found) return **std::move(found);
  auto unknown = unknown_whether_made(asked.error(), where);
  if (!found && found.error().code == Code::interrupted) unknown.code = Code::interrupted;
  return unknown;
}

// The one of `now` that is none of `before` and says the same as `wanted`, as `written` writes them both.
std::optional<MailFilter> made_since(std::span<const MailFilter> before, std::vector<MailFilter> now,
                                     const MailFilter& wanted,
                                     const std::function<std::string(const MailFilter&)>& written);

}  // namespace mailmgr
