#include "core/mail/take_apart.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/carried_parts.h"
#include "core/mail/parse.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestSentHeader = std::size_t{1} << 20;

Error whole_only(std::string_view why) {
  return {Code::too_large, fmt::format("the message cannot be sent in parts: {}", why), "send large files as a link"};
}

bool is_signed_or_encrypted(const ParsedMessage& message) {
  for (const auto& [name, value] : message.headers) {
    if (!equals_ignoring_ascii_case(name, "Content-Type")) continue;
    const auto type = to_lower_ascii(value);
    return type.starts_with("multipart/signed") || type.starts_with("multipart/encrypted") ||
           type.starts_with("application/pkcs7-mime") || type.starts_with("application/x-pkcs7-mime");
  }
  return false;
}

// What its parts are found by must be the same both times.
ParseLimits limits_of_sent(std::size_t max_text) {
  ParseLimits limits;
  limits.max_text = max_text;
  limits.max_header_bytes = kLongestSentHeader;
  return limits;
}

}  // namespace

Result<ParsedMessage> take_apart(const Blob& mime, std::size_t max_text) {
  const auto limits = limits_of_sent(max_text);
  auto message = parse_message(mime, limits);
  if (!message) return message;
  if (is_signed_or_encrypted(*message)) return whole_only("it is signed or encrypted");
  if (message->text_cut) return whole_only(fmt::format("it has more than {} bytes of text", max_text));
  if (!message->damage.empty()) return whole_only(message->damage);
  return message;
}

Status each_attachment(const Blob& mime, const ParsedMessage& message,
                       const std::function<Status(const Attachment&, OutgoingAttachment)>& sink) {
  return mail::carry_each(
      mime, message.attachments, limits_of_sent(0),
      [&](std::size_t index, OutgoingAttachment part) { return sink(message.attachments[index], std::move(part)); });
}

}  // namespace mailmgr
