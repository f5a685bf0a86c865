// users.getProfile and users.history.list.
#include <algorithm>

#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/gmail/handlers.h"
#include "tests/sandbox/gmail/paging.h"

namespace mailmgr::sandbox::gmail {
namespace {

struct Wanted {
  std::vector<std::string> types;  // empty: all
  std::string label;               // id; empty: any

  bool type(std::string_view name) const {
    return types.empty() || std::find(types.begin(), types.end(), name) != types.end();
  }
  bool message(const HistoryRecord& entry) const {
    const auto has = [&](const std::vector<std::string>& ids) {
      return std::find(ids.begin(), ids.end(), label) != ids.end();
    };
    return label.empty() || has(entry.labels) || has(entry.labels_removed);
  }
};

// The record as JSON, null if nothing of it is wanted.
nlohmann::json record_json(const HistoryRecord& entry, const Wanted& wanted) {
  if (!wanted.message(entry)) {
    return nullptr;
  }
  const nlohmann::json reference = {{"id", id_text(entry.message)}, {"threadId", id_text(entry.thread)}};
  nlohmann::json message = reference;
  if (!entry.labels.empty()) {
    message["labelIds"] = entry.labels;
  }
  nlohmann::json json;
  const auto put = [&](const char* name, nlohmann::json item) {
    json[name] = nlohmann::json::array({std::move(item)});
  };
  if (entry.added && wanted.type("messageAdded")) {
    put("messagesAdded", {{"message", message}});
  }
  if (entry.deleted && wanted.type("messageDeleted")) {
    put("messagesDeleted", {{"message", message}});
  }
  if (!entry.labels_added.empty() && wanted.type("labelAdded")) {
    put("labelsAdded", {{"message", message}, {"labelIds", entry.labels_added}});
  }
  if (!entry.labels_removed.empty() && wanted.type("labelRemoved")) {
    put("labelsRemoved", {{"message", message}, {"labelIds", entry.labels_removed}});
  }
  if (!json.is_null()) {
    json["id"] = std::to_string(entry.id);
    put("messages", reference);
  }
  return json;
}

}  // namespace

Answer get_profile(const Call& call) {
  const Mailbox& box = call.box();
  return {{{"emailAddress", box.email()},
           {"messagesTotal", box.message_count()},
           {"threadsTotal", box.thread_count()},
           {"historyId", std::to_string(box.history_id())}},
          false,
          std::nullopt};
}

Answer list_history(const Call& call) {
  const Mailbox& box = call.box();
  const auto start = call.params.number("startHistoryId", 0);
  if (start == 0) {
    throw invalid_argument("Missing required parameter: startHistoryId");
  }
  if (start < box.oldest_history_id() || start > box.history_id()) {
    throw not_found();
  }
  const Wanted wanted{call.params.list("historyTypes"), call.params.text("labelId")};
  if (!wanted.label.empty() && !box.labels().by_id(wanted.label)) {
    throw invalid_argument("Invalid label: " + wanted.label);
  }
  std::string identity = "history " + std::to_string(start) + " " + wanted.label;
  for (const auto& type : wanted.types) {
    identity += "," + type;
  }
  const auto resumed = page_position(call.params, identity);
  const auto records = box.history_after(resumed ? resumed->id : start);
  // Filters act after the page is cut, so a page may hold fewer records than asked for, or none, and still have a next.
  const auto taken = std::min(records.size(), page_size(call.params));
  Answer answer;
  for (const auto& entry : records.first(taken)) {
    auto json = record_json(entry, wanted);
    if (!json.is_null()) {
      answer.body["history"].push_back(std::move(json));
    }
  }
  if (taken < records.size()) {
    answer.body["nextPageToken"] = page_token(identity, Position{Time{}, records[taken - 1].id});
  }
  answer.body["historyId"] = std::to_string(box.history_id());
  return answer;
}

}  // namespace mailmgr::sandbox::gmail
