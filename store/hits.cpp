#include "store/hits.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace mailmgr::store {
namespace {

// A set of up to so many messages is looked up and sorted; with more it is faster to walk along the dates and meet hits
// on the way (measured on 100,000 messages: both take some 10 ms here).
constexpr std::int64_t kSmallSet = 4000;
constexpr std::int64_t kMaxBatch = 2000;
constexpr auto kNone = static_cast<std::size_t>(-1);

}  // namespace

Hits::Hits(Database& db, SearchIndex& index, CompiledQuery query, Order order, std::optional<Hit> before,
           std::optional<std::uint64_t> wanted)
    : db_(db),
      query_(std::move(query)),
      below_(before.value_or(Hit{std::numeric_limits<std::int64_t>::max(), 0})),
      position_below_(std::numeric_limits<std::int64_t>::max()),
      batch_(static_cast<std::int64_t>(std::clamp<std::uint64_t>(wanted.value_or(200), 20, kMaxBatch))) {
  choose(index, order);
}

// How many rows a SELECT has; nullopt: more than `limit`.
std::optional<std::int64_t> Hits::count_up_to(const std::string& select, std::int64_t limit) {
  auto row = db_.sql_once(fmt::format("SELECT count(*) FROM ({} LIMIT {})", select, limit + 1));
  bind_parameters(row, query_.parameters);
  row.step();
  const auto count = row.integer(0);
  return count > limit ? std::nullopt : std::optional(count);
}

std::string Hits::where(std::size_t without) const {
  std::string text = "m.stored > 0";
  for (std::size_t i = 0; i < query_.filters.size(); ++i) {
    if (i != without && query_.filters[i] != "1") text += " AND " + query_.filters[i];
  }
  return text;
}

void Hits::choose(SearchIndex& index, Order order) {
  const auto words = fmt::format("SELECT rowid FROM search WHERE search MATCH ?{}", query_.match);
  if (query_.match != 0 && order == Order::relevance) {
    method_ = "relevance";
    // A word in the subject says most, then one in a name, then in the body.
    text_ = fmt::format(
        "SELECT m.received, m.id FROM search CROSS JOIN message m ON m.position = search.rowid"
        " WHERE search MATCH ?{} AND {} ORDER BY bm25(search, 8.0, 4.0, 1.0, 2.0), m.received DESC, m.id DESC",
        query_.match, where(kNone));
    return;
  }
  const MessageSet* smallest = nullptr;
  std::int64_t limit = kSmallSet;
  for (const auto& set : query_.sets) {
    if (const auto count = count_up_to(set.select, limit)) {
      smallest = &set;
      limit = *count;
    }
  }
  if (query_.match != 0 && (!smallest || count_up_to(words, kSmallSet))) {
    method_ = "words";
    // Positions follow the dates, which gives them bounds.
    if (query_.received_from) position_from_ = *query_.received_from / 1000;
    const auto newest = std::min(below_.received, query_.received_before.value_or(below_.received));
    if (newest < std::numeric_limits<std::int64_t>::max()) position_below_ = index.last_position(newest) + 1;
    text_ = fmt::format(
        "SELECT search.rowid, m.received, m.id FROM search CROSS JOIN message m ON m.position = search.rowid"
        " WHERE search MATCH ?{} AND search.rowid < ?1 AND search.rowid >= ?2 AND (m.received, m.id) < (?3, ?4) AND {}"
        " ORDER BY search.rowid DESC LIMIT ?5",
        query_.match, where(kNone));
    return;
  }
  const auto folder = std::find_if(query_.sets.begin(), query_.sets.end(), [](const auto& set) { return set.folder; });
  const char* order_by = "ORDER BY m.received DESC, m.id DESC LIMIT ?3";
  if (smallest) {
    method_ = "set";
    const auto matching = query_.match != 0 ? fmt::format(" AND m.position IN ({})", words) : "";
    text_ = fmt::format(
        "SELECT m.received, m.id FROM message m NOT INDEXED WHERE m.id IN ({})"
        " AND (m.received, m.id) < (?1, ?2) AND {}{} {}",
        smallest->select, where(smallest->filter), matching, order_by);
  } else if (folder != query_.sets.end()) {
    method_ = "folder";
    text_ = fmt::format(
        "SELECT s.received, s.message FROM membership s CROSS JOIN message m ON m.id = s.message WHERE s.folder = {}"
        " AND s.received >= 0 AND (s.received, s.message) < (?1, ?2) AND {}"
        " ORDER BY s.received DESC, s.message DESC LIMIT ?3",
        *folder->folder, where(folder->filter));
  } else {
    method_ = "date";
    text_ = fmt::format(
        "SELECT m.received, m.id FROM message m INDEXED BY message_by_date WHERE (m.received, m.id) < (?1, ?2)"
        " AND {} {}",
        where(kNone), order_by);
  }
}

std::vector<Hit> Hits::next() {
  if (ended_) return {};
  if (method_ == "words") return next_by_words();
  if (method_ != "relevance") return next_by_key();
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
