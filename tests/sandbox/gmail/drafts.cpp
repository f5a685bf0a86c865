// users.drafts: list, get, create, update, delete, send.
#include "core/base/encoding.h"
#include "tests/sandbox/gmail/compose.h"
#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/gmail/handlers.h"
#include "tests/sandbox/gmail/paging.h"
#include "tests/sandbox/gmail/query.h"
#include "tests/sandbox/gmail/render.h"

namespace mailmgr::sandbox::gmail {
namespace {

const Draft& draft_by_id(const Call& call, const std::string& id) {
  const Draft* draft = call.box().draft(id);
  if (!draft) {
    throw not_found();
  }
  return *draft;
}

nlohmann::json draft_json(const Mailbox& box, const Draft& draft) {
  return {{"id", draft.id}, {"message", labelled_json(box, *box.message(draft.message))}};
}

nlohmann::json message_of(const Call& call) {
  auto message = call.body.value("message", nlohmann::json::object());
  if (message.contains("labelIds")) {
    for (const auto& label : message["labelIds"]) {
      if (label != "DRAFT") {
        throw invalid_argument("Invalid label: " + label.get<std::string>());  // drafts take no labels
      }
    }
  }
  return message;
}

// Puts new contents into a draft: Gmail makes a new message of it, the old one is deleted. Without a threadId the draft
// leaves a thread it shared, but keeps one it had to itself.
void replace_contents(const Call& call, const std::string& id, const nlohmann::json& message, Bytes raw) {
  Mailbox& box = call.box();
  const Draft draft = draft_by_id(call, id);
  const auto old_thread = box.message(draft.message)->thread_id;
  auto thread = requested_thread(call, message, *raw);
  const bool alone = box.thread(old_thread).size() == 1;
  const bool asks_for_own = message.contains("threadId") && message.at("threadId") == id_text(old_thread);
  if (thread == 0 && alone && (asks_for_own || !message.contains("threadId"))) {
    thread = old_thread;
  }
  const Message& made = add_message(box, std::move(raw), call.now, thread, {key_of(SystemLabel::draft)});
  box.set_draft_message(id, made.id);
  box.remove(draft.message);
}

}  // namespace

Answer list_drafts(const Call& call) {
  const Query query(call.params.text("q"), call.now);
  const bool all = call.params.flag("includeSpamTrash") || query.reaches_spam_and_trash();
  const std::string identity = "drafts " + std::string(all ? "all " : "") + call.params.text("q");
  const auto limit = page_size(call.params);
  const auto after = page_position(call.params, identity);
  Answer answer;
  nlohmann::json list = nlohmann::json::array();
  Position last;
  for (const Draft* draft : call.box().drafts()) {
    const Message& message = *call.box().message(draft->message);
    const bool seen = after && (message.internal_date > after->date ||
                                (message.internal_date == after->date && message.id >= after->id));
    const bool hidden = !all && (message.has(SystemLabel::trash) || message.has(SystemLabel::spam));
    if (seen || hidden || !query.matches(message, call.box().labels())) {
      continue;
    }
    if (list.size() == limit) {
      answer.body["nextPageToken"] = page_token(identity, last);
      break;
    }
    list.push_back({{"id", draft->id}, {"message", reference_json(message)}});
    last = Position{message.internal_date, message.id};
  }
  answer.body["resultSizeEstimate"] = list.size();
  if (!list.empty()) {
    answer.body["drafts"] = std::move(list);
  }
  return answer;
}

Answer get_draft(const Call& call) {
  const Draft& draft = draft_by_id(call, call.variable("id"));
  const Format format{call.params.text("format", "full"), {}};
  Answer answer;
  auto message = message_json(call.box(), *call.box().message(draft.message), format, answer.raw);
  answer.body = {{"id", draft.id}, {"message", std::move(message)}};
  return answer;
}

Answer create_draft(const Call& call) {
  const auto message = message_of(call);
  const auto raw = required_bytes(call, message);
  const auto thread = requested_thread(call, message, *raw);
  const Message& made = add_message(call.box(), raw, call.now, thread, {key_of(SystemLabel::draft)});
  return {draft_json(call.box(), call.box().create_draft(made.id)), false, std::nullopt};
}

Answer update_draft(const Call& call) {
  const auto& id = call.variable("id");
  draft_by_id(call, id);
  const auto message = message_of(call);
  replace_contents(call, id, message, required_bytes(call, message));
  return {draft_json(call.box(), draft_by_id(call, id)), false, std::nullopt};
}

Answer delete_draft(const Call& call) {
  const auto message = draft_by_id(call, call.variable("id")).message;
  call.box().remove(message);
  return Answer::none();
}

Answer send_draft(const Call& call) {
  Mailbox& box = call.box();
  const std::string id = call.body.value("id", "");
  if (id.empty()) {
    throw invalid_argument("Missing draft id");
  }
  const Draft draft = draft_by_id(call, id);
  const auto message = message_of(call);
  const Message& staged = *box.message(draft.message);
  const auto replacement = message_bytes(call, message);
  std::uint64_t thread = staged.thread_id;
  if (replacement && message.contains("threadId")) {
    thread = requested_thread(call, message, *replacement);
  }
  const std::string raw = replacement ? *replacement : staged.raw();
  const auto sent = send_bytes(call, raw, thread).id;
  box.remove(draft.message);
  return {labelled_json(box, *box.message(sent)), false, std::nullopt};
}

}  // namespace mailmgr::sandbox::gmail
