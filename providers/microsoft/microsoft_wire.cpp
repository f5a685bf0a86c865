#include "providers/microsoft/microsoft_wire.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/message_headers.h"

namespace mailmgr::microsoft {
namespace {

using nlohmann::json;

// Only the fields that are there: items of a delta are sparse, and what is missing has not changed.
MarksPatch marks_of(const JsonText& text, const json& node) {
  MarksPatch marks;
  if (const auto is_read = JsonText::bool_at(node, "isRead")) marks.unread = !*is_read;
  if (const auto status = text.string_at(JsonText::at(node, "flag"), "flagStatus"); !status.empty()) {
    marks.starred = status == "flagged";
  }
  marks.draft = JsonText::bool_at(node, "isDraft");
  if (auto folder = text.string_at(node, "parentFolderId"); !folder.empty()) marks.folder = FolderId(std::move(folder));
  if (const auto& categories = JsonText::at(node, "categories"); categories.is_array()) {
    std::vector<FolderId> labels;
    for (const auto& category : categories) {
      if (auto name = text.view(category); !name.empty()) labels.emplace_back(std::string(name));
    }
    marks.labels = std::move(labels);
  }
  marks.complete = marks.unread && marks.starred && marks.draft && marks.folder && marks.labels;
  return marks;
}

std::optional<Time> received(const JsonText& text, const json& node) {
  return from_rfc3339(text.string_at(node, "receivedDateTime"));
}

std::optional<Time> created(const JsonText& text, const json& node) {
  return from_rfc3339(text.string_at(node, "createdDateTime"));
}

Error unexpected(std::string_view what) {
  return {Code::try_later, "the answer has no " + std::string(what), "run the same command again"};
}

}  // namespace

Result<Profile> read_me(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  Profile profile{text->string_at(text->root(), "mail"), text->string_at(text->root(), "displayName")};
  if (profile.email.empty()) profile.email = text->string_at(text->root(), "userPrincipalName");
  if (profile.email.empty()) return unexpected("address of the mailbox");
  return profile;
}

Result<std::vector<SendingIdentity>> read_addresses(std::string_view body) {
  auto profile = read_me(body);
  if (!profile) return profile.error();
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  std::vector<SendingIdentity> identities{
      {.email = profile->email, .name = profile->name, .is_primary = true, .is_default = true}};
  for (const auto& node : JsonText::array_at(text->root(), "proxyAddresses")) {
    // "SMTP:" marks the primary address, "smtp:" the others; "x500:", "SIP:" and the like are no mail addresses.
    const auto entry = text->view(node);
    constexpr std::string_view kMail = "smtp:";
    if (!equals_ignoring_ascii_case(entry.substr(0, kMail.size()), kMail)) continue;
    const auto email = entry.substr(kMail.size());
    const bool known = std::any_of(identities.begin(), identities.end(),
                                   [&](const auto& i) { return equals_ignoring_ascii_case(i.email, email); });
    if (known || email.empty()) continue;
    identities.push_back({.email = std::string(email), .name = profile->name, .state = IdentityState::unproven});
  }
  return identities;
}

FolderList read_folders(const JsonText& text, const json& node) {
  FolderList list;
  for (const auto& folder : JsonText::array_at(node, "value")) {
    if (text.string_at(folder, "@odata.type") == "#microsoft.graph.mailSearchFolder") continue;
    FolderEntry entry{FolderId(text.string_at(folder, "id")), text.string_at(folder, "displayName"),
                      JsonText::int_at(folder, "childFolderCount").value_or(0) > 0,
                      JsonText::count_at(folder, "totalItemCount")};
    if (entry.id.value.empty()) continue;
    if (entry.name.empty()) entry.name = entry.id.value;
    list.folders.push_back(std::move(entry));
  }
  list.next_link = text.string_at(node, "@odata.nextLink");
  return list;
}

FolderId read_folder_id(const JsonText& text, const json& node) {
  return FolderId(text.string_at(node, "id"));
}

CategoryList read_categories(const JsonText& text, const json& node) {
  CategoryList list;
  for (const auto& entry : JsonText::array_at(node, "value")) {
    Category category{text.string_at(entry, "id"), text.string_at(entry, "displayName"),
                      text.string_at(entry, "color").substr(0, 16)};
    if (to_lower_ascii(category.color) == "none") category.color.clear();
    if (!category.id.empty() && !category.name.empty()) list.categories.push_back(std::move(category));
  }
  list.next_link = text.string_at(node, "@odata.nextLink");
  return list;
}

Result<CategoryList> read_categories(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  if (!JsonText::at(text->root(), "value").is_array()) return unexpected("list of categories");
  return read_categories(*text, text->root());
}

Result<Category> read_category(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  Category category{text->string_at(text->root(), "id"), text->string_at(text->root(), "displayName"),
                    text->string_at(text->root(), "color").substr(0, 16)};
  if (to_lower_ascii(category.color) == "none") category.color.clear();
  if (category.name.empty()) return unexpected("category");
  return category;
}

Result<FolderEntry> read_folder(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  FolderEntry entry{FolderId(text->string_at(text->root(), "id")), text->string_at(text->root(), "displayName"), false,
                    JsonText::count_at(text->root(), "totalItemCount")};
  if (entry.id.value.empty()) return unexpected("folder");
  return entry;
}

DeltaReply read_delta(const JsonText& text, const json& node) {
  DeltaReply reply;
  for (const auto& item : JsonText::array_at(node, "value")) {
    Change change;
    change.id = RemoteId(text.string_at(item, "id"));
    if (change.id.value.empty()) continue;
    if (!JsonText::at(item, "@removed").is_null()) {
      // "changed" and "deleted" both only mean that it left this folder.
      change.presence = Presence::left_stream;
    } else {
      change.marks = marks_of(text, item);
      change.thread = ThreadId(text.string_at(item, "conversationId"));
      change.received = received(text, item);
    }
    reply.changes.push_back(std::move(change));
  }
  reply.next_link = text.string_at(node, "@odata.nextLink");
  reply.delta_link = text.string_at(node, "@odata.deltaLink");
  return reply;
}

Result<ListReply> read_list(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  if (!JsonText::at(text->root(), "value").is_array()) return unexpected("list of messages");
  ListReply reply;
  for (const auto& message : JsonText::array_at(text->root(), "value")) {
    auto id = text->string_at(message, "id");
    if (!id.empty()) reply.ids.emplace_back(std::move(id), text->string_at(message, "conversationId"));
  }
  reply.next_link = text->string_at(text->root(), "@odata.nextLink");
  return reply;
}

Fetched read_marks(const JsonText& text, const json& node) {
  Fetched fetched;
  fetched.marks = marks_of(text, node);
  fetched.thread = ThreadId(text.string_at(node, "conversationId"));
  fetched.received = received(text, node);
  return fetched;
}

Result<Fetched> read_marks(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  if (text->string_at(text->root(), "id").empty()) return unexpected("message id");
  return read_marks(*text, text->root());
}

std::string read_etag(const JsonText& text, const json& node) {
  return text.string_at(node, "@odata.etag");
}

std::string write_marks(const MarksPatch& wish, const std::optional<std::vector<FolderId>>& categories) {
  json body = json::object();
  if (wish.unread) body["isRead"] = !*wish.unread;
  if (wish.starred) body["flag"] = {{"flagStatus", *wish.starred ? "flagged" : "notFlagged"}};
  if (categories) {
    body["categories"] = json::array();
    for (const auto& category : *categories) body["categories"].push_back(category.value);
  }
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string write_destination(const FolderId& folder) {
  return R"({"destinationId":)" + json_quoted(folder.value) + "}";
}

std::string write_folder(std::string_view name) {
  return R"({"displayName":)" + json_quoted(name) + "}";
}

std::string write_category(std::string_view name, std::string_view color) {
  json body = json::object();
  if (!name.empty()) body["displayName"] = name;
  if (!color.empty()) body["color"] = color;
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<DraftReply> read_draft(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  DraftReply reply{text->string_at(text->root(), "id"), created(*text, text->root())};
  if (reply.id.empty()) return unexpected("draft id");
  return reply;
}

SentEntry read_sent_entry(const JsonText& text, const json& message) {
  std::string marker;
  for (const auto& header : JsonText::array_at(message, "internetMessageHeaders")) {
    if (equals_ignoring_ascii_case(text.string_at(header, "name"), kMarkerHeader)) {
      marker = text.string_at(header, "value");
    }
  }
  return {JsonText::bool_at(message, "isDraft").value_or(true),
          FolderId(text.string_at(message, "parentFolderId")),
          text.string_at(message, "id"),
          created(text, message),
          received(text, message),
          std::move(marker)};
}

std::vector<SentEntry> read_sent(const JsonText& text, const json& node) {
  std::vector<SentEntry> entries;
  for (const auto& message : JsonText::array_at(node, "value")) entries.push_back(read_sent_entry(text, message));
  return entries;
}

Result<std::vector<SentEntry>> read_sent_list(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  return read_sent(*text, text->root());
}

Result<SentEntry> read_sent_one(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  return read_sent_entry(*text, text->root());
}

}  // namespace mailmgr::microsoft
