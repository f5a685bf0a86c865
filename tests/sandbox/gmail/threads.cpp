// users.threads: list, get, modify, trash, untrash, delete.
#include <algorithm>

#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/gmail/handlers.h"
#include "tests/sandbox/gmail/paging.h"
#include "tests/sandbox/gmail/render.h"

namespace mailmgr::sandbox::gmail {
namespace {

struct Named {
  std::uint64_t id;
  std::vector<std::uint64_t> messages;  // oldest first
};

Named thread_named(const Call& call) {
  const auto id = parse_id(call.variable("id"));
  if (!id) {
    throw invalid_argument("Invalid id value");
  }
  Named named{*id, {}};
  for (const Message* message : call.box().thread(*id)) {
    named.messages.push_back(message->id);
  }
  if (named.messages.empty()) {
    throw not_found();
  }
  return named;
}

std::uint64_t newest_history_id(const Mailbox& box, std::uint64_t thread) {
  std::uint64_t newest = 0;
  for (const Message* message : box.thread(thread)) {
    newest = std::max(newest, message->history_id);
  }
  return newest;
}

Answer changed(const Call& call, const LabelChange& change) {
  const auto thread = thread_named(call);
  for (const auto id : thread.messages) {
    check_draft_labels(call.box(), *call.box().message(id), change);
  }
  Answer answer;
  answer.body["id"] = id_text(thread.id);
  for (const auto id : thread.messages) {
    call.box().change_labels(id, change.add, change.remove);
    answer.body["messages"].push_back(labelled_json(call.box(), *call.box().message(id)));
  }
  return answer;
}

}  // namespace

Answer list_threads(const Call& call) {
  const ListFilter filter(call);
  const auto limit = page_size(call.params);
  const Mailbox& box = call.box();
  Answer answer;
  nlohmann::json list = nlohmann::json::array();
  Position last;
  for (const Message* message : box.ordered(page_position(call.params, filter.identity()))) {
    // A thread stands where its newest matching message does.
    const auto thread = box.thread(message->thread_id);
    const auto newest =
        std::find_if(thread.rbegin(), thread.rend(), [&](const Message* one) { return filter.matches(*one); });
    if (newest == thread.rend() || *newest != message) {
      continue;
    }
    if (list.size() == limit) {
      answer.body["nextPageToken"] = page_token(filter.identity(), last);
      break;
    }
    list.push_back({{"id", id_text(message->thread_id)},
                    {"snippet", snippet_of(*thread.back())},
                    {"historyId", std::to_string(newest_history_id(box, message->thread_id))}});
    last = Position{message->internal_date, message->id};
  }
  const bool more = answer.body.contains("nextPageToken");
  answer.body["resultSizeEstimate"] = more ? std::max<std::size_t>(list.size() + 1, 201) : list.size();
  if (!list.empty()) {
    answer.body["threads"] = std::move(list);
  }
  return answer;
}

Answer get_thread(const Call& call) {
  const auto format = requested_format(call);
  const auto thread = thread_named(call);
  Answer answer;
  answer.body = {{"id", id_text(thread.id)}, {"historyId", std::to_string(newest_history_id(call.box(), thread.id))}};
  for (const auto id : thread.messages) {
    answer.body["messages"].push_back(message_json(call.box(), *call.box().message(id), format, answer.raw));
  }
  return answer;
}

Answer modify_thread(const Call& call) {
  return changed(call, requested_labels(call));
}

Answer trash_thread(const Call& call) {
  return changed(call, {{key_of(SystemLabel::trash)}, {}});
}

Answer untrash_thread(const Call& call) {
  return changed(call, {{}, {key_of(SystemLabel::trash)}});
}

Answer delete_thread(const Call& call) {
  for (const auto id : thread_named(call).messages) {
    call.box().remove(id);
  }
  return Answer::none();
}

}  // namespace mailmgr::sandbox::gmail
