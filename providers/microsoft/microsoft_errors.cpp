// Microsoft Graph's error bodies (microsoft_wire.h: read_error). One table from codes to what they mean for us;
// "Microsoft Graph error responses and resource types", "Microsoft Graph throttling guidance".
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

struct Known {
  std::string_view name;
  Code code;
  std::string_view hint;
};

constexpr std::string_view kNoMailbox =
    "this account has no Exchange Online or Outlook.com mailbox; log in with one that has, or have a licence assigned";
constexpr std::string_view kNoUser =
    "check the address; if the mailbox is no more: mailmgr account disconnect NAME keeps what is stored";
constexpr std::string_view kDenied =
    "log in again with what this needs (mailmgr login --account NAME --access full), or ask the mailbox's "
    "administrator";
constexpr std::string_view kGone = "it is gone at the provider: mailmgr sync brings what is there now";
constexpr std::string_view kFull = "the mailbox is full: delete mail in it or have its quota raised";

constexpr Known kKnown[] = {
    {"SyncStateNotFound", Code::cursor_expired, ""},
    {"resyncRequired", Code::cursor_expired, ""},
    {"InvalidSyncStateData", Code::cursor_expired, ""},
    {"ErrorInvalidUser", Code::not_found, kNoUser},
    {"Request_ResourceNotFound", Code::not_found, kNoUser},
    {"MailboxNotEnabledForRESTAPI", Code::refused, kNoMailbox},
    {"ErrorMailboxNotEnabledForRESTAPI", Code::refused, kNoMailbox},
    {"MailboxNotSupportedForRESTAPI", Code::refused, kNoMailbox},
    {"ErrorAccessDenied", Code::refused, kDenied},
    {"accessDenied", Code::refused, kDenied},
    {"Authorization_RequestDenied", Code::refused, kDenied},
    {"ErrorSendAsDenied", Code::refused, "the account may not send from this address: have Send As granted for it"},
    {"ErrorQuotaExceeded", Code::refused, kFull},
    {"quotaLimitReached", Code::refused, kFull},
    {"ErrorMessageSizeExceeded", Code::too_large, ""},
    {"ErrorItemNotFound", Code::gone, kGone},
    {"itemNotFound", Code::gone, kGone},
    {"ErrorIrresolvableConflict", Code::try_later, ""},
    {"resourceModified", Code::try_later, ""},
};

const Known* find_known(std::string_view code) {
  const auto* found = std::find_if(std::begin(kKnown), std::end(kKnown),
                                   [code](const Known& known) { return equals_ignoring_ascii_case(known.name, code); });
  return found == std::end(kKnown) ? nullptr : found;
}

// The innermost known code; innerError is written both ways and may nest.
const Known* known_in(const JsonText& text, const nlohmann::json& error) {
  const Known* known = nullptr;
  const auto* level = &error;
  for (int depth = 0; depth < 8 && level->is_object(); ++depth) {
    if (const auto* found = find_known(text.string_at(*level, "code"))) known = found;
    const auto& inner = JsonText::at(*level, "innerError");
    level = inner.is_object() ? &inner : &JsonText::at(*level, "innererror");
  }
  return known;
}

}  // namespace

Error read_error(const HttpResponse& answer, Time now) {
  const auto text = JsonText::parse(answer.body);
  const Known* known = nullptr;
  std::string detail;
  if (text) {
    const auto& error = JsonText::at(text->root(), "error");
    const auto code = text->string_at(error, "code").substr(0, 100);
    const auto message = text->string_at(error, "message").substr(0, 500);
    detail = code.empty() || message.empty() ? code + message : fmt::format("{}: {}", code, message);
    known = known_in(*text, error);
  }
  auto result = error_of_answer(answer, detail, now);
  if (answer.status == 410) result.code = Code::cursor_expired;
  if (answer.status == 409 || answer.status == 412) result.code = Code::try_later;
  if (answer.status == 400 && detail.find("maximum request length") != std::string::npos) result.code = Code::too_large;
  if (known && answer.status != 401) {
    result.code = known->code;
    result.hint = known->hint;
  }
  return result;
}

}  // namespace mailmgr::microsoft
