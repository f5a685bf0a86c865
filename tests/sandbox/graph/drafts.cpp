#include "tests/sandbox/graph/drafts.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/attachments.h"
#include "tests/sandbox/graph/compose.h"
#include "tests/sandbox/graph/message_view.h"
#include "tests/sandbox/graph/schema.h"

namespace mailmgr::sandbox::graph {
namespace {

using nlohmann::json;

std::string new_message_id(Call& call) {
  return "<" + guid(stable_hash(call.box().email() + std::to_string(++call.world.counter)) ^ call.box().sequence()) +
         "@sandbox.prod.outlook.com>";
}

OutgoingText blank(Call& call) {
  OutgoingText text;
  text.from = {{"", call.box().email()}};
  text.message_id = new_message_id(call);
  text.date = to_unix_seconds(call.now);
  return text;
}

void set_flag(Message& message, const json& flag) {
  const auto status = to_lower_ascii(text_of(flag.value("flagStatus", json("notFlagged"))));
  message.flag = status == "flagged"    ? FlagStatus::flagged
                 : status == "complete" ? FlagStatus::complete
                                        : FlagStatus::not_flagged;
  message.flag_dates.clear();
  for (const auto* name : {"startDateTime", "dueDateTime", "completedDateTime"}) {
    if (const auto date = flag.find(name); date != flag.end() && date->is_object()) {
      message.flag_dates += ",\"" + std::string(name) + "\":" + date->dump();
    }
  }
}

void set_properties(Message& message, const json& list) {
  for (const auto& property : list) {
    message.properties[normal_property_id(text_of(property.value("id", json())))] =
        text_of(property.value("value", json()));
  }
}

// PS_INTERNET_HEADERS: named properties that become header fields of what is sent ([MS-OXCMAIL]).
constexpr std::string_view kInternetHeader = "String {00020386-0000-0000-C000-000000000046} Name ";

// Extended properties with a meaning of their own when a message is created ("PidTagMessageFlags" and so on): the way
// to import mail that is no draft.
void apply_meaningful(Message& message, OutgoingText& text, const json& body) {
  if (!body.contains("singleValueExtendedProperties")) {
    return;
  }
  for (const auto& property : body["singleValueExtendedProperties"]) {
    const auto id = normal_property_id(text_of(property.value("id", json())));
    const auto value = text_of(property.value("value", json()));
    std::int64_t seconds = 0;
    if (id == "Integer 0xe07") {
      int flags = 0;
      std::from_chars(value.data(), value.data() + value.size(), flags);
      message.draft = (flags & 8) != 0;
      message.read = (flags & 1) != 0;
    } else if (id == "SystemTime 0xe06" && parse_time_literal(value, seconds)) {
      message.received = seconds;
    } else if (id == "SystemTime 0x39" && parse_time_literal(value, seconds)) {
      text.date = seconds;
    } else if (id == "String 0x1042") {
      text.in_reply_to = value;
    } else if (id == "String 0x1039") {
      text.references = value;
    } else if (id.starts_with(kInternetHeader)) {
      text.extra.emplace_back(id.substr(kInternetHeader.size()), value);
    }
  }
}

Message& add_draft(Call& call, Message message, std::string raw, const Folder& folder) {
  message.created = message.modified = to_unix_seconds(call.now);
  const auto conversation = call.box().conversation_for(mime::scan_headers(raw));
  Message& stored = call.box().add(std::move(message), folder.key);
  call.box().set_raw(stored, std::move(raw), conversation);
  return stored;
}

Message new_draft(const Call& call) {
  Message message;
  message.draft = true;
  message.read = true;
  message.received = to_unix_seconds(call.now);
  return message;
}

}  // namespace

std::string completed(Call& call, std::string raw) {
  const auto headers = mime::scan_headers(raw);
  std::string front;
  if (mime::find_header(headers, "From").empty()) {
    front += "From: " + call.box().email() + "\r\n";
  }
  if (mime::find_header(headers, "Message-ID").empty()) {
    front += "Message-ID: " + new_message_id(call) + "\r\n";
  }
  return front + raw;
}

Message& store_draft(Call& call, std::string raw, const Folder& folder) {
  return add_draft(call, new_draft(call), completed(call, std::move(raw)), folder);
}

Response create_draft(Call& call, const Folder& folder) {
  call.require({"Mail.ReadWrite"});
  if (call.has_mime_body()) {
    return message_response(call, 201, store_draft(call, call.mime_body(), folder));
  }
  const auto body = parse_object(call.json_body());
  check_object(body, "message");
  auto text = blank(call);
  apply_content(text, body);
  Message message = new_draft(call);
  apply_meaningful(message, text, body);
  if (body.contains("isRead") && body["isRead"].is_boolean()) {
    message.read = body["isRead"].get<bool>();
  }
  Message& stored = add_draft(call, std::move(message), compose(text), folder);
  auto marks = body;
  marks.erase("isRead");
  apply_marks(call, stored, marks);
  return message_response(call, 201, stored);
}

void apply_marks(Call& call, Message& message, const json& patch) {
  bool other = false;
  const auto take = [&](const char* name, auto&& use) {
    if (const auto found = patch.find(name); found != patch.end() && !found->is_null()) {
      use(*found);
      other = true;
    }
  };
  take("flag", [&](const json& value) { set_flag(message, value); });
  take("categories", [&](const json& value) { message.categories = value.get<std::vector<std::string>>(); });
  take("importance", [&](const json& value) {
    const auto word = to_lower_ascii(text_of(value));
    message.importance = word == "low" ? Importance::low : word == "high" ? Importance::high : Importance::normal;
  });
  take("inferenceClassification",
       [&](const json& value) { message.focused = equals_ignoring_ascii_case(text_of(value), "focused"); });
  take("singleValueExtendedProperties", [&](const json& value) { set_properties(message, value); });
  if (const auto read = patch.find("isRead"); read != patch.end() && read->is_boolean()) {
    call.box().toggle_read(message, read->get<bool>());
  }
  if (other) {
    call.box().changed(message, call.now);
  }
}

void apply_draft_content(Call& call, Message& message, const json& patch) {
  auto text = decompose(message.raw());
  apply_content(text, patch);
  call.box().set_raw(message, compose(text));
  call.box().changed(message, call.now);
}

Response replace_mime(Call& call, Message& message) {
  call.require({"Mail.ReadWrite"});
  if (!message.draft) {
    fail(400, "ErrorInvalidPropertySet", "The MIME content of a sent or received message cannot be changed.");
  }
  if (!call.has_mime_body()) {
    fail(400, "ErrorMimeContentInvalidBase64String", "The MIME content must be sent as text/plain in base64.");
  }
  message.attachment_numbers.clear();
  call.box().set_raw(message, completed(call, call.mime_body()));
  call.box().changed(message, call.now);
  return message_response(call, 200, message);
}

std::uint16_t add_attachment(Mailbox& box, Message& draft, OutgoingAttachment attachment, Time now) {
  auto text = decompose(draft.raw());
  if (draft.attachment_numbers.empty()) {
    for (std::size_t at = 0; at < text.attachments.size(); ++at) {
      draft.attachment_numbers.push_back(static_cast<std::uint16_t>(at + 1));
    }
  }
  draft.last_attachment = std::max(draft.last_attachment, static_cast<std::uint16_t>(text.attachments.size()));
  draft.attachment_numbers.push_back(++draft.last_attachment);
  text.attachments.push_back(std::move(attachment));
  box.set_raw(draft, compose(text));
  box.changed(draft, now);
  return draft.last_attachment;
}

void remove_attachment(Mailbox& box, Message& draft, std::uint16_t number, Time now) {
  auto text = decompose(draft.raw());
  const auto root = mime::parse_parts(draft.raw());
  const auto all = attachments_of(draft, root);
  draft.attachment_numbers.clear();
  std::vector<OutgoingAttachment> kept;
  for (std::size_t at = 0; at < all.size(); ++at) {
    draft.last_attachment = std::max(draft.last_attachment, all[at].number);
    if (all[at].number != number) {
      draft.attachment_numbers.push_back(all[at].number);
      kept.push_back(std::move(text.attachments[at]));
    }
  }
  text.attachments = std::move(kept);
  box.set_raw(draft, compose(text));
  box.changed(draft, now);
}

}  // namespace mailmgr::sandbox::graph
