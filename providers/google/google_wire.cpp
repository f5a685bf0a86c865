#include "providers/google/google_wire.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/google/google_colors.h"
#include "providers/json_text.h"

namespace mailmgr::google {
namespace {

using nlohmann::json;

constexpr std::int64_t kYear10000 = 253402300800000;  // ms; later dates could not be written in four-digit years

// UNREAD, STARRED and CHAT are marks, not places.
bool is_mark(std::string_view label) {
  return label == "UNREAD" || label == "STARRED" || label == "CHAT";
}

std::vector<std::string> label_ids(const JsonText& text, const json& node) {
  std::vector<std::string> ids;
  for (const auto& label : JsonText::array_at(node, "labelIds")) {
    if (auto id = text.view(label); !id.empty()) ids.emplace_back(id);
  }
  return ids;
}

bool holds(const std::vector<std::string>& labels, std::string_view wanted) {
  return std::find(labels.begin(), labels.end(), wanted) != labels.end();
}

std::vector<FolderId> places(const std::vector<std::string>& labels) {
  std::vector<FolderId> result;
  for (const auto& label : labels) {
    if (!is_mark(label)) result.emplace_back(label);
  }
  return result;
}

MarksPatch whole_marks(const std::vector<std::string>& labels) {
  MarksPatch marks;
  marks.unread = holds(labels, "UNREAD");
  marks.starred = holds(labels, "STARRED");
  marks.draft = holds(labels, "DRAFT");
  marks.labels = places(labels);
  marks.complete = true;
  return marks;
}

MarksPatch difference(const std::vector<std::string>& labels, bool added) {
  MarksPatch marks;
  if (holds(labels, "UNREAD")) marks.unread = added;
  if (holds(labels, "STARRED")) marks.starred = added;
  if (holds(labels, "DRAFT")) marks.draft = added;
  (added ? marks.add : marks.remove) = places(labels);
  return marks;
}

// Appends the changes of one of a history record's four lists, read by `marks_of` (the entry, its message's labels).
template <class MarksOf>
void read_changes(const JsonText& text, const json& record, const char* list, Presence presence, MarksOf marks_of,
                  std::vector<Change>& changes) {
  for (const auto& entry : JsonText::array_at(record, list)) {
    const auto& message = JsonText::at(entry, "message");
    Change change;
    change.id = RemoteId(text.string_at(message, "id"));
    if (change.id.value.empty() || holds(label_ids(text, message), "CHAT")) continue;
    change.presence = presence;
    change.thread = ThreadId(text.string_at(message, "threadId"));
    change.marks = marks_of(entry, message);
    if (presence == Presence::present && change.marks.empty() && std::string_view(list) != "messagesAdded") continue;
    changes.push_back(std::move(change));
  }
}

Folder::Kind kind_of(std::string_view id, std::string_view type) {
  if (type == "user") return Folder::Kind::label;
  for (const auto folder : {"INBOX", "SENT", "DRAFT", "TRASH", "SPAM"}) {
    if (id == folder) return Folder::Kind::folder;
  }
  return Folder::Kind::system;
}

Role role_of(std::string_view id) {
  if (id == "INBOX") return Role::inbox;
  if (id == "SENT") return Role::sent;
  if (id == "DRAFT") return Role::drafts;
  if (id == "TRASH") return Role::trash;
  if (id == "SPAM") return Role::spam;
  return Role::none;
}

Error unexpected(std::string_view what) {
  return {Code::try_later, "the answer has no " + std::string(what), "run the same command again"};
}

// Nothing for what is no label of ours to show, and a mark.
std::optional<Folder> label_of(const JsonText& text, const json& label) {
  Folder folder;
  folder.id = FolderId(text.string_at(label, "id"));
  folder.path = text.string_at(label, "name");
  if (folder.id.value.empty() || is_mark(folder.id.value)) return std::nullopt;
  folder.kind = kind_of(folder.id.value, text.string_at(label, "type"));
  if (folder.kind != Folder::Kind::label) folder.role = role_of(folder.id.value);
  if (folder.path.empty()) folder.path = folder.id.value;
  folder.color = text.string_at(JsonText::at(label, "color"), "backgroundColor").substr(0, 16);
  return folder;
}

json draft_json(const std::optional<ThreadId>& thread) {
  json message = json::object();
  if (thread && !thread->value.empty()) message["threadId"] = to_valid_utf8(thread->value);
  return {{"message", std::move(message)}};
}

QueryParams headers_of(const JsonText& text, const json& message) {
  QueryParams headers;
  for (const auto& header : JsonText::array_at(JsonText::at(message, "payload"), "headers")) {
    headers.emplace_back(text.string_at(header, "name"), text.string_at(header, "value"));
  }
  return headers;
}

}  // namespace

bool is_history_id(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<ProfileReply> read_profile(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  ProfileReply reply{text->string_at(text->root(), "emailAddress"), text->string_at(text->root(), "historyId"),
                     JsonText::count_at(text->root(), "messagesTotal")};
  if (reply.email.empty()) return unexpected("address of the mailbox");
  if (!is_history_id(reply.history_id)) return unexpected("history id");
  return reply;
}

Result<std::vector<Folder>> read_labels(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  std::vector<Folder> folders;
  for (const auto& label : JsonText::array_at(text->root(), "labels")) {
    if (auto folder = label_of(*text, label)) folders.push_back(*std::move(folder));
  }
  if (folders.empty()) return unexpected("labels");
  return folders;
}

Result<Folder> read_label(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  auto label = label_of(*text, text->root());
  if (!label) return unexpected("label");
  return *std::move(label);
}

Result<HistoryReply> read_history(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  HistoryReply reply;
  for (const auto& record : JsonText::array_at(text->root(), "history")) {
    const auto added = [&](const json&, const json& message) {
      return JsonText::at(message, "labelIds").is_array() ? whole_marks(label_ids(*text, message)) : MarksPatch();
    };
    const auto none = [](const json&, const json&) { return MarksPatch(); };
    const auto labelled = [&](const json& entry, const json&) { return difference(label_ids(*text, entry), true); };
    const auto unlabelled = [&](const json& entry, const json&) { return difference(label_ids(*text, entry), false); };
    read_changes(*text, record, "messagesAdded", Presence::present, added, reply.changes);
    read_changes(*text, record, "labelsAdded", Presence::present, labelled, reply.changes);
    read_changes(*text, record, "labelsRemoved", Presence::present, unlabelled, reply.changes);
    read_changes(*text, record, "messagesDeleted", Presence::gone, none, reply.changes);
  }
  reply.next_page_token = text->string_at(text->root(), "nextPageToken");
  reply.history_id = text->string_at(text->root(), "historyId");
  if (!is_history_id(reply.history_id)) reply.history_id.clear();
  if (reply.history_id.empty() && reply.next_page_token.empty()) return unexpected("history id");
  return reply;
}

Result<ListReply> read_list(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  if (!text->root().is_object()) return unexpected("list of messages");
  ListReply reply;
  for (const auto& message : JsonText::array_at(text->root(), "messages")) {
    auto id = text->string_at(message, "id");
    if (!id.empty()) reply.ids.emplace_back(std::move(id), text->string_at(message, "threadId"));
  }
  reply.next_page_token = text->string_at(text->root(), "nextPageToken");
  return reply;
}

Result<MessageReply> read_message(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  const auto& root = text->root();
  MessageReply reply;
  reply.id = RemoteId(text->string_at(root, "id"));
  if (reply.id.value.empty()) return unexpected("message id");
  const auto labels = label_ids(*text, root);
  reply.is_chat = holds(labels, "CHAT");
  reply.fetched.marks = whole_marks(labels);
  reply.fetched.thread = ThreadId(text->string_at(root, "threadId"));
  if (const auto millis = JsonText::int_at(root, "internalDate"); millis && *millis >= 0 && *millis < kYear10000) {
    reply.fetched.received = from_unix_millis(*millis);
  }
  reply.headers = headers_of(*text, root);
  return reply;
}

Result<DraftReply> read_draft(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  const auto& message = JsonText::at(text->root(), "message");
  DraftReply reply{text->string_at(text->root(), "id"), RemoteId(text->string_at(message, "id")),
                   ThreadId(text->string_at(message, "threadId")), headers_of(*text, message)};
  if (reply.id.empty()) return unexpected("draft id");
  return reply;
}

Result<DraftListReply> read_draft_list(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  if (!text->root().is_object()) return unexpected("list of drafts");
  DraftListReply reply{{}, text->string_at(text->root(), "nextPageToken")};
  for (const auto& node : JsonText::array_at(text->root(), "drafts")) {
    const auto& message = JsonText::at(node, "message");
    DraftReply draft{text->string_at(node, "id"),
                     RemoteId(text->string_at(message, "id")),
                     ThreadId(text->string_at(message, "threadId")),
                     {}};
    if (!draft.id.empty() && !draft.message.value.empty()) reply.drafts.push_back(std::move(draft));
  }
  return reply;
}

Result<std::vector<SendingIdentity>> read_send_as(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  if (!text->root().is_object()) return unexpected("list of sending addresses");
  std::vector<SendingIdentity> identities;
  for (const auto& node : JsonText::array_at(text->root(), "sendAs")) {
    SendingIdentity identity{.email = text->string_at(node, "sendAsEmail"),
                             .name = text->string_at(node, "displayName"),
                             .reply_to = text->string_at(node, "replyToAddress"),
                             .is_primary = JsonText::bool_at(node, "isPrimary").value_or(false),
                             .is_default = JsonText::bool_at(node, "isDefault").value_or(false),
                             .signature_html = text->string_at(node, "signature")};
    if (identity.email.empty()) continue;
    // The primary address has no verificationStatus; of the others only "accepted" ones are sent from.
    const bool accepted = identity.is_primary || text->string_at(node, "verificationStatus") == "accepted";
    identity.state = accepted ? IdentityState::usable : IdentityState::pending;
    identities.push_back(std::move(identity));
  }
  std::stable_partition(identities.begin(), identities.end(), [](const auto& i) { return i.is_primary; });
  return identities;
}

std::string write_draft(std::string_view mime, const std::optional<ThreadId>& thread) {
  // Written by hand around the bytes: base64url needs no escaping, and a DOM would copy the message twice more.
  std::string body = R"({"message":{"raw":")";
  body += base64url(mime);
  body += '"';
  if (thread && !thread->value.empty()) body += R"(,"threadId":)" + json_quoted(thread->value);
  body += "}}";
  return body;
}

std::string write_draft_metadata(const std::optional<ThreadId>& thread) {
  return draft_json(thread).dump();
}

LabelEdit label_edit(const MarksPatch& wish) {
  LabelEdit edit;
  const auto flag = [&](std::optional<bool> value, const char* label) {
    if (value) (*value ? edit.add : edit.remove).emplace_back(label);
  };
  flag(wish.unread, "UNREAD");
  flag(wish.starred, "STARRED");
  for (const auto& id : wish.add) edit.add.push_back(id.value);
  for (const auto& id : wish.remove) edit.remove.push_back(id.value);
  return edit;
}

std::string write_label_edit(const LabelEdit& edit, const std::vector<std::string>& ids) {
  json body = json::object();
  if (!ids.empty()) body["ids"] = ids;
  if (!edit.add.empty()) body["addLabelIds"] = edit.add;
  if (!edit.remove.empty()) body["removeLabelIds"] = edit.remove;
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string write_label(std::string_view name, std::string_view color, bool is_new) {
  json body = json::object();
  if (!name.empty()) body["name"] = name;
  // Annotated as required on creation (discovery document).
  if (is_new) body.update({{"labelListVisibility", "labelShow"}, {"messageListVisibility", "show"}});
  if (!color.empty()) body["color"] = {{"backgroundColor", color}, {"textColor", text_on(color)}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string write_draft_id(std::string_view id) {
  return R"({"id":)" + json_quoted(id) + "}";
}

}  // namespace mailmgr::google
