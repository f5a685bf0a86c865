// The part of a mailbox that remembers: its history of changes and its drafts.
#include <algorithm>

#include "tests/sandbox/gmail/mailbox.h"

namespace mailmgr::sandbox::gmail {

void Mailbox::record(HistoryRecord entry) {
  entry.id = history_id_;
  history_.push_back(std::move(entry));
}

std::vector<std::string> Mailbox::label_ids(const Message& message) const {
  std::vector<std::string> ids;
  ids.reserve(message.labels.size());
  for (const LabelKey key : message.labels) {
    ids.push_back(labels_.at(key).id);
  }
  return ids;
}

std::span<const HistoryRecord> Mailbox::history_after(std::uint64_t id) const {
  const auto start = std::partition_point(history_.begin(), history_.end(),
                                          [&](const HistoryRecord& entry) { return entry.id <= id; });
  return std::span<const HistoryRecord>(history_).subspan(static_cast<std::size_t>(start - history_.begin()));
}

void Mailbox::expire_history() {
  next_history_id();
  history_.clear();
  history_floor_ = history_id_;
}

const Draft* Mailbox::draft(std::string_view id) const {
  const auto found = drafts_.find(id);
  return found == drafts_.end() ? nullptr : &found->second;
}

const Draft* Mailbox::draft_of(std::uint64_t message) const {
  const auto found = draft_ids_.find(message);
  return found == draft_ids_.end() ? nullptr : draft(found->second);
}

std::vector<const Draft*> Mailbox::drafts() const {
  std::vector<const Draft*> list;
  for (const Message* message : order_) {
    if (drafts_.size() == list.size()) {
      break;
    }
    if (const Draft* draft = draft_of(message->id)) {
      list.push_back(draft);
    }
  }
  return list;
}

const Draft& Mailbox::create_draft(std::uint64_t message) {
  // Draft ids look like "r-6543210987654321"; the sign comes and goes.
  const std::uint64_t number = 1'000'000'000'000'000 + ++drafts_created_ * 7'919'293'847'101 % 8'999'999'999'999'999;
  const std::string id = (drafts_created_ % 2 == 1 ? "r-" : "r") + std::to_string(number);
  draft_ids_[message] = id;
  return drafts_[id] = Draft{id, message};
}

void Mailbox::set_draft_message(std::string_view id, std::uint64_t message) {
  const auto found = drafts_.find(id);
  draft_ids_.erase(found->second.message);
  found->second.message = message;
  draft_ids_[message] = found->first;
}

void Mailbox::forget_draft(std::string_view id) {
  const auto found = drafts_.find(id);
  if (found != drafts_.end()) {
    draft_ids_.erase(found->second.message);
    drafts_.erase(found);
  }
}

}  // namespace mailmgr::sandbox::gmail
