// Reading what Graph reports about a message out of its bytes, as little as the question needs.
#include <algorithm>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/mailbox.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::graph {
namespace {

constexpr std::size_t kPreviewCharacters = 255;  // message resource: bodyPreview

Importance importance_from(const HeaderList& headers) {
  const auto word = to_lower_ascii(mime::find_header(headers, "Importance"));
  const auto priority = mime::find_header(headers, "X-Priority");
  if (word == "high" || priority.starts_with('1') || priority.starts_with('2')) {
    return Importance::high;
  }
  if (word == "low" || priority.starts_with('4') || priority.starts_with('5')) {
    return Importance::low;
  }
  return Importance::normal;
}

// Line breaks and runs of spaces become one space; cut by characters, not bytes.
std::string preview_of(std::string_view text) {
  std::string out;
  std::size_t characters = 0;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (space && (out.empty() || out.back() == ' ')) {
      continue;
    }
    const bool continuation = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (!continuation && ++characters > kPreviewCharacters) {
      break;
    }
    out += space ? ' ' : c;
  }
  while (!out.empty() && out.back() == ' ') {
    out.pop_back();
  }
  return out;
}

}  // namespace

const HeaderFacts& header_facts(const Message& message) {
  if (message.header_facts) {
    return *message.header_facts;
  }
  const std::string raw = message.raw();
  const auto headers = mime::scan_headers(raw);
  auto facts = std::make_shared<HeaderFacts>();
  facts->subject = mime::decode_header(mime::find_header(headers, "Subject"));
  const auto addresses = [&](std::string_view name) {
    const auto value = mime::find_header(headers, name);
    return value.empty() ? std::vector<mime::Address>() : mime::parse_addresses(value);
  };
  facts->from = addresses("From");
  facts->sender = addresses("Sender");
  facts->to = addresses("To");
  facts->cc = addresses("Cc");
  facts->bcc = addresses("Bcc");
  facts->reply_to = addresses("Reply-To");
  facts->message_id = std::string(mime::find_header(headers, "Message-ID"));
  if (const auto date = mime::parse_date_header(mime::find_header(headers, "Date"))) {
    facts->sent = to_unix_seconds(*date);
  }
  facts->importance = importance_from(headers);
  facts->read_receipt = !mime::find_header(headers, "Disposition-Notification-To").empty();
  facts->delivery_receipt = !mime::find_header(headers, "Return-Receipt-To").empty();
  facts->is_event = raw.find("text/calendar") != std::string::npos &&
                    to_lower_ascii(raw).find("content-type: text/calendar") != std::string::npos;
  message.header_facts = facts;
  return *message.header_facts;
}

const BodyFacts& body_facts(const Message& message) {
  if (message.body_facts) {
    return *message.body_facts;
  }
  const auto root = mime::parse_parts(message.raw());
  auto facts = std::make_shared<BodyFacts>();
  facts->preview = preview_of(mime::plain_text(root));
  const auto parts = mime::flatten(root);
  facts->has_attachments = std::any_of(parts.begin(), parts.end(), [](const mime::Part* part) {
    return part->is_attachment() && part->disposition != "inline";
  });
  message.body_facts = facts;
  return *message.body_facts;
}

const std::string& internet_message_id(const Message& message) {
  return message.message_id.empty() ? header_facts(message).message_id : message.message_id;
}

Importance importance_of(const Message& message) {
  return message.importance ? *message.importance : header_facts(message).importance;
}

}  // namespace mailmgr::sandbox::graph
