#include "cmd/message_json.h"

#include <algorithm>

#include "cmd/output/terminal.h"

namespace mailmgr {

using Json = nlohmann::ordered_json;

namespace {

std::string received(const Json& row) {
  return output::local_time(row, "received");
}

std::string sender(const Json& row) {
  const auto from = row.find("from");
  if (from == row.end() || !from->is_object()) return "";
  const std::string name = from->value("name", "");
  return name.empty() ? from->value("address", "") : name;
}

// Folders and labels together, and before them, where a narrow column has them too, the marks that are worth a glance.
std::string whereabouts(const Json& row) {
  std::string places = output::as_text(row["folders"]);
  if (!row["labels"].empty()) places += (places.empty() ? "" : ", ") + output::as_text(row["labels"]);
  std::string marks;
  if (row.value("starred", false)) marks += '*';
  if (row.value("has_attachments", false)) marks += '@';
  if (row.value("todo", false)) marks += '!';
  if (row.contains("note")) marks += '#';
  return marks.empty() ? places : marks + " " + places;
}

constexpr std::size_t kMessageMembers = 24;  // with those that message_keys() has

// An empty object that takes so many members without moving those it has, which in an ordered object are copied.
Json object(std::size_t members) {
  Json json = Json::object();
  json.get_ref<Json::object_t&>().reserve(members);
  return json;
}

std::string participants(const Json& row) {
  std::string text;
  for (const auto& person : row["participants"]) {
    const std::string name = person.value("name", "");
    text += (text.empty() ? "" : ", ") + (name.empty() ? person.value("address", "") : name);
  }
  return text;
}

}  // namespace

AccountNames::AccountNames(const std::vector<AccountRecord>& accounts) {
  for (const auto& account : accounts) names_.push_back({account.id, account.name, account.email});
}

std::string AccountNames::name(AccountId id) const {
  const auto found = std::find_if(names_.begin(), names_.end(), [&](const AccountName& n) { return n.id == id; });
  return found == names_.end() ? "" : found->name;
}

Json to_json(const Address& address) {
  Json json = object(2);
  json["name"] = address.name;
  json["address"] = address.email;
  return json;
}

Json to_json(const std::vector<Address>& addresses) {
  Json json = Json::array();
  for (const auto& address : addresses) json.push_back(to_json(address));
  return json;
}

Json to_json(const std::vector<Attachment>& attachments) {
  Json json = Json::array();
  for (const auto& attachment : attachments) {
    Json item;
    item["part"] = attachment.part;
    item["name"] = attachment.name;
    item["type"] = attachment.type;
    item["size"] = attachment.size;
    item["inline"] = attachment.is_inline;
    json.push_back(std::move(item));
  }
  return json;
}

Json headers_json(const std::vector<std::pair<std::string, std::string>>& headers) {
  Json json = Json::array();
  for (const auto& [name, value] : headers) json.push_back({{"name", name}, {"value", value}});
  return json;
}

Json to_json(const MessageRow& row, const AccountNames& names) {
  Json json = object(kMessageMembers);
  json["id"] = row.id.value;
  json["account"] = names.name(row.account);
  json["remote_id"] = row.remote_id.value;
  json["message_id"] = row.message_id;
  json["thread_id"] = row.thread.value;
  json["folders"] = row.folders;
  json["labels"] = row.labels;
  json["date"] = row.date ? Json(to_rfc3339(*row.date)) : Json(nullptr);
  json["received"] = to_rfc3339(row.received);
  json["from"] = to_json(row.from);
  json["to"] = to_json(row.to);
  json["cc"] = to_json(row.cc);
  json["subject"] = row.subject;
  json["snippet"] = row.snippet;
  json["unread"] = row.unread;
  json["starred"] = row.starred;
  json["draft"] = row.draft;
  json["todo"] = row.todo;
  if (row.todo_due) json["todo_due"] = to_rfc3339(*row.todo_due);
  if (row.note) json["note"] = *row.note;
  json["has_attachments"] = row.has_attachments;
  json["size"] = row.size;
  if (!row.damage.empty()) json["damage"] = row.damage;
  return json;
}

Json to_json(const MessageRow& row, const ParsedMessage& parsed, const AccountNames& names) {
  Json json = to_json(row, names);
  json["headers"] = headers_json(parsed.headers);
  json["body_text"] = parsed.body_text;
  if (!parsed.body_html.empty()) json["body_html"] = parsed.body_html;
  json["attachments"] = to_json(parsed.attachments);
  return json;
}

Json to_json(const ThreadRow& row, const AccountNames& names) {
  Json json;
  json["thread_id"] = row.thread.value;
  json["account"] = names.name(row.account);
  json["subject"] = row.subject;
  json["count"] = row.count;
  json["unread"] = row.unread;
  json["latest_id"] = row.latest.value;
  json["received"] = to_rfc3339(row.received);
  json["participants"] = to_json(row.participants);
  return json;
}

Json to_json(const FolderRow& row, const AccountNames& names) {
  Json json;
  json["account"] = names.name(row.account);
  json["name"] = row.folder.role == Role::none ? row.folder.path : std::string(to_string(row.folder.role));
  json["kind"] = row.folder.kind == Folder::Kind::folder  ? "folder"
                 : row.folder.kind == Folder::Kind::label ? "label"
                                                          : "system";
  json["path"] = row.folder.path;
  json["total"] = row.total;
  json["unread"] = row.unread;
  json["remote_id"] = row.folder.id.value;
  if (!row.folder.color.empty()) json["color"] = row.folder.color;
  return json;
}

std::vector<output::Column> message_columns(bool several_accounts) {
  return {{"id", "ID", 10, true},
          {"received", "DATE", 16, false, received, 1},
          {"account", several_accounts ? "ACCOUNT" : "", 24, false, nullptr, 2},
          {"from", "FROM", 24, false, sender},
          {"subject", "SUBJECT"},
          {"folders", "IN", 24, false, whereabouts, 3}};
}

std::vector<std::string> message_keys() {
  return {"id",       "account", "remote_id", "message_id", "thread_id",       "folders", "labels", "date",
          "received", "from",    "to",        "cc",         "subject",         "snippet", "unread", "starred",
          "draft",    "todo",    "todo_due",  "note",       "has_attachments", "size",    "damage"};
}

std::vector<output::Column> thread_columns(bool several_accounts) {
  return {{"latest_id", "LATEST", 10, true},
          {"received", "DATE", 16, false, received, 1},
          {"account", several_accounts ? "ACCOUNT" : "", 24, false, nullptr, 2},
          {"count", "N", 5, true},
          {"unread", "NEW", 5, true, nullptr, 3},
          {"participants", "WHO", 28, false, participants},
          {"subject", "SUBJECT"},
          {"thread_id", "", 40}};
}

}  // namespace mailmgr
