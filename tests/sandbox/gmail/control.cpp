#include "tests/sandbox/gmail/control.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/compose.h"
#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/mime/headers.h"

namespace mailmgr::sandbox::gmail {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument(why);
}

// Refuses arguments that the verb does not have, and missing ones ("name!" is required).
void check_args(const json& args, std::initializer_list<std::string_view> names) {
  std::set<std::string, std::less<>> known;
  for (auto name : names) {
    const bool required = name.ends_with('!');
    name.remove_suffix(required ? 1 : 0);
    known.emplace(name);
    if (required && !args.contains(std::string(name))) {
      refuse("missing argument " + std::string(name));
    }
  }
  for (const auto& item : args.items()) {
    if (known.count(item.key()) == 0) {
      refuse("unknown argument " + item.key());
    }
  }
}

const Message& message_arg(const Mailbox& box, const json& args) {
  const auto id = parse_id(args.at("id").get_ref<const std::string&>());
  const Message* message = id ? box.message(*id) : nullptr;
  if (!message) {
    refuse("no message " + args.at("id").get<std::string>());
  }
  return *message;
}

LabelKey user_label(const Mailbox& box, const std::string& name) {
  const Label* label = box.labels().by_name(name);
  if (!label) {
    refuse("no folder or label " + name);
  }
  return label->key;
}

// Base64 has no colon and every header field has one.
std::string raw_arg(const json& args) {
  const auto& text = args.at("raw").get_ref<const std::string&>();
  const auto decoded = text.find(':') == std::string::npos ? base64_decode(text) : std::nullopt;
  return decoded ? *decoded : text;
}

Time time_arg(const json& value) {
  if (value.is_number_integer()) {
    return from_unix_millis(value.get<std::int64_t>());
  }
  const auto time = from_rfc3339(value.get<std::string>());
  if (!time) {
    refuse("received is no RFC 3339 time");
  }
  return *time;
}

json deliver(Account& account, const json& args, Time now) {
  check_args(args, {"raw!", "folder", "unread", "starred", "labels", "received"});
  Mailbox& box = account.box;
  const auto raw = std::make_shared<const std::string>(raw_arg(args));
  const std::string folder = args.value("folder", "inbox");
  auto labels = box.labels_for_folder(folder);
  if (args.value("unread", folder != "sent" && folder != "drafts")) {
    labels.push_back(key_of(SystemLabel::unread));
  }
  if (args.value("starred", false)) {
    labels.push_back(key_of(SystemLabel::starred));
  }
  for (const auto& name : args.value("labels", std::vector<std::string>())) {
    labels.push_back(box.ensure_label(name));
  }
  const Time received = args.contains("received") ? time_arg(args.at("received")) : now;
  const auto thread = box.thread_by_references(mime::scan_headers(*raw));
  const Message& message = add_message(box, raw, received, thread, std::move(labels));
  if (message.has(SystemLabel::draft)) {
    box.create_draft(message.id);
  }
  return {{"id", id_text(message.id)}};
}

json mark(Account& account, const json& args) {
  check_args(args, {"id!", "unread", "starred"});
  const Message& message = message_arg(account.box, args);
  std::vector<LabelKey> add;
  std::vector<LabelKey> remove;
  const auto set = [&](const char* name, SystemLabel label) {
    if (args.contains(name)) {
      (args.at(name).get<bool>() ? add : remove).push_back(key_of(label));
    }
  };
  set("unread", SystemLabel::unread);
  set("starred", SystemLabel::starred);
  account.box.change_labels(message.id, add, remove);
  return json::object();
}

json move(Account& account, const json& args) {
  check_args(args, {"id!", "folder!"});
  const auto id = message_arg(account.box, args).id;
  const std::string folder = args.at("folder");
  if (folder == "sent" || folder == "drafts") {
    refuse("Gmail cannot move mail to " + folder);
  }
  std::vector<LabelKey> add;
  if (folder == "inbox" || folder == "spam" || folder == "trash") {
    add = account.box.labels_for_folder(folder);
  } else if (folder != "archive") {
    add = {user_label(account.box, folder)};
  }
  std::vector<LabelKey> remove = {key_of(SystemLabel::inbox), key_of(SystemLabel::spam), key_of(SystemLabel::trash)};
  remove.erase(std::remove_if(remove.begin(), remove.end(),
                              [&](LabelKey key) { return std::find(add.begin(), add.end(), key) != add.end(); }),
               remove.end());
  account.box.change_labels(id, add, remove);
  return json::object();
}

json label(Account& account, const json& args, bool adds) {
  check_args(args, {"id!", "label!"});
  const auto id = message_arg(account.box, args).id;
  const std::string name = args.at("label");
  const LabelKey keys[] = {adds ? account.box.ensure_label(name) : user_label(account.box, name)};
  adds ? account.box.change_labels(id, keys, {}) : account.box.change_labels(id, {}, keys);
  return json::object();
}

json remove(Account& account, const json& args) {
  check_args(args, {"id!"});
  account.box.remove(message_arg(account.box, args).id);
  return json::object();
}

json create_folder(Account& account, const json& args) {
  check_args(args, {"name!"});
  const std::string name = args.at("name");
  account.box.labels().check_name(name);
  return {{"id", account.box.create_label(name).id}};
}

json rename_folder(Account& account, const json& args) {
  check_args(args, {"name!", "to!"});
  const auto key = user_label(account.box, args.at("name"));
  const std::string to = args.at("to");
  account.box.labels().check_name(to, key);
  account.box.rename_label(key, to);
  return json::object();
}

json delete_folder(Account& account, const json& args) {
  check_args(args, {"name!"});
  account.box.delete_label(user_label(account.box, args.at("name")));
  return json::object();
}

json expire_cursors(Account& account, const json& args) {
  check_args(args, {});
  account.box.expire_history();
  return json::object();
}

json message_state(const Mailbox& box, const Message& message) {
  constexpr std::pair<SystemLabel, std::string_view> kFolders[] = {{SystemLabel::trash, "trash"},
                                                                   {SystemLabel::spam, "spam"},
                                                                   {SystemLabel::draft, "drafts"},
                                                                   {SystemLabel::inbox, "inbox"},
                                                                   {SystemLabel::sent, "sent"}};
  json folders = json::array();
  for (const auto& [label, word] : kFolders) {
    if (message.has(label)) {
      folders.push_back(word);
    }
  }
  if (folders.empty()) {
    folders.push_back("archive");
  }
  std::vector<std::string> labels;
  for (const LabelKey key : message.labels) {
    if (!box.labels().at(key).system) {
      labels.push_back(box.labels().at(key).name);
    }
  }
  std::sort(labels.begin(), labels.end());
  const auto raw = message.raw();
  return {{"id", id_text(message.id)},
          {"thread_id", id_text(message.thread_id)},
          {"folder", folders.front()},
          {"folders", folders},
          {"labels", labels},
          {"unread", message.has(SystemLabel::unread)},
          {"starred", message.has(SystemLabel::starred)},
          {"draft", message.has(SystemLabel::draft)},
          {"message_id", message.message_id},
          {"received", to_rfc3339(message.internal_date)},
          {"size", raw.size()},
          {"sha256", hex(sha256(raw))}};
}

json state(Account& account, const json& args) {
  check_args(args, {});
  json result = {{"messages", json::array()}, {"folders", json::array()}};
  for (const Message* message : account.box.ordered()) {
    if (message->has(SystemLabel::chat)) continue;  // no mail
    result["messages"].push_back(message_state(account.box, *message));
  }
  for (const Label* one : account.box.labels().all()) {
    if (!one->system) {
      result["folders"].push_back({{"id", one->id}, {"name", one->name}});
    }
  }
  return result;
}

json addresses(const HeaderList& headers, std::string_view name) {
  json list = json::array();
  for (const auto& address : mime::parse_addresses(mime::find_header(headers, name))) {
    list.push_back(address.address);
  }
  return list;
}

json sent(Account& account, const json& args) {
  check_args(args, {});
  json list = json::array();
  for (const auto& mail : account.box.sent) {
    const auto headers = mime::scan_headers(*mail.raw);
    const auto from = addresses(headers, "From");
    list.push_back({{"id", id_text(mail.id)},
                    {"message_id", mime::find_header(headers, "Message-ID")},
                    {"from", from.empty() ? json("") : from.front()},
                    {"to", addresses(headers, "To")},
                    {"cc", addresses(headers, "Cc")},
                    {"bcc", addresses(headers, "Bcc")},
                    {"subject", mime::decode_header(mime::find_header(headers, "Subject"))},
                    {"raw", base64(*mail.raw)},
                    {"at", to_rfc3339(mail.at)}});
  }
  return list;
}

// Gmail only: an address that the user may send as, or one that is there already with other settings.
json add_send_as(Account& account, const json& args) {
  check_args(args, {"email!", "name", "reply_to", "signature", "pending"});
  const std::string email = args.at("email");
  if (SendAs* known = account.settings.send_as(email)) {
    known->display_name = args.value("name", known->display_name);
    known->reply_to = args.value("reply_to", known->reply_to);
    known->signature = args.value("signature", known->signature);
    known->pending = args.value("pending", known->pending);
    return json::object();
  }
  SendAs alias;
  alias.email = email;
  alias.pending = args.value("pending", false);
  alias.display_name = args.value("name", "");
  alias.reply_to = args.value("reply_to", "");
  alias.signature = args.value("signature", "");
  account.settings.aliases.push_back(std::move(alias));
  return json::object();
}

// Gmail only: an address that filters may pass mail on to, once its owner has confirmed it.
json add_forwarding_address(Account& account, const json& args) {
  check_args(args, {"email!", "pending"});
  account.settings.forwarding[to_lower_ascii(args.at("email").get<std::string>())] = !args.value("pending", false);
  return json::object();
}

json dispatch(Account& account, std::string_view verb, const json& args, Time now) {
  if (verb == "deliver") return deliver(account, args, now);
  if (verb == "mark") return mark(account, args);
  if (verb == "move") return move(account, args);
  if (verb == "label") return label(account, args, true);
  if (verb == "unlabel") return label(account, args, false);
  if (verb == "delete") return remove(account, args);
  if (verb == "create_folder") return create_folder(account, args);
  if (verb == "rename_folder") return rename_folder(account, args);
  if (verb == "delete_folder") return delete_folder(account, args);
  if (verb == "expire_cursors") return expire_cursors(account, args);
  if (verb == "state") return state(account, args);
  if (verb == "sent") return sent(account, args);
  if (verb == "add_forwarding_address") return add_forwarding_address(account, args);
  if (verb == "add_send_as") return add_send_as(account, args);
  refuse("unknown verb " + std::string(verb));
}

}  // namespace

json control_mailbox(Account& account, std::string_view verb, const json& args, Time now) {
  try {
    return dispatch(account, verb, args.is_null() ? json::object() : args, now);
  } catch (const ApiError& error) {
    refuse(error.what());
  } catch (const json::exception& error) {
    refuse(error.what());
  }
}

}  // namespace mailmgr::sandbox::gmail
