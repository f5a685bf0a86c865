// users.messages: send, insert, import; and what drafts.send shares with them.
#include "tests/sandbox/gmail/compose.h"

#include <algorithm>
#include <set>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/gmail/handlers.h"
#include "tests/sandbox/gmail/render.h"
#include "tests/sandbox/mime/headers.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr std::size_t kMaxRecipients = 500;

// An address in the form the API accepts: something around one @, without spaces.
bool is_address(const std::string& address) {
  const auto at = address.find('@');
  return at != std::string::npos && at > 0 && at + 1 < address.size() &&
         address.find('@', at + 1) == std::string::npos && address.find_first_of(" \t\r\n<>") == std::string::npos;
}

std::vector<std::string> recipients(const HeaderList& headers) {
  std::vector<std::string> all;
  std::set<std::string> seen;
  for (const char* name : {"To", "Cc", "Bcc"}) {
    const auto value = mime::find_header(headers, name);
    for (const auto& address : mime::parse_addresses(value)) {
      if (!is_address(address.address)) {
        throw invalid_argument(std::string("Invalid ") + name + " header");
      }
      if (seen.insert(to_lower_ascii(address.address)).second) {
        all.push_back(address.address);
      }
    }
  }
  if (all.empty()) {
    throw invalid_argument("Recipient address required");
  }
  if (all.size() > kMaxRecipients) {
    throw invalid_argument("Too many recipients: at most 500 per message");
  }
  return all;
}

// Gmail replaces a sender that is neither the account's own address nor one of its confirmed aliases.
std::string with_sender(const std::string& raw, const HeaderList& headers, const Settings& settings) {
  const auto from = mime::parse_addresses(mime::find_header(headers, "From"));
  const SendAs* alias = from.size() == 1 ? settings.send_as(from.front().address) : nullptr;
  if (alias && !alias->pending) {
    return raw;
  }
  const SendAs& own = settings.primary();
  const std::string value = own.display_name.empty() ? own.email : '"' + own.display_name + "\" <" + own.email + ">";
  return mime::replace_header(raw, "From", value);
}

std::string new_message_id(const Mailbox& box, Time now) {
  const auto seed = box.email() + std::to_string(to_unix_millis(now)) + std::to_string(box.sent.size()) +
                    std::to_string(box.history_id());
  return "<CA" + base64url(sha256(seed)).substr(0, 40) + "@mail.gmail.com>";
}

std::vector<LabelKey> inserted_labels(const Call& call) {
  std::vector<LabelKey> keys;
  if (!call.body.contains("labelIds")) {
    return keys;
  }
  for (const auto& id : call.body.at("labelIds")) {
    const Label* label = call.box().labels().by_id(id.get<std::string>());
    // SENT may be given here, unlike to modify: mail is restored this way.
    if (!label || label->key == key_of(SystemLabel::chat) || label->key == key_of(SystemLabel::draft)) {
      throw invalid_argument("Invalid label: " + id.get<std::string>());
    }
    keys.push_back(label->key);
  }
  return keys;
}

Answer insert_with(const Call& call, std::string_view default_source) {
  if (call.params.flag("deleted")) {
    throw invalid_argument("deleted is for Google Workspace accounts with Vault only");
  }
  const auto raw = required_bytes(call, call.body);
  const auto labels = inserted_labels(call);
  const auto headers = mime::scan_headers(*raw);
  auto thread = requested_thread(call, call.body, *raw);
  thread = thread == 0 ? call.box().thread_by_references(headers) : thread;
  Time date = call.now;
  if (call.params.text("internalDateSource", default_source) == "dateHeader") {
    date = mime::parse_date_header(mime::find_header(headers, "Date")).value_or(call.now);
  }
  return {labelled_json(call.box(), add_message(call.box(), raw, date, thread, labels)), false, std::nullopt};
}

}  // namespace

Bytes message_bytes(const Call& call, const nlohmann::json& message) {
  if (call.media) {
    return call.media;
  }
  if (!message.contains("raw")) {
    return nullptr;
  }
  auto bytes = base64_decode(message.at("raw").get_ref<const std::string&>());
  if (!bytes) {
    throw invalid_value("message.raw", "TYPE_BYTES", "Base64 decoding failed");
  }
  return bytes->empty() ? nullptr : std::make_shared<const std::string>(std::move(*bytes));
}

Bytes required_bytes(const Call& call, const nlohmann::json& message) {
  auto bytes = message_bytes(call, message);
  if (!bytes || bytes->empty()) {
    throw invalid_argument("'raw' RFC822 payload message string or uploading message via /upload/* URL required");
  }
  return bytes;
}

std::uint64_t requested_thread(const Call& call, const nlohmann::json& message, const std::string& raw) {
  if (!message.contains("threadId") || message.at("threadId").get_ref<const std::string&>().empty()) {
    return 0;
  }
  const auto id = parse_id(message.at("threadId").get_ref<const std::string&>());
  if (!id) {
    throw invalid_argument("Invalid thread_id value");
  }
  if (call.box().thread(*id).empty()) {
    throw not_found();
  }
  return call.box().joins_thread(*id, mime::scan_headers(raw)) ? *id : 0;
}

const Message& add_message(Mailbox& box, Bytes raw, Time date, std::uint64_t thread, std::vector<LabelKey> labels) {
  NewMessage parts;
  const auto headers = mime::scan_headers(*raw);
  const auto ids = mime::message_ids(mime::find_header(headers, "Message-ID"));
  parts.message_id = ids.empty() ? "" : ids.front();
  parts.internal_date = date;
  parts.size = raw->size();
  parts.thread = thread;
  parts.labels = std::move(labels);
  parts.raw = [raw = std::move(raw)] { return *raw; };
  return box.add(std::move(parts));
}

const Message& send_bytes(const Call& call, const std::string& raw, std::uint64_t thread) {
  const auto headers = mime::scan_headers(raw);
  const auto to = recipients(headers);
  std::string outgoing = with_sender(raw, headers, call.account.settings);
  if (mime::find_header(headers, "Date").empty()) {
    outgoing = mime::replace_header(outgoing, "Date", mime::format_date_header(call.now));
  }
  const auto bytes = std::make_shared<const std::string>(
      mime::replace_header(outgoing, "Message-ID", new_message_id(call.box(), call.now)));
  const bool to_self = std::any_of(to.begin(), to.end(), [&](const std::string& address) {
    return equals_ignoring_ascii_case(address, call.box().email());
  });
  std::vector<LabelKey> labels = {key_of(SystemLabel::sent)};
  if (to_self) {
    labels.insert(labels.end(), {key_of(SystemLabel::inbox), key_of(SystemLabel::unread)});
  }
  const Message& message = add_message(call.box(), bytes, call.now, thread, std::move(labels));
  call.box().sent.push_back({message.id, bytes, call.now});
  const std::string delivered = call.deliver ? mime::remove_header(*bytes, "Bcc") : "";
  for (const auto& address : to) {
    if (call.deliver && !equals_ignoring_ascii_case(address, call.box().email())) {
      call.deliver(address, delivered);
    }
  }
  return message;
}

Answer send_message(const Call& call) {
  const auto raw = required_bytes(call, call.body);
  const auto thread = requested_thread(call, call.body, *raw);
  return {labelled_json(call.box(), send_bytes(call, *raw, thread)), false, std::nullopt};
}

Answer insert_message(const Call& call) {
  return insert_with(call, "receivedTime");
}

Answer import_message(const Call& call) {
  return insert_with(call, "dateHeader");
}

}  // namespace mailmgr::sandbox::gmail
