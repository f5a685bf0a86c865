#include "store/purge.h"

#include "store/index_rebuild.h"

namespace mailmgr::store {
namespace {

constexpr const char* kWhat = "purging the account";
constexpr auto kRows = static_cast<std::int64_t>(kPieceRows);
constexpr std::int64_t kChunks = kPieceBytes >> 18;  // of 256 KiB

}  // namespace

Status Purge::run(const GoOn& go_on) {
  auto done = db_.read(kWhat, [&] { db_.exec("PRAGMA secure_delete = ON"); });
  if (!done) return done;
  done = remove_everything(go_on);
  auto restored = db_.read(kWhat, [&] { db_.exec("PRAGMA secure_delete = FAST"); });
  return done ? restored : done;
}

Status Purge::remove_everything(const GoOn& go_on) {
  if (auto done = forget_index(go_on); !done) return done;
  if (auto done = in_pieces(go_on, [&] { return remove_messages(); }); !done) return done;
  // Rows that hang on others go first.
  if (auto done = in_pieces(go_on, [&] { return remove_dependents(); }); !done) return done;
  if (auto done = in_pieces(go_on, [&] { return remove_own(); }); !done) return done;
  // What FTS5 keeps of deleted words until it merges; the notes of a person are few.
  auto forgotten = db_.write(kWhat, [&] { db_.exec("INSERT INTO note_search (note_search) VALUES ('rebuild')"); });
  if (!forgotten) return forgotten;
  if (auto done = in_pieces(go_on, [&] { return remove_addresses(); }); !done) return done;
  IndexRebuild rebuild(db_, messages_.index(), messages_.raw(), parse_);
  if (auto done = rebuild.run(account_.value, go_on); !done) return done;
  return db_.rewrite(kWhat);  // earlier deletions left traces too
}

// An index that is being made anew may have this account's words already.
Status Purge::forget_index(const GoOn& go_on) {
  auto any = db_.read(kWhat, [&] { return db_.sql("SELECT 1 FROM message WHERE account = ?").bind(account_).step(); });
  if (!any) return any.error();
  return *any ? IndexRebuild(db_, messages_.index(), messages_.raw(), parse_).abandon(go_on) : Status();
}

template <class Piece>
Status Purge::in_pieces(const GoOn& go_on, Piece piece) {
  for (;;) {
    const auto more = db_.write(kWhat, piece);
    if (!more) return more.error();
    if (auto turn = *more ? between_pieces(go_on) : Status(); !turn) return turn;
    if (!*more) return {};
  }
}

bool Purge::remove_messages() {
  struct Row {
    std::int64_t id = 0;
    std::vector<PersonRef> people;
  };
  std::vector<Row> rows;
  bool more = false;
  {
    std::int64_t bytes = 0;
    auto row = db_.sql("SELECT id, size, people FROM message WHERE account = ? LIMIT ?");
    row.bind(account_, kPieceRows + 1);
    while (row.step()) {
      bytes += row.integer(1);
      more = rows.size() == kPieceRows || (bytes > kPieceBytes && !rows.empty());
      if (more) break;
      rows.push_back({row.integer(0), decode_people(row.bytes(2))});
    }
  }
  for (const auto& row : rows) {
    messages_.raw().remove(RawChunks::Table::messages, row.id);
    messages_.people().unlink(row.id, row.people);
    messages_.marks().remove(row.id);
    db_.sql("DELETE FROM departed WHERE message = ?").bind(row.id).run();
    db_.sql("DELETE FROM message WHERE id = ?").bind(row.id).run();
  }
  return more;
}

bool Purge::remove_dependents() {
  bool more = false;
  for (const char* statement : {
           "DELETE FROM membership WHERE (folder, received, message) IN (SELECT folder, received, message"
           " FROM membership WHERE folder IN (SELECT id FROM folder WHERE account = ?1) LIMIT ?2)",
           "DELETE FROM pending WHERE (wanted, step) IN (SELECT wanted, step FROM pending"
           " WHERE wanted IN (SELECT id FROM wanted WHERE account = ?1) LIMIT ?2)",
           "DELETE FROM seen WHERE (stream, message) IN (SELECT stream, message FROM seen"
           " WHERE stream IN (SELECT id FROM stream WHERE account = ?1) LIMIT ?2)",
           "DELETE FROM staged WHERE (stream, message, label) IN (SELECT stream, message, label FROM staged"
           " WHERE stream IN (SELECT id FROM stream WHERE account = ?1) LIMIT ?2)",
           "DELETE FROM left_out WHERE (stream, remote_id) IN (SELECT stream, remote_id FROM left_out"
           " WHERE stream IN (SELECT id FROM stream WHERE account = ?1) LIMIT ?2)",
           "DELETE FROM failure WHERE (run, remote_id) IN (SELECT run, remote_id FROM failure"
           " WHERE run IN (SELECT id FROM run WHERE account = ?1) LIMIT ?2)",
           "DELETE FROM local_draft_version WHERE (draft, version) IN (SELECT draft, version FROM local_draft_version"
           " WHERE draft IN (SELECT id FROM local_draft WHERE account = ?1) LIMIT ?2)",
           "DELETE FROM note_search WHERE rowid IN (SELECT n.rowid FROM annotation a JOIN note_search n ON n.rowid = "
           "a.id"
           " WHERE a.account = ?1 LIMIT ?2)",
           "DELETE FROM bulk_row WHERE (run, key) IN (SELECT run, key FROM bulk_row"
           " WHERE run IN (SELECT id FROM bulk_run WHERE account = ?1) LIMIT ?2)",
       }) {
    db_.sql(statement).bind(account_, kRows).run();
    more |= db_.changed() == kRows;
  }
  db_.sql(
         "DELETE FROM outbox_chunk WHERE id IN (SELECT c.id FROM outbox o JOIN outbox_chunk c"
         " ON c.id BETWEEN o.id * 65536 AND o.id * 65536 + 65535 WHERE o.account = ?1 LIMIT ?2)")
      .bind(account_, kChunks)
      .run();
  return more || db_.changed() == kChunks;
}

bool Purge::remove_own() {
  // Of the few that hang on another, all at once.
  db_.sql("DELETE FROM signature_default WHERE signature IN (SELECT name FROM signature WHERE account = ?)")
      .bind(account_)
      .run();
  for (const char* statement :
       {"DELETE FROM signature_default WHERE account = ?", "DELETE FROM signature WHERE account = ?",
        "DELETE FROM alias WHERE account = ?", "DELETE FROM bulk_run WHERE account = ?",
        "DELETE FROM sync_account WHERE account = ?", "DELETE FROM stream WHERE account = ?"}) {
    db_.sql(statement).bind(account_).run();
  }
  bool more = false;
  for (const char* statement : {
           "DELETE FROM change WHERE seq IN (SELECT seq FROM change WHERE account = ?1 LIMIT ?2)",
           "DELETE FROM folder WHERE id IN (SELECT id FROM folder WHERE account = ?1 LIMIT ?2)",
           "DELETE FROM wanted WHERE id IN (SELECT id FROM wanted WHERE account = ?1 LIMIT ?2)",
           "DELETE FROM departed WHERE message IN (SELECT message FROM departed WHERE account = ?1 LIMIT ?2)",
           "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE account = ?1 LIMIT ?2)",
           "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE account = ?1 LIMIT ?2)",
           "DELETE FROM imported WHERE (account, sha256) IN (SELECT account, sha256 FROM imported WHERE account = ?1"
           " LIMIT ?2)",
           "DELETE FROM annotation WHERE id IN (SELECT id FROM annotation WHERE account = ?1 LIMIT ?2)",
           "DELETE FROM local_draft WHERE id IN (SELECT id FROM local_draft WHERE account = ?1 LIMIT ?2)",
       }) {
    db_.sql(statement).bind(account_, kRows).run();
    more |= db_.changed() == kRows;
  }
  return more;
}

// Those that nobody else's mail names.
bool Purge::remove_addresses() {
  constexpr std::int64_t kAddresses = 4 * kRows;
  const auto from = addresses_done_;
  std::int64_t count = 0;
  {
    auto row = db_.sql("SELECT count(*), max(id) FROM (SELECT id FROM address WHERE id > ? ORDER BY id LIMIT ?)");
    row.bind(from, kAddresses).step();
    count = row.integer(0);
    if (count > 0) addresses_done_ = row.integer(1);
  }
  db_.sql(
         "DELETE FROM address WHERE id > ?1 AND id <= ?2"
         " AND NOT EXISTS (SELECT 1 FROM participant p WHERE p.address = address.id)")
      .bind(from, addresses_done_)
      .run();
  return count == kAddresses;
}

}  // namespace mailmgr::store
