#include "tests/sandbox/graph/message_view.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/attachments.h"
#include "tests/sandbox/graph/schema.h"

namespace mailmgr::sandbox::graph {
namespace {

namespace prop {
enum Property : unsigned {
  id,
  created,
  modified,
  change_key,
  categories,
  received,
  sent,
  has_attachments,
  internet_message_id,
  subject,
  body_preview,
  importance,
  parent_folder,
  conversation,
  conversation_index,
  delivery_receipt,
  read_receipt,
  is_read,
  is_draft,
  web_link,
  inference,
  body,
  sender,
  from,
  to,
  cc,
  bcc,
  reply_to,
  flag,
  headers,
  unique_body,
};
}  // namespace prop
using prop::Property;

// In the order in which Graph writes them; the last two only when selected.
constexpr std::array<std::string_view, 31> kNames = {"id",
                                                     "createdDateTime",
                                                     "lastModifiedDateTime",
                                                     "changeKey",
                                                     "categories",
                                                     "receivedDateTime",
                                                     "sentDateTime",
                                                     "hasAttachments",
                                                     "internetMessageId",
                                                     "subject",
                                                     "bodyPreview",
                                                     "importance",
                                                     "parentFolderId",
                                                     "conversationId",
                                                     "conversationIndex",
                                                     "isDeliveryReceiptRequested",
                                                     "isReadReceiptRequested",
                                                     "isRead",
                                                     "isDraft",
                                                     "webLink",
                                                     "inferenceClassification",
                                                     "body",
                                                     "sender",
                                                     "from",
                                                     "toRecipients",
                                                     "ccRecipients",
                                                     "bccRecipients",
                                                     "replyTo",
                                                     "flag",
                                                     "internetMessageHeaders",
                                                     "uniqueBody"};

constexpr std::uint64_t bit(Property property) {
  return std::uint64_t{1} << property;
}

constexpr std::uint64_t kDefault = (std::uint64_t{1} << prop::headers) - 1;
constexpr std::uint64_t kBodies = bit(prop::body) | bit(prop::unique_body) | bit(prop::body_preview);
constexpr std::uint64_t kFromBytes = kBodies | bit(prop::sent) | bit(prop::has_attachments) | bit(prop::subject) |
                                     bit(prop::importance) | bit(prop::delivery_receipt) | bit(prop::read_receipt) |
                                     bit(prop::sender) | bit(prop::from) | bit(prop::to) | bit(prop::cc) |
                                     bit(prop::bcc) | bit(prop::reply_to) | bit(prop::headers);

std::string change_key(const Message& message) {
  const std::string seed = std::to_string(message.key) + "." + std::to_string(message.version);
  return "CQAAABYAAAB" + base64(seed);
}

std::string_view name_of(Importance value) {
  return value == Importance::low ? "low" : value == Importance::high ? "high" : "normal";
}

void write_addresses(JsonText& out, std::string_view name, const std::vector<mime::Address>& addresses) {
  out.key(name);
  out.open('[');
  for (const auto& address : addresses) {
    write_recipient(out, address);
  }
  out.close(']');
}

void write_first(JsonText& out, std::string_view name, const std::vector<mime::Address>& addresses) {
  if (!addresses.empty()) {
    out.key(name);
    write_recipient(out, addresses.front());
  }
}

void write_flag(JsonText& out, const Message& message) {
  static constexpr std::string_view kStatus[] = {"notFlagged", "flagged", "complete"};
  out.key("flag");
  out.raw("{\"flagStatus\":\"" + std::string(kStatus[static_cast<int>(message.flag)]) + "\"" + message.flag_dates +
          "}");
}

const mime::Part* html_part(const mime::Part& part) {
  if (part.mime_type == "text/html" && !part.is_attachment()) {
    return &part;
  }
  if (part.is_multipart()) {
    for (const auto& child : part.parts) {
      if (const auto* found = html_part(child)) {
        return found;
      }
    }
  }
  return nullptr;
}

void write_body(JsonText& out, std::string_view name, const mime::Part& root, bool as_text) {
  const auto* html = as_text ? nullptr : html_part(root);
  out.key(name);
  out.open('{');
  out.field("contentType", html != nullptr ? "html" : "text");
  out.field("content", html != nullptr ? mime::text_of(*html) : mime::plain_text(root));
  out.close('}');
}

void write_headers(JsonText& out, const HeaderList& list) {
  out.key("internetMessageHeaders");
  out.open('[');
  for (const auto& [name, value] : list) {
    out.open('{');
    out.field("name", name);
    out.field("value", value);
    out.close('}');
  }
  out.close(']');
}

// The ids of "id eq 'A' or id eq 'B'", which is all that $filter can be here.
std::vector<std::string> wanted_properties(std::string_view filter) {
  std::vector<std::string> ids;
  std::size_t at = 0;
  while ((at = filter.find("id eq '", at)) != std::string_view::npos) {
    at += 7;
    const auto end = filter.find('\'', at);
    if (end == std::string_view::npos) {
      break;
    }
    ids.push_back(normal_property_id(filter.substr(at, end - at)));
    at = end;
  }
  if (ids.empty()) {
    bad_request("Expanding extended properties needs $filter=id eq '{type} {tag}'.");
  }
  return ids;
}

}  // namespace

void write_recipient(JsonText& out, const mime::Address& address) {
  out.open('{');
  out.key("emailAddress");
  out.open('{');
  out.field("name", address.name.empty() ? address.address : address.name);
  out.field("address", address.address);
  out.close('}');
  out.close('}');
}

std::string etag_of(const Message& message) {
  return "W/\"" + change_key(message) + "\"";
}

MessageView::MessageView(const Call& call, std::string_view select, std::string_view expand)
    : call_(call), select_(select), expand_(parse_expand(expand)) {
  const bool basic_only = !call.permitted({"Mail.Read", "Mail.ReadWrite"});
  for (const auto& name : split_list(select)) {
    const auto known = std::find(kNames.begin(), kNames.end(), name);
    if (known == kNames.end() && name != "*" && !has_property("message", name)) {
      bad_request("Parsing OData Select and Expand failed: Could not find a property named '" + name +
                  "' on type 'microsoft.graph.message'.");
    }
    if (known != kNames.end()) {
      wanted_ |= std::uint64_t{1} << (known - kNames.begin());
    } else if (name == "*") {
      wanted_ |= kDefault;
    }
  }
  wanted_ = select.empty() ? kDefault : wanted_ | bit(prop::id);
  for (const auto& item : expand_) {
    if (item.name != "attachments" && item.name != "singleValueExtendedProperties" &&
        item.name != "multiValueExtendedProperties" && item.name != "extensions") {
      bad_request("Parsing OData Select and Expand failed: Could not find a property named '" + item.name +
                  "' on type 'microsoft.graph.message'.");
    }
    if (basic_only) {
      access_denied();
    }
  }
  if (basic_only) {  // Mail.ReadBasic: everything but bodies, attachments and extended properties
    wanted_ &= ~kBodies;
  }
}

bool MessageView::shows_read_state() const {
  return (wanted_ & bit(prop::is_read)) != 0;
}

std::string MessageView::context_suffix() const {
  return select_.empty() ? std::string() : "(" + select_ + ")";
}

void MessageView::write(JsonText& out, const Message& message, std::string_view context) const {
  out.open('{');
  if (!context.empty()) {
    out.field("@odata.context", context);
  }
  // The kind of item stands in the bytes; a caller who wants nothing else from them is not made to wait for it.
  const bool kind_known = message.header_facts != nullptr || (wanted_ & kFromBytes) != 0;
  const bool event = kind_known && header_facts(message).is_event;
  if (event || !message.item_type.empty()) {
    out.field("@odata.type", "#microsoft.graph." + (message.item_type.empty() ? "eventMessage" : message.item_type));
  }
  out.field("@odata.etag", etag_of(message));
  write_properties(out, message);
  if (event && select_.empty()) {
    out.field("meetingMessageType", "meetingRequest");
  }
  write_content(out, message);
  write_expanded(out, message);
  out.close('}');
}

void MessageView::write_properties(JsonText& out, const Message& message) const {
  const auto has = [&](Property property) { return (wanted_ & bit(property)) != 0; };
  if (has(prop::id)) out.field("id", call_.id(message));
  if (has(prop::created)) out.field("createdDateTime", graph_time(message.created));
  if (has(prop::modified)) out.field("lastModifiedDateTime", graph_time(message.modified));
  if (has(prop::change_key)) out.field("changeKey", change_key(message));
  if (has(prop::categories)) {
    out.key("categories");
    out.open('[');
    for (const auto& category : message.categories) {
      out.text(category);
    }
    out.close(']');
  }
  if (has(prop::received)) out.field("receivedDateTime", graph_time(message.received));
  if (has(prop::sent)) {
    const auto date = header_facts(message).sent;
    out.field("sentDateTime", graph_time(date != 0 ? date : message.received));
  }
  if (has(prop::has_attachments)) out.field("hasAttachments", body_facts(message).has_attachments);
  if (has(prop::internet_message_id) && !internet_message_id(message).empty()) {
    out.field("internetMessageId", internet_message_id(message));
  }
  if (has(prop::subject)) out.field("subject", header_facts(message).subject);
  if (has(prop::body_preview)) out.field("bodyPreview", body_facts(message).preview);
  if (has(prop::importance)) out.field("importance", name_of(importance_of(message)));
  if (has(prop::parent_folder)) out.field("parentFolderId", call_.box().id_of(call_.box().folder(message.folder)));
  if (has(prop::conversation)) out.field("conversationId", conversation_id(message.conversation));
  if (has(prop::conversation_index)) {
    out.field("conversationIndex", base64("\x01\x01" + guid(message.conversation).substr(0, 20)));
  }
  if (has(prop::delivery_receipt)) out.field("isDeliveryReceiptRequested", header_facts(message).delivery_receipt);
  if (has(prop::read_receipt)) out.field("isReadReceiptRequested", header_facts(message).read_receipt);
  if (has(prop::is_read)) out.field("isRead", message.read);
  if (has(prop::is_draft)) out.field("isDraft", message.draft);
  if (has(prop::web_link)) {
    out.field("webLink", "https://outlook.office365.com/owa/?ItemID=" + percent_encode(call_.id(message)) +
                             "&exvsurl=1&viewmodel=ReadMessageItem");
  }
  if (has(prop::inference)) out.field("inferenceClassification", message.focused ? "focused" : "other");
}

void MessageView::write_content(JsonText& out, const Message& message) const {
  const auto has = [&](Property property) { return (wanted_ & bit(property)) != 0; };
  if (has(prop::body) || has(prop::unique_body)) {
    const auto root = mime::parse_parts(message.raw());
    if (has(prop::body)) write_body(out, "body", root, call_.prefer.text_body);
    if (has(prop::unique_body)) write_body(out, "uniqueBody", root, call_.prefer.text_body);
  }
  if (has(prop::sender)) {
    const auto& facts = header_facts(message);
    write_first(out, "sender", facts.sender.empty() ? facts.from : facts.sender);
  }
  if (has(prop::from)) write_first(out, "from", header_facts(message).from);
  if (has(prop::to)) write_addresses(out, "toRecipients", header_facts(message).to);
  if (has(prop::cc)) write_addresses(out, "ccRecipients", header_facts(message).cc);
  if (has(prop::bcc)) write_addresses(out, "bccRecipients", header_facts(message).bcc);
  if (has(prop::reply_to)) write_addresses(out, "replyTo", header_facts(message).reply_to);
  if (has(prop::flag)) write_flag(out, message);
  if (has(prop::headers)) write_headers(out, mime::scan_headers(message.raw()));
}

void MessageView::write_expanded(JsonText& out, const Message& message) const {
  for (const auto& item : expand_) {
    if (item.name == "attachments") {
      const auto root = mime::parse_parts(message.raw());
      out.key("attachments");
      out.open('[');
      for (const auto& info : attachments_of(message, root)) {
        write_attachment(out, call_, message, info, item.select);
      }
      out.close(']');
    } else if (item.name == "singleValueExtendedProperties") {
      bool opened = false;
      for (const auto& property : wanted_properties(item.filter)) {
        const auto value = extended_property(message, property);
        if (!value) {
          continue;
        }
        if (!opened) {
          out.key(item.name);
          out.open('[');
          opened = true;
        }
        out.open('{');
        out.field("id", property);
        out.field("value", *value);
        out.close('}');
      }
      if (opened) {
        out.close(']');
      }
    } else if (item.name == "extensions") {
      out.key(item.name);
      out.raw("[]");
    }
  }
}

void MessageView::write_read_state(JsonText& out, const Message& message) const {
  out.open('{');
  out.field("@odata.type", "#microsoft.graph.message");
  out.field("@odata.etag", etag_of(message));
  out.field("id", call_.id(message));
  out.field("isRead", message.read);
  out.field("parentFolderId", call_.box().id_of(call_.box().folder(message.folder)));
  out.close('}');
}

Response message_response(const Call& call, int status, const Message& message, std::string_view select,
                          std::string_view expand) {
  const MessageView view(call, select, expand);
  JsonText out;
  view.write(out, message, call.context("messages" + view.context_suffix() + "/$entity"));
  auto response = json_response(status, std::move(out).take());
  response.headers.emplace_back("ETag", etag_of(message));
  if (status == 201) {
    response.headers.emplace_back("Location", call.root + "/users('" + call.box().user_id() + "')/messages('" +
                                                  percent_encode(call.id(message)) + "')");
  }
  if (call.prefer.immutable_ids) {
    response.headers.emplace_back("Preference-Applied", "IdType=\"ImmutableId\"");
  }
  return response;
}

}  // namespace mailmgr::sandbox::graph
