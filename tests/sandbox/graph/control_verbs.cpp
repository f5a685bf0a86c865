#include "tests/sandbox/graph/control_verbs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/json_text.h"
#include "tests/sandbox/graph/messages.h"

namespace mailmgr::sandbox::graph {
namespace {

using nlohmann::json;

void allow_only(const json& args, std::initializer_list<std::string_view> names) {
  if (!args.is_object() && !args.is_null()) {
    throw std::invalid_argument("arguments must be a JSON object");
  }
  for (const auto& [name, value] : args.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw std::invalid_argument("unknown argument '" + name + "'");
    }
  }
}

std::string text_arg(const json& args, const std::string& name) {
  const auto found = args.find(name);
  if (found == args.end() || !found->is_string()) {
    throw std::invalid_argument("argument '" + name + "' is needed, as a string");
  }
  return found->get<std::string>();
}

std::string text_arg(const json& args, const std::string& name, const std::string& otherwise) {
  return args.contains(name) ? text_arg(args, name) : otherwise;
}

std::optional<bool> flag_arg(const json& args, const std::string& name) {
  const auto found = args.find(name);
  if (found == args.end() || found->is_null()) {
    return std::nullopt;
  }
  if (!found->is_boolean()) {
    throw std::invalid_argument("argument '" + name + "' must be true or false");
  }
  return found->get<bool>();
}

Message& message_arg(Mailbox& box, const json& args) {
  const auto id = text_arg(args, "id");
  try {
    return box.message_by_id(id);
  } catch (const Fault& fault) {
    throw std::invalid_argument("message '" + id + "': " + fault.message);
  }
}

Folder& folder_arg(Mailbox& box, const std::string& word, bool create) {
  Folder* folder = box.folder_by_word(word, create);
  if (folder == nullptr) {
    throw std::invalid_argument("no folder '" + word + "'");
  }
  return *folder;
}

std::string raw_arg(const json& args) {
  const auto text = text_arg(args, "raw");
  // A message has a colon in its first line; base64 never has one.
  if (text.substr(0, text.find('\n')).find(':') != std::string::npos) {
    return text;
  }
  const auto bytes = base64_decode(text);
  if (!bytes) {
    throw std::invalid_argument("argument 'raw' is neither a message nor base64");
  }
  return *bytes;
}

Time received_arg(const json& args, Time now) {
  if (!args.contains("received")) {
    return now;
  }
  if (args["received"].is_number_integer()) {
    return from_unix_millis(args["received"].get<std::int64_t>());
  }
  const auto time = from_rfc3339(text_arg(args, "received"));
  if (!time) {
    throw std::invalid_argument("argument 'received' is not an RFC 3339 time");
  }
  return *time;
}

json deliver(Account& account, const json& args, Time now) {
  allow_only(args, {"raw", "folder", "unread", "starred", "labels", "received", "type"});
  auto& box = account.box;
  auto raw = raw_arg(args);
  Folder& folder = folder_arg(box, text_arg(args, "folder", "inbox"), true);
  Message message;
  message.draft = folder.well_known == "drafts";
  const bool own = message.draft || folder.well_known == "sentitems";
  message.read = !flag_arg(args, "unread").value_or(!own);
  message.flag = flag_arg(args, "starred").value_or(false) ? FlagStatus::flagged : FlagStatus::not_flagged;
  message.received = message.created = message.modified = to_unix_seconds(received_arg(args, now));
  message.categories = args.value("labels", std::vector<std::string>());
  message.item_type = text_arg(args, "type", "");
  const auto conversation = box.conversation_for(mime::scan_headers(raw));
  Message& stored = box.add(std::move(message), folder.key);
  box.set_raw(stored, std::move(raw), conversation);
  return {{"id", box.id_of(stored, true)}};
}

json mark(Account& account, const json& args, Time now) {
  allow_only(args, {"id", "unread", "starred"});
  Message& message = message_arg(account.box, args);
  if (const auto unread = flag_arg(args, "unread")) {
    account.box.toggle_read(message, !*unread);
  }
  if (const auto starred = flag_arg(args, "starred")) {
    message.flag = *starred ? FlagStatus::flagged : FlagStatus::not_flagged;
    message.flag_dates.clear();
    account.box.changed(message, now);
  }
  return json::object();
}

json label(Account& account, const json& args, Time now, bool add) {
  allow_only(args, {"id", "label"});
  Message& message = message_arg(account.box, args);
  const auto name = text_arg(args, "label");
  std::erase(message.categories, name);
  if (add) {
    message.categories.push_back(name);
  }
  account.box.changed(message, now);
  return json::object();
}

json no_mime(Account& account, const json& args) {
  allow_only(args, {"id", "status"});
  Message& message = message_arg(account.box, args);
  const int status = args.value("status", 404);
  if (status != 0 && status != 200 && (status < 400 || status > 599)) {
    throw std::invalid_argument("argument 'status' must be 0, 200 or an error's");
  }
  message.mime_status = status;
  return json::object();
}

json message_state(const Mailbox& box, const Message& message, bool hash) {
  const auto folder = box.word_of(box.folder(message.folder));
  json state = {{"id", box.id_of(message, true)},
                {"default_id", box.id_of(message, false)},
                {"thread_id", conversation_id(message.conversation)},
                {"folder", folder},
                {"folders", {folder}},
                {"labels", message.categories},
                {"unread", !message.read},
                {"starred", message.flag == FlagStatus::flagged},
                {"draft", message.draft},
                {"message_id", to_valid_utf8(internet_message_id(message))},
                {"received", graph_time(message.received)}};
  if (hash) {
    const auto raw = message.raw();
    state["size"] = raw.size();
    state["sha256"] = hex(sha256(raw));
    state["value_sha256"] = hex(sha256(regenerated_mime(box, message)));  // of what $value gives
  }
  return state;
}

json state(Account& account, const json& args) {
  allow_only(args, {"hash"});
  auto& box = account.box;
  const bool hash = flag_arg(args, "hash").value_or(true);
  json messages = json::array();
  std::vector<std::uint32_t> keys;
  for (const auto& entry : box.by_received()) {
    keys.push_back(entry.second);
  }
  std::sort(keys.begin(), keys.end());
  for (const auto key : keys) {
    messages.push_back(message_state(box, *box.find(key), hash));
  }
  std::map<std::string, std::string> by_name;
  for (const auto& folder : box.folders()) {
    if (folder.alive && !folder.hidden && folder.key != box.root()) {
      by_name[box.word_of(folder)] = box.id_of(folder);
    }
  }
  json folders = json::array();
  for (const auto& [name, id] : by_name) {
    folders.push_back({{"id", id}, {"name", name}});
  }
  return {{"messages", messages}, {"folders", folders}};
}

json addresses(const HeaderList& headers, std::string_view name) {
  json out = json::array();
  for (const auto& address : mime::parse_addresses(mime::find_header(headers, name))) {
    out.push_back(address.address);
  }
  return out;
}

json sent(const Account& account) {
  json out = json::array();
  for (const auto& record : account.sent) {
    const auto headers = mime::scan_headers(record.raw);
    const auto from = addresses(headers, "From");
    out.push_back({{"id", record.id},
                   {"message_id", to_valid_utf8(mime::find_header(headers, "Message-ID"))},
                   {"from", from.empty() ? json("") : from.front()},
                   {"to", addresses(headers, "To")},
                   {"cc", addresses(headers, "Cc")},
                   {"bcc", addresses(headers, "Bcc")},
                   {"subject", mime::decode_header(mime::find_header(headers, "Subject"))},
                   {"raw", base64(record.raw)},
                   {"at", to_rfc3339(record.at)}});
  }
  return out;
}

json folder_verb(Account& account, std::string_view verb, const json& args) {
  auto& box = account.box;
  try {
    if (verb == "create_folder") {
      allow_only(args, {"name"});
      return {{"id", box.id_of(folder_arg(box, text_arg(args, "name"), true))}};
    }
    Folder& folder = folder_arg(box, text_arg(args, "name"), false);
    if (!folder.well_known.empty()) {
      throw std::invalid_argument("'" + folder.name + "' is not an own folder");
    }
    if (verb == "rename_folder") {
      allow_only(args, {"name", "to"});
      const auto to = text_arg(args, "to");
      box.rename_folder(folder, to.substr(to.find_last_of('/') + 1));
    } else {
      allow_only(args, {"name"});
      box.remove_folder(folder);
    }
    return json::object();
  } catch (const Fault& fault) {
    throw std::invalid_argument(fault.message);
  }
}

}  // namespace

void load_messages(Account& account, std::vector<SourceMessage> messages) {
  auto& box = account.box;
  for (auto& source : messages) {
    Folder& folder = folder_arg(box, source.folder.empty() ? "inbox" : source.folder, true);
    Message message;
    message.read = !source.unread;
    message.draft = folder.well_known == "drafts";
    message.flag = source.starred ? FlagStatus::flagged : FlagStatus::not_flagged;
    message.received = message.created = message.modified = to_unix_seconds(source.received);
    message.categories = std::move(source.labels);
    message.message_id = std::move(source.message_id);
    message.raw = std::move(source.raw);
    const auto& thread = source.thread_key.empty() ? message.message_id : source.thread_key;
    message.conversation = stable_hash(thread.empty() ? "load" + std::to_string(box.sequence()) : thread);
    box.remember_conversation(message.message_id, message.conversation);
    box.add(std::move(message), folder.key);
  }
}

nlohmann::json control_verb(Account& account, std::string_view verb, const json& args, Time now) {
  auto& box = account.box;
  if (verb == "deliver") return deliver(account, args, now);
  if (verb == "mark") return mark(account, args, now);
  if (verb == "label" || verb == "unlabel") return label(account, args, now, verb == "label");
  if (verb == "state") return state(account, args);
  if (verb.ends_with("_folder")) {
    if (verb == "create_folder" || verb == "rename_folder" || verb == "delete_folder") {
      return folder_verb(account, verb, args);
    }
  }
  if (verb == "move") {
    allow_only(args, {"id", "folder"});
    Message& message = message_arg(box, args);
    box.move(message, folder_arg(box, text_arg(args, "folder"), true).key);
    return json::object();
  }
  if (verb == "delete") {
    allow_only(args, {"id"});
    box.remove(message_arg(box, args));
    return json::object();
  }
  if (verb == "expire_cursors") {
    allow_only(args, {});
    box.expire_cursors();
    return json::object();
  }
  if (verb == "no_mime") return no_mime(account, args);
  if (verb == "add_address") {
    allow_only(args, {"email"});
    account.proxies.push_back(text_arg(args, "email"));
    return json::object();
  }
  if (verb == "send_slowly") {
    allow_only(args, {"seconds", "in"});
    const auto where = args.value("in", "outbox");
    if (where != "outbox" && where != "drafts") throw std::invalid_argument("\"in\" is outbox or drafts");
    account.send_seconds = args.value("seconds", 0);
    account.drafts_linger = where == "drafts";
    return json::object();
  }
  if (verb == "may_send_as") {
    allow_only(args, {"aliases", "others"});
    account.sends_from_proxies = flag_arg(args, "aliases").value_or(account.sends_from_proxies);
    account.others_send_as = flag_arg(args, "others").value_or(account.others_send_as);
    return json::object();
  }
  if (verb == "sent") {
    allow_only(args, {});
    return sent(account);
  }
  throw std::invalid_argument("unknown verb '" + std::string(verb) + "'");
}

}  // namespace mailmgr::sandbox::graph
