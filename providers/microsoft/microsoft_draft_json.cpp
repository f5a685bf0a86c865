#include "providers/microsoft/microsoft_draft_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/json_text.h"
#include "providers/message_headers.h"

namespace mailmgr::microsoft {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxOwnHeaders = 5;  // internetMessageHeaders
// Named after the header field; what stands there is written into the message that leaves.
constexpr std::string_view kHeaderProperty = "String {00020386-0000-0000-C000-000000000046} Name ";
constexpr std::string_view kInReplyTo = "String 0x1042";
constexpr std::string_view kReferences = "String 0x1039";

// Fields that have a property of their own here, or that whoever carries the message writes.
constexpr std::array<std::string_view, 29> kLeftOut{"from",
                                                    "sender",
                                                    "to",
                                                    "cc",
                                                    "bcc",
                                                    "reply-to",
                                                    "subject",
                                                    "date",
                                                    "message-id",
                                                    "in-reply-to",
                                                    "references",
                                                    "mime-version",
                                                    "importance",
                                                    "x-priority",
                                                    "priority",
                                                    "x-msmail-priority",
                                                    "received",
                                                    "return-path",
                                                    "delivered-to",
                                                    "dkim-signature",
                                                    "authentication-results",
                                                    "arc-seal",
                                                    "arc-message-signature",
                                                    "arc-authentication-results",
                                                    "received-spf",
                                                    "disposition-notification-to",
                                                    "return-receipt-to",
                                                    "status",
                                                    "x-status"};

bool is_left_out(std::string_view lower_name) {
  return lower_name.starts_with("content-") || lower_name.starts_with("resent-") ||
         std::find(kLeftOut.begin(), kLeftOut.end(), lower_name) != kLeftOut.end();
}

json recipients(const std::vector<Address>& addresses) {
  json list = json::array();
  for (const auto& address : addresses) {
    json email{{"address", address.email}};
    if (!address.name.empty()) email["name"] = address.name;
    list.push_back({{"emailAddress", std::move(email)}});
  }
  return list;
}

std::string_view importance_of(const QueryParams& headers) {
  const auto is = [&](std::string_view name, std::string_view start) {
    return to_lower_ascii(header_in(headers, name)).starts_with(start);
  };
  if (is("Importance", "high") || is("X-Priority", "1") || is("X-Priority", "2") || is("Priority", "urgent")) {
    return "high";
  }
  if (is("Importance", "low") || is("X-Priority", "5") || is("X-Priority", "4") || is("Priority", "non-urgent")) {
    return "low";
  }
  return "normal";
}

// The marker first, by which the message is recognised; then in their order.
QueryParams own_headers(const ParsedMessage& message) {
  QueryParams own;
  for (const auto& [name, value] : message.headers) {
    if (is_left_out(to_lower_ascii(name)) || value.empty()) continue;
    const bool is_marker = equals_ignoring_ascii_case(name, kMarkerHeader);
    own.insert(is_marker ? own.begin() : own.end(), {name, value});
  }
  return own;
}

void add_headers(json& draft, const ParsedMessage& message) {
  json native = json::array();
  json properties = json::array();
  if (!message.in_reply_to.empty()) properties.push_back({{"id", kInReplyTo}, {"value", message.in_reply_to}});
  if (!message.references.empty()) {
    properties.push_back({{"id", kReferences}, {"value", fmt::format("{}", fmt::join(message.references, " "))}});
  }
  for (const auto& [name, value] : own_headers(message)) {
    if (to_lower_ascii(name).starts_with("x-") && native.size() < kMaxOwnHeaders) {
      native.push_back({{"name", name}, {"value", value}});
    } else {
      properties.push_back({{"id", std::string(kHeaderProperty) + name}, {"value", value}});
    }
  }
  if (!native.empty()) draft["internetMessageHeaders"] = std::move(native);
  if (!properties.empty()) draft["singleValueExtendedProperties"] = std::move(properties);
}

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// A member whose name may be written in any case.
const json& member(const json& object, std::string_view name) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  for (const auto& [key, value] : object.items()) {
    if (equals_ignoring_ascii_case(key, name)) return value;
  }
  return kNothing;
}

}  // namespace

std::string write_draft_json(const ParsedMessage& message, std::string_view message_id) {
  const bool html = !message.body_html.empty();
  json draft{
      {"subject", message.subject},
      {"body", {{"contentType", html ? "html" : "text"}, {"content", html ? message.body_html : message.body_text}}},
      {"toRecipients", recipients(message.to)},
      {"ccRecipients", recipients(message.cc)},
      {"bccRecipients", recipients(message.bcc)},
      {"replyTo", recipients(message.reply_to)},
      {"importance", importance_of(message.headers)},
      {"internetMessageId", message_id}};
  if (message.from.size() == 1) draft["from"] = recipients(message.from)[0];
  if (!header_in(message.headers, "Disposition-Notification-To").empty()) draft["isReadReceiptRequested"] = true;
  if (!header_in(message.headers, "Return-Receipt-To").empty()) draft["isDeliveryReceiptRequested"] = true;
  add_headers(draft, message);
  return dumped(draft);
}

std::string write_message_id(std::string_view message_id) {
  return dumped({{"internetMessageId", message_id}});
}

std::string write_attachment(const AttachmentJson& attachment, std::string_view bytes) {
  json head{{"@odata.type", "#microsoft.graph.fileAttachment"},
            {"name", attachment.name},
            {"contentType", attachment.type},
            {"isInline", attachment.is_inline}};
  if (!attachment.content_id.empty()) head["contentId"] = attachment.content_id;
  // By hand around the bytes: base64 needs no escaping, and a DOM would copy them once more.
  auto body = dumped(head);
  body.back() = ',';
  body += R"("contentBytes":")";
  body += base64(bytes);
  body += "\"}";
  return body;
}

std::string write_upload_session(const AttachmentJson& attachment, std::uint64_t size) {
  json item{{"attachmentType", "file"},
            {"name", attachment.name},
            {"size", size},
            {"contentType", attachment.type},
            {"isInline", attachment.is_inline}};
  if (!attachment.content_id.empty()) item["contentId"] = attachment.content_id;
  return dumped({{"AttachmentItem", std::move(item)}});
}

Result<UploadState> read_upload_state(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  UploadState state;
  // The address may be long, which the document keeps in the text itself.
  state.url = to_valid_utf8(text->view(member(text->root(), "uploadUrl")));
  const auto& ranges = member(text->root(), "nextExpectedRanges");
  // "2097152", "2097152-" or "2097152-3483321".
  const auto first = ranges.is_array() && !ranges.empty() ? text->view(ranges.front()) : std::string_view();
  const auto [end, problem] = std::from_chars(first.data(), first.data() + first.size(), state.next);
  const bool is_number = problem == std::errc() && (end == first.data() + first.size() || *end == '-');
  if (!is_number) return Error{Code::try_later, "the answer does not say what has arrived", "run the command again"};
  return state;
}

}  // namespace mailmgr::microsoft
