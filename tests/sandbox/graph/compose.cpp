#include "tests/sandbox/graph/compose.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/attachments.h"
#include "tests/sandbox/graph/fault.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::graph {
namespace {

using nlohmann::json;

constexpr std::string_view kEol = "\r\n";
constexpr std::array<std::string_view, 18> kOwnHeaders = {"From",
                                                          "Sender",
                                                          "To",
                                                          "Cc",
                                                          "Bcc",
                                                          "Reply-To",
                                                          "Subject",
                                                          "Message-ID",
                                                          "In-Reply-To",
                                                          "References",
                                                          "Date",
                                                          "Importance",
                                                          "X-Priority",
                                                          "Disposition-Notification-To",
                                                          "Return-Receipt-To",
                                                          "MIME-Version",
                                                          "Content-Type",
                                                          "Content-Transfer-Encoding"};

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// RFC 2047 in words of at most 75 characters, cut between characters.
std::string encode_words(std::string_view text) {
  if (is_plain_ascii(text)) {
    return std::string(text);
  }
  constexpr std::size_t kBytes = 42;
  std::string out;
  std::string piece;
  const auto flush = [&] {
    out += out.empty() ? "" : "\r\n ";
    out += "=?utf-8?B?" + base64(piece) + "?=";
    piece.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (starts && piece.size() + 4 > kBytes) {
      flush();
    }
    piece += text[at] == '\r' || text[at] == '\n' ? ' ' : text[at];
  }
  flush();
  return out;
}

std::string one_line(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return out;
}

std::string address_list(const std::vector<mime::Address>& addresses) {
  std::string out;
  for (const auto& address : addresses) {
    out += out.empty() ? "" : ",\r\n ";
    if (address.name.empty() || address.name == address.address) {
      out += one_line(address.address);
    } else if (is_plain_ascii(address.name)) {
      std::string quoted;
      for (const char c : address.name) {
        quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
      }
      out += "\"" + quoted + "\" <" + one_line(address.address) + ">";
    } else {
      out += encode_words(address.name) + " <" + one_line(address.address) + ">";
    }
  }
  return out;
}

std::string folded_base64(std::string_view bytes) {
  const auto encoded = base64(bytes);
  std::string out;
  out.reserve(encoded.size() + encoded.size() / 38 + 4);
  for (std::size_t at = 0; at < encoded.size(); at += 76) {
    out.append(encoded, at, 76).append(kEol);
  }
  return out;
}

class Writer {
 public:
  void header(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      out_.append(name).append(": ").append(value).append(kEol);
    }
  }
  void line(std::string_view text = {}) { out_.append(text).append(kEol); }
  void block(std::string_view text) { out_ += text; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void write_text_part(Writer& out, const OutgoingText& text) {
  out.header("Content-Type", text.html ? "text/html; charset=\"utf-8\"" : "text/plain; charset=\"utf-8\"");
  out.header("Content-Transfer-Encoding", "base64");
  out.line();
  out.block(folded_base64(text.body));
}

std::string quoted_name(std::string_view name) {
  if (!is_plain_ascii(name)) {
    return "\"" + encode_words(name) + "\"";
  }
  std::string safe(name);
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return c == '"' || c == '\\'; }, '_');
  return "\"" + safe + "\"";
}

void write_attachment_part(Writer& out, const OutgoingAttachment& attachment) {
  const std::string name = quoted_name(attachment.name);
  const bool message = attachment.content_type == "message/rfc822";
  out.header("Content-Type", one_line(attachment.content_type) + (attachment.name.empty() ? "" : "; name=" + name));
  out.header("Content-Disposition", std::string(attachment.is_inline ? "inline" : "attachment") +
                                        (attachment.name.empty() ? "" : "; filename=" + name));
  if (!attachment.content_id.empty()) {
    out.header("Content-ID", "<" + one_line(attachment.content_id) + ">");
  }
  if (message) {  // RFC 2046 §5.2.1: not base64
    out.line();
    out.block(attachment.bytes);
    out.line();
    return;
  }
  out.header("Content-Transfer-Encoding", "base64");
  out.line();
  out.block(folded_base64(attachment.bytes));
}

std::vector<mime::Address> addresses_from(const json& list) {
  std::vector<mime::Address> out;
  const auto add = [&](const json& recipient) {
    const auto email = recipient.is_object() ? recipient.value("emailAddress", json::object()) : json();
    if (!email.is_object()) {
      return;
    }
    const auto text = [&](const char* name) {
      const auto found = email.find(name);
      return found != email.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    out.push_back({text("name"), text("address")});
  };
  if (list.is_array()) {
    std::for_each(list.begin(), list.end(), add);
  } else {
    add(list);
  }
  return out;
}

Importance importance_from(const std::string& word) {
  const auto lower = to_lower_ascii(word);
  return lower == "low" ? Importance::low : lower == "high" ? Importance::high : Importance::normal;
}

void apply_headers(OutgoingText& text, const json& list) {
  for (const auto& header : list) {
    const auto name = text_of(header.value("name", json()));
    if (!name.starts_with("x-") && !name.starts_with("X-")) {
      fail(400, "InvalidInternetMessageHeader",
           "The internet message header name '" + name + "' should start with 'x-' or 'X-'.");
    }
    text.extra.emplace_back(name, one_line(text_of(header.value("value", json()))));
  }
  if (list.size() > 5) {
    fail(400, "InvalidInternetMessageHeaderCollection",
         "Maximum number of headers in one message should be less than or equal to 5.");
  }
}

}  // namespace

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string compose(const OutgoingText& text) {
  Writer out;
  out.header("From", address_list(text.from));
  out.header("Sender", address_list(text.sender));
  out.header("To", address_list(text.to));
  out.header("Cc", address_list(text.cc));
  out.header("Bcc", address_list(text.bcc));
  out.header("Reply-To", address_list(text.reply_to));
  out.header("Subject", encode_words(text.subject));
  out.header("Date", text.date != 0 ? mime::format_date_header(from_unix_seconds(text.date)) : "");
  out.header("Message-ID", one_line(text.message_id));
  out.header("In-Reply-To", one_line(text.in_reply_to));
  out.header("References", one_line(text.references));
  out.header("Importance", text.importance == Importance::high  ? "high"
                           : text.importance == Importance::low ? "low"
                                                                : "");
  out.header("Disposition-Notification-To", text.read_receipt ? address_list(text.from) : "");
  out.header("Return-Receipt-To", text.delivery_receipt ? address_list(text.from) : "");
  for (const auto& [name, value] : text.extra) {
    out.header(name, encode_words(value));
  }
  out.header("MIME-Version", "1.0");
  if (text.attachments.empty()) {
    write_text_part(out, text);
    return out.take();
  }
  const std::string boundary = "_" + guid(stable_hash(text.subject + text.message_id)) + "_";
  out.header("Content-Type", "multipart/mixed; boundary=\"" + boundary + "\"");
  out.line();
  out.line("--" + boundary);
  write_text_part(out, text);
  for (const auto& attachment : text.attachments) {
    out.line("--" + boundary);
    write_attachment_part(out, attachment);
  }
  out.line("--" + boundary + "--");
  return out.take();
}

OutgoingText decompose(std::string_view raw) {
  OutgoingText text;
  const auto headers = mime::scan_headers(raw);
  const auto field = [&](std::string_view name) { return std::string(mime::find_header(headers, name)); };
  const auto addresses = [&](std::string_view name) { return mime::parse_addresses(field(name)); };
  text.from = addresses("From");
  text.sender = addresses("Sender");
  text.to = addresses("To");
  text.cc = addresses("Cc");
  text.bcc = addresses("Bcc");
  text.reply_to = addresses("Reply-To");
  text.subject = mime::decode_header(field("Subject"));
  text.message_id = field("Message-ID");
  text.in_reply_to = field("In-Reply-To");
  text.references = field("References");
  text.importance = importance_from(field("Importance"));
  text.read_receipt = !field("Disposition-Notification-To").empty();
  text.delivery_receipt = !field("Return-Receipt-To").empty();
  if (const auto date = mime::parse_date_header(field("Date"))) {
    text.date = to_unix_seconds(*date);
  }
  for (const auto& [name, value] : headers) {
    const bool own = std::any_of(kOwnHeaders.begin(), kOwnHeaders.end(), [&, key = std::string_view(name)](auto known) {
      return equals_ignoring_ascii_case(known, key);
    });
    if (!own) {
      text.extra.emplace_back(name, mime::decode_header(value));
    }
  }
  const auto root = mime::parse_parts(raw);
  const auto parts = mime::flatten(root);
  const auto html = std::find_if(parts.begin(), parts.end(), [](const mime::Part* part) {
    return part->mime_type == "text/html" && !part->is_attachment();
  });
  text.html = html != parts.end();
  text.body = text.html ? mime::text_of(**html) : mime::plain_text(root);
  for (const auto& info : attachments_of({}, root)) {
    text.attachments.push_back(
        {info.name, info.part->mime_type, info.part->content_id, info.is_inline, info.part->body});
  }
  return text;
}

bool names_content(const json& message) {
  static constexpr std::string_view kContent[] = {"subject",
                                                  "body",
                                                  "toRecipients",
                                                  "ccRecipients",
                                                  "bccRecipients",
                                                  "replyTo",
                                                  "from",
                                                  "sender",
                                                  "internetMessageId",
                                                  "internetMessageHeaders",
                                                  "attachments",
                                                  "isReadReceiptRequested",
                                                  "isDeliveryReceiptRequested",
                                                  "uniqueBody"};
  return std::any_of(std::begin(kContent), std::end(kContent), [&](auto name) { return message.contains(name); });
}

OutgoingAttachment attachment_from_json(const json& value) {
  OutgoingAttachment attachment;
  attachment.name = text_of(value.value("name", json()));
  attachment.content_type = text_of(value.value("contentType", json()));
  attachment.content_id = text_of(value.value("contentId", json()));
  attachment.is_inline = value.contains("isInline") && value["isInline"].is_boolean() && value["isInline"].get<bool>();
  const auto type = text_of(value.value("@odata.type", json()));
  if (type.ends_with("referenceAttachment")) {
    fail(400, "ErrorInvalidRequest", "Reference attachments cannot be created here.");
  }
  if (type.ends_with("itemAttachment")) {
    OutgoingText inner;
    apply_content(inner, value.value("item", json::object()));
    attachment.content_type = "message/rfc822";
    attachment.bytes = compose(inner);
    return attachment;
  }
  if (attachment.name.empty()) {
    fail(400, "ErrorInvalidRequest", "The attachment's name must not be empty.");
  }
  if (attachment.content_type.empty()) {
    attachment.content_type = "application/octet-stream";
  }
  attachment.bytes = base64_decode(text_of(value.value("contentBytes", json()))).value_or("");
  return attachment;
}

void apply_content(OutgoingText& text, const json& message) {
  const auto take = [&](const char* name, auto&& use) {
    if (const auto found = message.find(name); found != message.end()) {
      use(*found);
    }
  };
  take("subject", [&](const json& value) { text.subject = text_of(value); });
  take("body", [&](const json& value) {
    if (value.is_object()) {
      text.html = equals_ignoring_ascii_case(text_of(value.value("contentType", json("text"))), "html");
      text.body = text_of(value.value("content", json("")));
    }
  });
  take("toRecipients", [&](const json& value) { text.to = addresses_from(value); });
  take("ccRecipients", [&](const json& value) { text.cc = addresses_from(value); });
  take("bccRecipients", [&](const json& value) { text.bcc = addresses_from(value); });
  take("replyTo", [&](const json& value) { text.reply_to = addresses_from(value); });
  take("from", [&](const json& value) { text.from = addresses_from(value); });
  take("sender", [&](const json& value) { text.sender = addresses_from(value); });
  take("importance", [&](const json& value) { text.importance = importance_from(text_of(value)); });
  take("internetMessageId", [&](const json& value) { text.message_id = text_of(value); });
  take("isReadReceiptRequested",
       [&](const json& value) { text.read_receipt = value.is_boolean() && value.get<bool>(); });
  take("isDeliveryReceiptRequested",
       [&](const json& value) { text.delivery_receipt = value.is_boolean() && value.get<bool>(); });
  take("internetMessageHeaders", [&](const json& value) { apply_headers(text, value); });
  take("attachments", [&](const json& value) {
    for (const auto& attachment : value) {
      text.attachments.push_back(attachment_from_json(attachment));
    }
  });
}

}  // namespace mailmgr::sandbox::graph
