#include "providers/google/google_since.h"

#include <algorithm>
#include <iterator>

namespace mailmgr::google {
namespace {

constexpr int kMostPages = 20;  // of 500 changes: what a week of somebody else's work comes to
constexpr std::string_view kPlaces[] = {"INBOX", "TRASH", "SPAM", "SENT", "DRAFT"};

}  // namespace

bool is_place(std::string_view label) {
  return std::find(std::begin(kPlaces), std::end(kPlaces), label) != std::end(kPlaces);
}

void Since::take(const Change& change) {
  gone = change.presence == Presence::gone;
  if (change.marks.unread) unread = change.marks.unread;
  if (change.marks.starred) starred = change.marks.starred;
  if (change.marks.draft) draft = change.marks.draft;
  if (change.marks.labels) {
    for (const auto place : kPlaces) labels[std::string(place)] = false;
    for (auto& [label, is_on] : labels) is_on = false;
    for (const auto& label : *change.marks.labels) labels[label.value] = true;
  }
  for (const auto& label : change.marks.add) labels[label.value] = true;
  for (const auto& label : change.marks.remove) labels[label.value] = false;
}

bool Since::contradicts(const std::vector<FolderId>& expected) const {
  return std::any_of(labels.begin(), labels.end(), [&](const auto& entry) {
    const bool was = std::find(expected.begin(), expected.end(), FolderId(entry.first)) != expected.end();
    return is_place(entry.first) && entry.second != was;
  });
}

MarksPatch Since::marks() const {
  MarksPatch marks;
  marks.unread = unread;
  marks.starred = starred;
  marks.draft = draft;
  for (const auto& [label, is_on] : labels) (is_on ? marks.add : marks.remove).emplace_back(label);
  return marks;
}

Result<std::optional<SinceById>> changes_since(Mailbox& mailbox, const StreamCursor& from, const Stop& stop) {
  SinceById since;
  StreamCursor at = from;
  for (int page = 0; page < kMostPages; ++page) {
    auto pages = mailbox.changes({&at, 1}, stop);
    if (!pages.front() && pages.front().error().code == Code::cursor_expired) return std::optional<SinceById>();
    if (!pages.front()) return pages.front().error();
    for (const auto& change : pages.front()->changes) since[change.id].take(change);
    if (!pages.front()->more) return std::optional(std::move(since));
    at.cursor = pages.front()->next;
  }
  return std::optional<SinceById>();
}

}  // namespace mailmgr::google
