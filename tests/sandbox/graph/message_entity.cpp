// Messages as the subject of $filter and $orderby, and their extended (MAPI) properties.
#include <cctype>
#include <charconv>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/message_view.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::graph {
namespace {

constexpr std::string_view kImportance[] = {"low", "normal", "high"};
constexpr std::string_view kFlag[] = {"notFlagged", "flagged", "complete"};

Value first_address(const std::vector<mime::Address>& list, std::string_view path) {
  if (list.empty()) {
    return std::monostate{};
  }
  const auto& address = list.front();
  return path.ends_with("/address") || address.name.empty() ? address.address : address.name;
}

// PR_TRANSPORT_MESSAGE_HEADERS
std::string header_block(const Message& message) {
  auto raw = message.raw();
  raw.resize(mime::body_offset(raw));
  return raw;
}

}  // namespace

const PropertyTypes& message_properties() {
  using enum PropertyType;
  static const PropertyTypes types = {
      {"id", text},
      {"categories", collection},
      {"changeKey", text},
      {"createdDateTime", time},
      {"lastModifiedDateTime", time},
      {"bodyPreview", text},
      {"body/content", text},
      {"conversationId", text},
      {"flag/flagStatus", text},
      {"from/emailAddress/address", text},
      {"from/emailAddress/name", text},
      {"sender/emailAddress/address", text},
      {"sender/emailAddress/name", text},
      {"hasAttachments", boolean},
      {"importance", text},
      {"inferenceClassification", text},
      {"internetMessageId", text},
      {"isDeliveryReceiptRequested", boolean},
      {"isDraft", boolean},
      {"isRead", boolean},
      {"isReadReceiptRequested", boolean},
      {"parentFolderId", text},
      {"receivedDateTime", time},
      {"sentDateTime", time},
      {"subject", text},
      {"singleValueExtendedProperties", collection},
  };
  return types;
}

Value MessageEntity::value(std::string_view path) const {
  const auto& message = message_;
  if (path == "receivedDateTime") return Time64{message.received};
  if (path == "isRead") return message.read;
  if (path == "isDraft") return message.draft;
  if (path == "internetMessageId") return internet_message_id(message);
  if (path == "conversationId") return conversation_id(message.conversation);
  if (path == "id") return call_.id(message);
  if (path == "parentFolderId") return call_.box().id_of(call_.box().folder(message.folder));
  if (path == "createdDateTime") return Time64{message.created};
  if (path == "lastModifiedDateTime") return Time64{message.modified};
  if (path == "flag/flagStatus") return std::string(kFlag[static_cast<int>(message.flag)]);
  if (path == "inferenceClassification") return std::string(message.focused ? "focused" : "other");
  if (path == "changeKey") return etag_of(message);
  if (path == "importance") return std::string(kImportance[static_cast<int>(importance_of(message))]);
  if (path == "hasAttachments") return body_facts(message).has_attachments;
  if (path == "bodyPreview") return body_facts(message).preview;
  if (path == "body/content") return mime::plain_text(mime::parse_parts(message.raw()));
  const auto& facts = header_facts(message);
  if (path == "subject") return facts.subject;
  if (path == "sentDateTime") return Time64{facts.sent != 0 ? facts.sent : message.received};
  if (path == "isReadReceiptRequested") return facts.read_receipt;
  if (path == "isDeliveryReceiptRequested") return facts.delivery_receipt;
  if (path.starts_with("from/")) return first_address(facts.from, path);
  return first_address(facts.sender.empty() ? facts.from : facts.sender, path);
}

std::vector<Element> MessageEntity::elements(std::string_view path) const {
  std::vector<Element> out;
  if (path == "categories") {
    for (const auto& category : message_.categories) {
      out.push_back({{"", category}});
    }
    return out;
  }
  for (const auto& [property, value] : message_.properties) {
    out.push_back({{"id", property}, {"value", value}});
  }
  return out;
}

std::string normal_property_id(std::string_view id) {
  const auto space = id.find(' ');
  const auto type = id.substr(0, space);
  auto tag = space == std::string_view::npos ? std::string_view() : id.substr(space + 1);
  if (tag.starts_with('{')) {
    return std::string(id);  // a named property
  }
  unsigned number = 0;
  if (!tag.starts_with("0x") && !tag.starts_with("0X")) {
    fail(400, "ErrorInvalidProperty", "The property id '" + std::string(id) + "' is not of the form '{type} 0x{tag}'.");
  }
  tag.remove_prefix(2);
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), number, 16);
  if (error != std::errc() || end != tag.data() + tag.size()) {
    fail(400, "ErrorInvalidProperty", "The property id '" + std::string(id) + "' is not of the form '{type} 0x{tag}'.");
  }
  char hex_tag[16];
  const auto written = std::to_chars(hex_tag, hex_tag + sizeof hex_tag, number, 16);
  return std::string(type) + " 0x" + std::string(hex_tag, written.ptr);
}

std::optional<std::string> extended_property(const Message& message, const std::string& property) {
  if (const auto set = message.properties.find(property); set != message.properties.end()) {
    return set->second;
  }
  if (property == "Integer 0xe08") {  // PR_MESSAGE_SIZE, which counts more than the MIME
    return std::to_string(message.raw().size() + 1024);
  }
  if (property == "Integer 0xe07") {  // PR_MESSAGE_FLAGS: read, unsent
    return std::to_string((message.read ? 1 : 0) | (message.draft ? 8 : 0));
  }
  if (property == "SystemTime 0xe06") {
    return graph_time(message.received);
  }
  if (property == "SystemTime 0x39") {
    const auto sent = header_facts(message).sent;
    return graph_time(sent != 0 ? sent : message.received);
  }
  if (property == "String 0x7d") {
    return header_block(message);
  }
  if (property == "String 0x1042" || property == "String 0x1039") {
    const auto headers = mime::scan_headers(message.raw());
    const auto value = mime::find_header(headers, property.ends_with("42") ? "In-Reply-To" : "References");
    return value.empty() ? std::nullopt : std::optional(std::string(value));
  }
  return std::nullopt;
}

}  // namespace mailmgr::sandbox::graph
