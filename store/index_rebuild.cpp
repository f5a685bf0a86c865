#include "store/index_rebuild.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

namespace mailmgr::store {
namespace {

constexpr const char* kWhat = "making the full-text index anew";
constexpr std::int64_t kPages = 2000;  // of an index that goes, emptied in one piece
constexpr auto kNoBound = std::numeric_limits<std::int64_t>::max();

// As schema.cpp has `search`, with its settings.
constexpr const char* kCreate = R"sql(
CREATE VIRTUAL TABLE search_next USING fts5 (
  subject, people, body, files, content = '', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO search_next (search_next, rank) VALUES ('automerge', 8);
INSERT INTO search_next (search_next, rank) VALUES ('hashsize', 4194304);
)sql";

// Only when two make the index anew at the same time one of them may find another old one there.
constexpr const char* kMakeRoom = "DROP TABLE IF EXISTS search_old";

// SQL may write to the tables of an index while this lives (Database::harden forbids it). Not to one that is in use.
class ShadowTables {
 public:
  explicit ShadowTables(Database& db) : handle_(db.connection().getHandle()) { forbid(0); }
  ~ShadowTables() { forbid(1); }
  ShadowTables(const ShadowTables&) = delete;
  ShadowTables& operator=(const ShadowTables&) = delete;

 private:
  void forbid(int on) { sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, on, nullptr); }
  sqlite3* handle_;
};

}  // namespace

Status IndexRebuild::run(std::int64_t owner, const GoOn& go_on) {
  // An old one must be gone before the next one can be set aside under its name.
  if (auto cleared = clear_away(go_on); !cleared) return cleared;
  const auto is_done =
      db_.read(kWhat, [&] { return owner != kAnybody && !counter("rebuilt") && counter("rebuilding") == owner; });
  if (!is_done || *is_done) return is_done ? Status() : is_done.error();
  if (auto begun = db_.write(kWhat, [&] { begin(owner); }); !begun) return begun;
  if (auto cleared = clear_away(go_on); !cleared) return cleared;
  for (const auto work : {&IndexRebuild::place_some, &IndexRebuild::step}) {
    for (;;) {
      const auto more = (this->*work)();
      if (!more) return more.error();
      if (!*more) break;
      if (auto turn = between_pieces(go_on); !turn) return turn;
    }
  }
  return clear_away(go_on);
}

Status IndexRebuild::abandon(const GoOn& go_on) {
  if (auto cleared = clear_away(go_on); !cleared) return cleared;
  if (auto aside = db_.write(kWhat, [&] { set_aside(); }); !aside) return aside;
  return clear_away(go_on);
}

std::optional<std::int64_t> IndexRebuild::counter(const char* name) {
  auto row = db_.sql("SELECT value FROM counter WHERE name = ?");
  return row.bind(name).step() ? std::optional(row.integer(0)) : std::nullopt;
}

void IndexRebuild::set_counter(const char* name, std::int64_t value) {
  db_.sql("INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")
      .bind(name, value)
      .run();
}

void IndexRebuild::begin(std::int64_t owner) {
  if (counter("rebuilt") && counter("rebuilding") == owner) return;
  set_aside();
  db_.exec(kCreate);
  set_counter("rebuilt", -1);
  set_counter("rebuilding", owner);
}

void IndexRebuild::set_aside() {
  if (!counter("rebuilt")) return;
  db_.exec(kMakeRoom);
  db_.exec("ALTER TABLE search_next RENAME TO search_old");
  db_.exec("DELETE FROM counter WHERE name IN ('rebuilt', 'rebuilding')");
}

// Messages without a place in the index, which only damage explains. True when there may be more of them.
Result<bool> IndexRebuild::place_some() {
  return db_.write(kWhat, [&] {
    std::vector<std::pair<std::int64_t, std::int64_t>> lost;
    {
      auto row = db_.sql("SELECT id, received FROM message WHERE stored > 0 AND position IS NULL LIMIT ?");
      row.bind(kPieceRows);
      while (row.step()) lost.emplace_back(row.integer(0), row.integer(1));
    }
    const auto done_up_to = counter("rebuilt");
    for (const auto& [id, received] : lost) {
      const auto position = index_.place({id, received, nullptr});
      if (done_up_to && position <= *done_up_to) index_.insert_next(position, read_or_subject(id));
    }
    return lost.size() == kPieceRows;
  });
}

std::vector<IndexRebuild::Candidate> IndexRebuild::candidates(std::int64_t after, std::int64_t last) {
  std::vector<Candidate> found;
  std::int64_t bytes = 0;
  auto row = db_.sql(
      "SELECT id, position, stored, size FROM message WHERE position > ? AND position <= ? AND stored > 0"
      " ORDER BY position LIMIT ?");
  // All of a stretch that was read before: others may have added to it.
  row.bind(after, last, last == kNoBound ? static_cast<std::int64_t>(kPieceRows) : -1);
  while (row.step()) {
    bytes += row.integer(3);
    if (last == kNoBound && bytes > kPieceBytes && !found.empty()) break;
    found.push_back({row.integer(0), row.integer(1), row.integer(2)});
  }
  return found;
}

// The next stretch of messages, read and parsed before the transaction begins; what others changed meanwhile counts.
// False when the new index is in place, through us or through somebody else.
Result<bool> IndexRebuild::step() {
  Read read;
  std::int64_t after = 0, last = 0;
  auto under_way = db_.read(kWhat, [&] {
    const auto done_up_to = counter("rebuilt");
    if (!done_up_to) return false;
    after = *done_up_to;
    for (const auto& candidate : candidates(after, kNoBound)) {
      read[candidate.id] = {candidate.stored, read_or_subject(candidate.id)};
      last = candidate.position;
    }
    return true;
  });
  if (!under_way || !*under_way) return under_way;
  return db_.write(kWhat, [&] {
    if (counter("rebuilt") != after) return counter("rebuilt").has_value();  // somebody else did it
    for (const auto& candidate : candidates(after, last)) {
      const auto known = read.find(candidate.id);
      const bool same = known != read.end() && known->second.first == candidate.stored;
      index_.insert_next(candidate.position, same ? known->second.second : read_or_subject(candidate.id));
    }
    set_counter("rebuilt", std::max(after, last));
    return !finish();
  });
}

bool IndexRebuild::finish() {
  if (!candidates(counter("rebuilt").value_or(kNoBound), kNoBound).empty()) return false;
  db_.exec(kMakeRoom);
  db_.exec("ALTER TABLE search RENAME TO search_old");
  db_.exec("ALTER TABLE search_next RENAME TO search");
  db_.exec("DELETE FROM counter WHERE name = 'rebuilt'");
  return true;
}

Status IndexRebuild::clear_away(const GoOn& go_on) {
  for (;;) {
    const auto more = db_.write(kWhat, [&] { return clear_some(); });
    if (!more) return more.error();
    if (!*more) return {};
    if (auto turn = between_pieces(go_on); !turn) return turn;
  }
}

bool IndexRebuild::clear_some() {
  {
    auto there = db_.sql("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'search_old'");
    if (!there.step()) return false;
  }
  const ShadowTables writable(db_);
  // FTS5 keeps its own records below 11.
  db_.sql_once("DELETE FROM search_old_data WHERE id IN (SELECT id FROM search_old_data WHERE id > 10 LIMIT ?)")
      .bind(kPages)
      .run();
  if (db_.changed() == kPages) return true;
  db_.exec("DROP TABLE search_old");
  return false;
}

// One damaged message is not to keep all others out of the index: of that, what its row tells.
ParsedMessage IndexRebuild::read_or_subject(std::int64_t message) {
  try {
    auto parsed = parse_(raw_.read(RawChunks::Table::messages, message));
    if (parsed) return *std::move(parsed);
  } catch (const Failure&) {
  }
  ParsedMessage rest;
  auto row = db_.sql("SELECT subject FROM message WHERE id = ?");
  if (row.bind(message).step()) rest.subject = row.text(0);
  return rest;
}

}  // namespace mailmgr::store
