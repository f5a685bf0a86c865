#include "core/flow/mailbox_listing.h"

#include <fmt/format.h>

#include "core/base/encoding.h"
#include "core/base/sha256.h"

namespace mailmgr {
namespace {

// A listing that a server never ends is given up: far more pages than the largest mailbox has.
constexpr int kMaxPages = 1'000'000;
constexpr int kRestarts = 3;  // of a listing whose page token was forgotten meanwhile

Error endless() {
  return {Code::try_later, "listing the mailbox: the provider's listing does not end", "run the same command again"};
}

std::uint64_t place_hash(const FolderId& place) {
  const auto hash = sha256(place.value);
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(hash[static_cast<std::size_t>(i)]);
  return number;
}

}  // namespace

void MarksDigest::add_place(const FolderId& place) {
  places += place_hash(place);
}

MarksDigest digest(const LocalMessage& message) {
  MarksDigest result{0, message.unread, message.starred, message.draft};
  for (const auto& place : message.places) result.add_place(place);
  return result;
}

MarksDigest digest(const MarksPatch& complete) {
  MarksDigest result{0, complete.unread.value_or(false), complete.starred.value_or(false),
                     complete.draft.value_or(false)};
  std::set<FolderId> places;
  if (complete.folder) places.insert(*complete.folder);
  if (complete.labels) places.insert(complete.labels->begin(), complete.labels->end());
  for (const auto& place : places) result.add_place(place);
  return result;
}

Status MailboxListing::list(const std::vector<StreamId>& streams, const std::vector<Folder>& folders,
                            const std::function<void(std::uint64_t)>& told, const Stop& stop) {
  told_ = told;
  for (const auto& stream : streams) {
    auto listed = snapshots_ ? list_snapshot(stream, stop) : list_ids(stream, folders, stop);
    if (!listed) return listed;
  }
  return {};
}

Status MailboxListing::list_snapshot(const StreamId& stream, const Stop& stop) {
  StreamCursor cursor{stream, {}};
  for (int page = 0, restarts = 0; page < kMaxPages; ++page) {
    auto pages = mailbox_.changes({&cursor, 1}, stop);
    auto& answer = pages.front();
    if (!answer && answer.error().code == Code::gone) return {};  // the folder was deleted meanwhile
    if (!answer && answer.error().code == Code::cursor_expired && ++restarts <= kRestarts) {
      cursor.cursor = {};
      continue;
    }
    if (!answer) return answer.error();
    for (const auto& change : answer->changes) take(change);
    if (told_) told_(messages_.size());
    if (!answer->more) return {};
    cursor.cursor = answer->next;
  }
  return endless();
}

void MailboxListing::take(const Change& change) {
  if (change.presence != Presence::present || scope_.leaves_out(change.marks, change.received)) {
    messages_.erase(change.id);
  } else {
    messages_[change.id] = digest(change.marks);
  }
}

Status MailboxListing::list_ids(const StreamId& stream, const std::vector<Folder>& folders, const Stop& stop) {
  if (auto all = list_label(stream, std::nullopt, stop); !all) return all;
  for (const auto& folder : folders) {
    if (auto listed = list_label(stream, folder.id, stop); !listed) return listed;
  }
  for (const auto* mark : {"STARRED", "UNREAD"}) {
    if (auto listed = list_label(stream, FolderId(mark), stop); !listed) return listed;
  }
  leave_out();
  return {};
}

void MailboxListing::leave_out() {
  for (const auto& id : excluded_) messages_.erase(id);
  if (!scope_.listable()) return;
  std::erase_if(messages_, [&](const auto& message) { return !included_.contains(message.first); });
}

Status MailboxListing::list_label(const StreamId& stream, const std::optional<FolderId>& label, const Stop& stop) {
  std::set<RemoteId> carriers;  // an id may be listed twice
  const auto listable = scope_.listable();
  const bool excludes = label && scope_.excluded().contains(*label);
  const bool includes = label && listable && listable->contains(*label);
  Cursor cursor;
  for (int page = 0, restarts = 0; page < kMaxPages; ++page) {
    auto answer = mailbox_.list(stream, {label, scope_.since()}, cursor, stop);
    const bool deleted =
        !answer && label && (answer.error().code == Code::gone || answer.error().code == Code::not_found);
    if (deleted) return {};
    if (!answer && answer.error().code == Code::cursor_expired && ++restarts <= kRestarts) {
      cursor = {};
      continue;
    }
    if (!answer) return answer.error();
    for (const auto& [id, thread] : answer->ids) {
      if (!label) {
        messages_.try_emplace(id);
      } else if (carriers.insert(id).second) {
        carries(id, *label);
        if (excludes) excluded_.insert(id);
        if (includes) included_.insert(id);
      }
    }
    if (told_) told_(messages_.size());
    if (answer->next.value.empty()) return {};
    cursor = answer->next;
  }
  return endless();
}

// What was not among all ids arrived meanwhile, and is followed as a change.
void MailboxListing::carries(const RemoteId& id, const FolderId& label) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return;
  if (label.value == "UNREAD") {
    found->second.unread = true;
  } else if (label.value == "STARRED") {
    found->second.starred = true;
  } else {
    if (label.value == "DRAFT") found->second.draft = true;
    found->second.add_place(label);
  }
}

}  // namespace mailmgr
