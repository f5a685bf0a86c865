#include "store/hits.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>

namespace mailmgr::store {
namespace {

// A set of one in so many messages that were ever stored, within these bounds, is read (dates and ids, 0.3 µs each) and
// sorted; with more, walking along the dates meets hits soon enough.
constexpr std::int64_t kSetShare = 8;
constexpr std::int64_t kMinSet = 1500;
constexpr std::int64_t kMaxSet = 20'000;
// Up to so many messages are worth comparing with all hits of common words (3 µs each, and 0.1 µs for each hit). Asking
// the index about single messages is slow: up to 13 ms each for a common word.
constexpr std::int64_t kMaxCompared = 1500;
constexpr std::int64_t kMaxBatch = 2000;
constexpr auto kNone = static_cast<std::size_t>(-1);

}  // namespace

Hits::Hits(Database& db, SearchIndex& index, CompiledQuery query, Order order, std::optional<Hit> before,
           std::optional<std::uint64_t> wanted, std::optional<HitMethod> only)
    : db_(db),
      query_(std::move(query)),
      below_(before.value_or(Hit{std::numeric_limits<std::int64_t>::max(), 0})),
      position_below_(std::numeric_limits<std::int64_t>::max()),
      batch_(static_cast<std::int64_t>(std::clamp<std::uint64_t>(wanted.value_or(200), 20, kMaxBatch))) {
  std::erase_if(query_.noted, [&](const Hit& hit) { return !(hit < below_); });
  if (only && use(index, *only)) return;
  choose(index, order);
}

bool Hits::use(SearchIndex& index, HitMethod method) {
  switch (method) {
    case HitMethod::words:
    case HitMethod::relevance:
      if (query_.match == 0) return false;
      method == HitMethod::words ? by_words(index) : by_relevance();
      return true;
    case HitMethod::set:
      if (query_.sets.empty()) return false;
      by_set(query_.sets.back());
      return true;
    case HitMethod::folder:
      if (!folder_set()) return false;
      by_folder(*folder_set());
      return true;
    case HitMethod::date:
      by_date();
      return true;
  }
  return false;
}

const MessageSet* Hits::folder_set() const {
  const auto found = std::find_if(query_.sets.begin(), query_.sets.end(), [](const auto& set) { return set.folder; });
  return found == query_.sets.end() ? nullptr : &*found;
}

void Hits::choose(SearchIndex& index, Order order) {
  const bool has_words = query_.match != 0;
  if (has_words && order == Order::relevance) return by_relevance();
  // Where nothing but words could be read, how many there are is not worth counting.
  if (!query_.sets.empty() && !(has_words && fewer_than(words(), kMaxCompared))) {
    // A folder is walked in its own order of dates, so only words make it worth reading as a set.
    for (const auto& set : query_.sets) {
      if (set.folder && !has_words) continue;
      if (fewer_than(set.select, has_words ? kMaxCompared : largest_set())) return by_set(set);
    }
  }
  if (has_words) return by_words(index);
  if (const auto* folder = folder_set()) return by_folder(*folder);
  by_date();
}

std::int64_t Hits::largest_set() {
  auto row = db_.sql("SELECT max(id) FROM message");
  row.step();
  return std::clamp(row.integer(0) / kSetShare, kMinSet, kMaxSet);
}

bool Hits::fewer_than(const std::string& select, std::int64_t limit) {
  auto row = db_.sql_once(fmt::format("SELECT count(*) FROM ({} LIMIT {})", select, limit));
  bind_parameters(row, query_.parameters);
  row.step();
  return row.integer(0) < limit;
}

std::string Hits::words() const {
  return fmt::format("SELECT rowid FROM search WHERE search MATCH ?{}", query_.match);
}

std::string Hits::where(std::size_t without) const {
  std::string text = "m.stored > 0";
  for (std::size_t i = 0; i < query_.filters.size(); ++i) {
    if (i != without) text += " AND " + query_.filters[i];
  }
  const bool walks = method_ == HitMethod::folder || method_ == HitMethod::date;
  if (walks && query_.match != 0) text += " AND +m.position IN (" + words() + ")";
  return text;
}

void Hits::by_relevance() {
  method_ = HitMethod::relevance;
  // A word in the subject says most, then one in a name, then one in a file's name.
  text_ = fmt::format(
      "SELECT m.received, m.id FROM search CROSS JOIN message m INDEXED BY message_by_position ON m.position = "
      "search.rowid"
      " WHERE search MATCH ?{} AND {} ORDER BY bm25(search, 8.0, 4.0, 1.0, 2.0), m.received DESC, m.id DESC",
      query_.match, where(kNone));
}

void Hits::by_words(SearchIndex& index) {
  method_ = HitMethod::words;
  // Positions follow the dates, which gives them bounds.
  if (query_.received_from) position_from_ = *query_.received_from / 1000;
  const auto newest = std::min(below_.received, query_.received_before.value_or(below_.received));
  if (newest < std::numeric_limits<std::int64_t>::max()) position_below_ = index.last_position(newest) + 1;
  text_ = fmt::format(
      "SELECT search.rowid, m.received, m.id FROM search CROSS JOIN message m INDEXED BY message_by_position ON "
      "m.position = search.rowid"
      " WHERE search MATCH ?{} AND search.rowid < ?1 AND search.rowid >= ?2 AND (m.received, m.id) < (?3, ?4) AND {}"
      " ORDER BY search.rowid DESC LIMIT ?5",
      query_.match, where(kNone));
}

void Hits::by_set(const MessageSet& set) {
  method_ = HitMethod::set;
  auto row = db_.sql_once(set.select);
  bind_parameters(row, query_.parameters);
  while (row.step()) {
    if (const Hit hit{row.integer(0), row.integer(1)}; hit < below_) set_.push_back(hit);
  }
  set_size_ = set_.size();
  std::sort(set_.begin(), set_.end());
  set_.erase(std::unique(set_.begin(), set_.end()), set_.end());
  if (query_.match != 0) keep_matching();
  text_ = fmt::format("SELECT m.received, m.id FROM json_each(?1) j CROSS JOIN message m ON m.id = j.value WHERE {}",
                      where(set.filter));
}

// Leaves those of the set that match the words.
void Hits::keep_matching() {
  std::vector<std::pair<std::int64_t, Hit>> places;
  auto place = db_.sql("SELECT position FROM message WHERE id = ?");
  for (const auto& hit : set_) {
    if (place.bind(hit.message).step() && !place.is_null(0)) places.emplace_back(place.integer(0), hit);
    place.again();
  }
  std::sort(places.begin(), places.end());
  set_.clear();
  if (places.empty()) return;
  auto row = db_.sql_once(words() + " AND rowid BETWEEN ?1 AND ?2 ORDER BY rowid");
  bind_parameters(row, query_.parameters);
  row.bind(places.front().first, places.back().first);
  for (auto next = places.begin(); next != places.end() && row.step();) {
    const auto position = row.integer(0);
    while (next != places.end() && next->first < position) ++next;
    if (next != places.end() && next->first == position) set_.push_back(next->second);
  }
  std::sort(set_.begin(), set_.end());
}

void Hits::by_folder(const MessageSet& set) {
  method_ = HitMethod::folder;
  text_ = fmt::format(
      "SELECT s.received, s.message FROM membership s CROSS JOIN message m ON m.id = s.message WHERE s.folder = {}"
      " AND s.received >= 0 AND (s.received, s.message) < (?1, ?2) AND {}"
      " ORDER BY s.received DESC, s.message DESC LIMIT ?3",
      *set.folder, where(set.filter));
}

void Hits::by_date() {
  method_ = HitMethod::date;
  text_ = fmt::format(
      "SELECT m.received, m.id FROM message m INDEXED BY message_by_date WHERE (m.received, m.id) < (?1, ?2) AND {}"
      " ORDER BY m.received DESC, m.id DESC LIMIT ?3",
      where(kNone));
}

std::vector<Hit> Hits::next() {
  return with_noted(next_of_query());
}

// What a person wrote says most: by relevance it comes first, else where its date is.
std::vector<Hit> Hits::with_noted(std::vector<Hit> hits) {
  auto& noted = query_.noted;
  std::vector<Hit> newer;
  const bool all = hits.empty() || method_ == HitMethod::relevance;
  while (!noted.empty() && (all || noted.back() > hits.back())) {
    newer.push_back(noted.back());
    noted.pop_back();
  }
  if (newer.empty()) return hits;
  if (method_ == HitMethod::relevance) {
    newer.insert(newer.end(), hits.begin(), hits.end());
    return newer;
  }
  std::vector<Hit> merged;
  std::merge(hits.begin(), hits.end(), newer.begin(), newer.end(), std::back_inserter(merged), std::greater<>());
  return merged;
}

std::vector<Hit> Hits::next_of_query() {
  if (ended_) return {};
  switch (method_) {
    case HitMethod::words:
      return next_by_words();
    case HitMethod::relevance:
      return all_by_relevance();
    case HitMethod::set:
      return next_of_set();
    case HitMethod::folder:
    case HitMethod::date:
      return next_by_key();
  }
  return {};
}

std::vector<Hit> Hits::all_by_relevance() {
  ended_ = true;
  std::vector<Hit> hits;
  auto row = db_.sql_once(text_);
  bind_parameters(row, query_.parameters);
  while (row.step()) hits.push_back({row.integer(0), row.integer(1)});
  return hits;
}

std::vector<Hit> Hits::next_by_key() {
  std::vector<Hit> hits;
  auto row = db_.sql_once(text_);
  bind_parameters(row, query_.parameters);
  row.bind(below_.received, below_.message, batch_);
  while (row.step()) hits.push_back({row.integer(0), row.integer(1)});
  ended_ = static_cast<std::int64_t>(hits.size()) < batch_;
  if (!hits.empty()) below_ = hits.back();
  batch_ = std::min(batch_ * 4, kMaxBatch);
  return hits;
}

std::vector<Hit> Hits::next_of_set() {
  std::vector<Hit> hits;
  while (hits.empty() && !set_.empty()) {
    std::string ids;  // a JSON array: json_each gives the elements back in this order
    for (auto n = batch_; n > 0 && !set_.empty(); --n) {
      ids += fmt::format("{}{}", ids.empty() ? '[' : ',', set_.back().message);
      set_.pop_back();
    }
    auto row = db_.sql_once(text_);
    bind_parameters(row, query_.parameters);
    row.bind(ids + "]");
    while (row.step()) hits.push_back({row.integer(0), row.integer(1)});
    batch_ = std::min(batch_ * 4, kMaxBatch);
  }
  return hits;
}

// Rows come by falling position. Since received / 1000 ≤ position, a hit is certain to be the newest of the rest once
// positions have fallen to its own second.
std::vector<Hit> Hits::next_by_words() {
  std::vector<Hit> hits;
  while (hits.empty() && !ended_) {
    auto row = db_.sql_once(text_);
    bind_parameters(row, query_.parameters);
    row.bind(position_below_, position_from_, below_.received, below_.message, batch_);
    std::int64_t rows = 0;
    for (; row.step(); ++rows) {
      position_below_ = row.integer(0);
      waiting_.push({row.integer(1), row.integer(2)});
    }
    ended_ = rows < batch_;
    while (!waiting_.empty() && (ended_ || waiting_.top().received / 1000 >= position_below_)) {
      hits.push_back(waiting_.top());
      waiting_.pop();
    }
    batch_ = std::min(batch_ * 4, kMaxBatch);
  }
  return hits;
}

}  // namespace mailmgr::store
