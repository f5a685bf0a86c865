#include "tests/sandbox/gmail/render.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/mime/headers.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr std::size_t kSnippetBytes = 200;
constexpr std::string_view kAttachmentPrefix = "ANGjdJ";

std::string make_snippet(std::string_view text) {
  std::string out;
  std::size_t taken = 0;
  bool space = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
      space = taken > 0;
      continue;
    }
    const bool begins_character = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (taken >= kSnippetBytes && begins_character) {
      break;
    }
    if (space) {
      out += ' ';
      ++taken;
      space = false;
    }
    ++taken;
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

nlohmann::json headers_json(const HeaderList& headers, const std::vector<std::string>& only) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [name, value] : headers) {
    const bool wanted = only.empty() || std::any_of(only.begin(), only.end(), [&, &key = name](const std::string& one) {
                          return equals_ignoring_ascii_case(one, key);
                        });
    if (wanted) {
      list.push_back({{"name", to_valid_utf8(name)}, {"value", value}});
    }
  }
  return list;
}

// Contents come along for text without a file name; everything else is fetched by attachment id.
nlohmann::json body_json(const Mailbox& box, const mime::Part& part, std::uint64_t message) {
  nlohmann::json body = {{"size", part.body.size()}};
  if (part.is_multipart() || part.body.empty()) {
    return body;
  }
  const bool external = !part.filename.empty() || !part.mime_type.starts_with("text/");
  if (external) {
    body["attachmentId"] = attachment_id(box, message, part.id);
  } else {
    body["data"] = padded_base64url(part.body);
  }
  return body;
}

nlohmann::json part_json(const Mailbox& box, const mime::Part& part, std::uint64_t message) {
  nlohmann::json json = {{"partId", part.id},
                         {"mimeType", part.mime_type},
                         {"filename", part.filename},
                         {"headers", headers_json(part.headers, {})},
                         {"body", body_json(box, part, message)}};
  for (const auto& child : part.parts) {
    json["parts"].push_back(part_json(box, child, message));
  }
  return json;
}

nlohmann::json metadata_json(const std::string& raw, const std::vector<std::string>& only) {
  auto headers = mime::scan_headers(raw);
  const auto type = mime::find_header(headers, "Content-Type");
  auto mime_type = to_lower_ascii(type.substr(0, type.find_first_of("; \t")));
  for (auto& [name, value] : headers) {
    value = mime::decode_header(value);
  }
  nlohmann::json payload = {{"partId", ""}, {"mimeType", mime_type.empty() ? "text/plain" : mime_type}};
  auto list = headers_json(headers, only);
  if (!list.empty()) {
    payload["headers"] = std::move(list);
  }
  return payload;
}

// A byte stream from a number: hides what a token holds from those who only look.
std::string scramble(std::string_view bytes, std::string_view nonce) {
  const std::string key = sha256(std::string(nonce) + "attachment");
  std::string out(bytes);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<char>(out[i] ^ key[i % key.size()]);
  }
  return out;
}

const std::string& cached_snippet(const Message& message, const mime::Part& root) {
  if (!message.snippet) {
    message.snippet = std::make_unique<std::string>(make_snippet(mime::plain_text(root)));
  }
  return *message.snippet;
}

}  // namespace

std::string padded_base64url(std::string_view bytes) {
  std::string text = base64url(bytes);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

nlohmann::json reference_json(const Message& message) {
  return {{"id", id_text(message.id)}, {"threadId", id_text(message.thread_id)}};
}

nlohmann::json labelled_json(const Mailbox& box, const Message& message) {
  auto json = reference_json(message);
  for (const LabelKey key : message.labels) {
    json["labelIds"].push_back(box.labels().at(key).id);
  }
  return json;
}

bool metadata_only(const Call& call) {
  return std::none_of(call.method.scopes.begin(), call.method.scopes.end(), [&](const std::string& scope) {
    return !scope.ends_with("gmail.metadata") && call.session.scopes.count(scope) > 0;
  });
}

Format requested_format(const Call& call) {
  Format format{call.params.text("format", "full"), call.params.list("metadataHeaders")};
  const bool contents = format.name == "full" || format.name == "raw";
  if (contents && metadata_only(call)) {
    throw forbidden("Metadata scope doesn't allow format " + std::string(format.name == "raw" ? "RAW" : "FULL"));
  }
  return format;
}

const std::string& snippet_of(const Message& message) {
  return message.snippet ? *message.snippet : cached_snippet(message, mime::parse_parts(message.raw()));
}

nlohmann::json message_json(const Mailbox& box, const Message& message, const Format& format,
                            std::optional<std::string>& raw) {
  auto json = labelled_json(box, message);
  json["historyId"] = std::to_string(message.history_id);
  json["internalDate"] = std::to_string(to_unix_millis(message.internal_date));
  if (format.name == "minimal") {
    json["snippet"] = snippet_of(message);
    json["sizeEstimate"] = message.byte_size();
    return json;
  }
  std::string bytes = message.raw();
  json["sizeEstimate"] = bytes.size();
  if (format.name == "full" || !message.snippet) {
    const auto root = mime::parse_parts(bytes);
    cached_snippet(message, root);
    if (format.name == "full") {
      json["payload"] = part_json(box, root, message.id);
    }
  }
  json["snippet"] = snippet_of(message);
  if (format.name == "metadata") {
    json["payload"] = metadata_json(bytes, format.metadata_headers);
  } else if (format.name == "raw" && !message.has(SystemLabel::chat)) {  // a chat has no RFC 5322 form
    json["raw"] = kRawPlaceholder;
    raw = std::move(bytes);
  }
  return json;
}

std::string attachment_id(const Mailbox& box, std::uint64_t message, std::string_view part) {
  const std::string nonce = sha256(box.email() + std::to_string(++box.attachment_ids_given)).substr(0, 8);
  return std::string(kAttachmentPrefix) +
         base64url(nonce + scramble(id_text(message) + "/" + std::string(part), nonce));
}

std::string attachment_part(std::string_view token, std::uint64_t message) {
  const auto bytes =
      token.starts_with(kAttachmentPrefix) ? base64_decode(token.substr(kAttachmentPrefix.size())) : std::nullopt;
  const std::string text = bytes && bytes->size() > 8 ? scramble(bytes->substr(8), bytes->substr(0, 8)) : "";
  const std::string expected = id_text(message) + "/";
  if (!text.starts_with(expected)) {
    throw invalid_argument("Invalid attachment token");
  }
  return text.substr(expected.size());
}

}  // namespace mailmgr::sandbox::gmail
