// users.messages: list, get, modify, batchModify, batchDelete, trash, untrash, delete, attachments.get.
#include <algorithm>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/gmail/handlers.h"
#include "tests/sandbox/gmail/paging.h"
#include "tests/sandbox/gmail/query.h"
#include "tests/sandbox/gmail/render.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr std::size_t kMaxLabelsPerCall = 100;
constexpr std::size_t kMaxBatchIds = 1000;

std::vector<std::string> strings(const nlohmann::json& body, const char* name) {
  return body.contains(name) ? body.at(name).get<std::vector<std::string>>() : std::vector<std::string>();
}

std::vector<LabelKey> settable_labels(const Mailbox& box, const std::vector<std::string>& ids) {
  if (ids.size() > kMaxLabelsPerCall) {
    throw invalid_argument("Too many labels: at most 100 can be added or removed at once");
  }
  std::vector<LabelKey> keys;
  for (const auto& id : ids) {
    const Label* label = box.labels().by_id(id);
    if (!label) {
      throw invalid_argument("Invalid label: " + id);
    }
    if (!is_settable(*label)) {
      throw invalid_argument("Invalid label: " + id);
    }
    keys.push_back(label->key);
  }
  return keys;
}

std::vector<std::uint64_t> batch_ids(const Call& call) {
  const auto texts = strings(call.body, "ids");
  if (texts.empty()) {
    throw invalid_argument("No message ids specified");
  }
  if (texts.size() > kMaxBatchIds) {
    throw invalid_argument("Too many ids: at most 1000 per request");
  }
  std::vector<std::uint64_t> ids;
  for (const auto& text : texts) {
    const auto id = parse_id(text);
    if (!id) {
      throw invalid_argument("Invalid ids value");
    }
    ids.push_back(*id);
  }
  return ids;
}

Answer changed(const Call& call, std::uint64_t id, const LabelChange& change) {
  call.box().change_labels(id, change.add, change.remove);
  return {labelled_json(call.box(), *call.box().message(id)), false, std::nullopt};
}

}  // namespace

const Message& message_named(const Call& call, std::string_view variable) {
  const auto id = parse_id(call.variable(variable));
  if (!id) {
    throw invalid_argument("Invalid id value");
  }
  const Message* message = call.box().message(*id);
  if (!message) {
    throw not_found();
  }
  return *message;
}

LabelChange requested_labels(const Call& call) {
  LabelChange change{settable_labels(call.box(), strings(call.body, "addLabelIds")),
                     settable_labels(call.box(), strings(call.body, "removeLabelIds"))};
  const bool classified =
      call.body.contains("addClassificationLabels") || call.body.contains("removeClassificationLabelIds");
  if (change.add.empty() && change.remove.empty() && !classified) {
    throw invalid_argument("No label add or removes specified");
  }
  int places = 0;
  for (const LabelKey key : change.add) {
    if (std::find(change.remove.begin(), change.remove.end(), key) != change.remove.end()) {
      throw invalid_argument("Cannot both add and remove the same label");
    }
    places +=
        key == key_of(SystemLabel::inbox) || key == key_of(SystemLabel::spam) || key == key_of(SystemLabel::trash);
  }
  if (places > 1) {
    throw invalid_argument("Only one of INBOX, SPAM and TRASH can be added");
  }
  return change;
}

void check_draft_labels(const Mailbox& box, const Message& message, const LabelChange& change) {
  if (!message.has(SystemLabel::draft)) {
    return;
  }
  for (const LabelKey key : change.add) {
    const Label& label = box.labels().at(key);
    if (!label.system || key == key_of(SystemLabel::inbox) || label.id.starts_with("CATEGORY_")) {
      throw invalid_argument("Invalid label: " + label.id);
    }
  }
}

struct ListFilter::Parsed {
  Query query;
  std::vector<LabelKey> required;
  bool hide_spam_and_trash;
  const LabelSet& labels;
};

ListFilter::~ListFilter() = default;

ListFilter::ListFilter(const Call& call) {
  const auto q = call.params.text("q");
  if (!q.empty() && metadata_only(call)) {
    throw forbidden("Metadata scope does not support 'q' parameter");
  }
  const auto ids = call.params.list("labelIds");
  std::vector<LabelKey> required;
  bool reaches = call.params.flag("includeSpamTrash");
  for (const auto& id : ids) {
    const Label* label = call.box().labels().by_id(id);
    if (!label) {
      throw invalid_argument("Invalid label: " + id);
    }
    reaches = reaches || label->key == key_of(SystemLabel::spam) || label->key == key_of(SystemLabel::trash);
    required.push_back(label->key);
    identity_ += id + ",";
  }
  Query query(q, call.now);
  reaches = reaches || query.reaches_spam_and_trash();
  identity_ = call.method.name + (reaches ? " all " : " ") + identity_ + q;
  parsed_ = std::make_unique<Parsed>(Parsed{std::move(query), std::move(required), !reaches, call.box().labels()});
}

bool ListFilter::matches(const Message& message) const {
  if (parsed_->hide_spam_and_trash && (message.has(SystemLabel::spam) || message.has(SystemLabel::trash))) {
    return false;
  }
  const bool labelled =
      std::all_of(parsed_->required.begin(), parsed_->required.end(), [&](LabelKey key) { return message.has(key); });
  return labelled && (parsed_->query.empty() || parsed_->query.matches(message, parsed_->labels));
}

Answer list_messages(const Call& call) {
  const ListFilter filter(call);
  const auto limit = page_size(call.params);
  Answer answer;
  nlohmann::json list = nlohmann::json::array();
  std::optional<Position> last;
  for (const Message* message : call.box().ordered(page_position(call.params, filter.identity()))) {
    if (!filter.matches(*message)) {
      continue;
    }
    if (list.size() == limit) {
      answer.body["nextPageToken"] = page_token(filter.identity(), *last);
      break;
    }
    list.push_back(reference_json(*message));
    last = Position{message->internal_date, message->id};
  }
  // An estimate, as the name says: right only where there is one page.
  const bool more = answer.body.contains("nextPageToken");
  answer.body["resultSizeEstimate"] = more ? std::max<std::size_t>(list.size() + 1, 201) : list.size();
  if (!list.empty()) {
    answer.body["messages"] = std::move(list);
  }
  return answer;
}

Answer get_message(const Call& call) {
  const auto format = requested_format(call);
  Answer answer;
  answer.body = message_json(call.box(), message_named(call), format, answer.raw);
  return answer;
}

Answer modify_message(const Call& call) {
  const Message& message = message_named(call);
  const auto change = requested_labels(call);
  check_draft_labels(call.box(), message, change);
  return changed(call, message.id, change);
}

Answer batch_modify_messages(const Call& call) {
  const auto ids = batch_ids(call);
  const auto change = requested_labels(call);
  for (const auto id : ids) {
    if (const Message* message = call.box().message(id)) {
      check_draft_labels(call.box(), *message, change);
    }
  }
  for (const auto id : ids) {
    call.box().change_labels(id, change.add, change.remove);
  }
  return Answer::none();
}

Answer batch_delete_messages(const Call& call) {
  for (const auto id : batch_ids(call)) {
    call.box().remove(id);
  }
  return Answer::none();
}

Answer trash_message(const Call& call) {
  return changed(call, message_named(call).id, {{key_of(SystemLabel::trash)}, {}});
}

Answer untrash_message(const Call& call) {
  return changed(call, message_named(call).id, {{}, {key_of(SystemLabel::trash)}});
}

Answer delete_message(const Call& call) {
  call.box().remove(message_named(call).id);
  return Answer::none();
}

Answer get_attachment(const Call& call) {
  const Message& message = message_named(call, "messageId");
  const auto part_id = attachment_part(call.variable("id"), message.id);
  const auto root = mime::parse_parts(message.raw());
  for (const mime::Part* part : mime::flatten(root)) {
    if (part->id == part_id) {
      Answer answer;
      answer.body = {{"size", part->body.size()}, {"data", kRawPlaceholder}};
      answer.raw = part->body;
      return answer;
    }
  }
  throw not_found();
}

}  // namespace mailmgr::sandbox::gmail
