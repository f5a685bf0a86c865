#include "store/database_pair.h"

#include "store/schema.h"

namespace mailmgr::store {
namespace {

// BEGIN alone pins nothing: the first read does.
void start_reading(Database& db) {
  db.exec("BEGIN");
  db.sql("SELECT count(*) FROM sqlite_schema").step();
}

}  // namespace

Result<DatabasePair> DatabasePair::open(const std::string& folder, OpenMode mode) {
  auto mail = Database::open(folder, kMailDatabase, mode);
  if (!mail) return mail.error();
  auto tokens = Database::open(folder, kTokensDatabase, mode);
  if (!tokens) return tokens.error();
  return DatabasePair{*std::move(mail), *std::move(tokens)};
}

Result<DatabasePair> DatabasePair::pinned(const std::string& folder) {
  auto writers = open(folder, OpenMode::write);
  if (!writers) return writers.error();
  auto readers = open(folder, OpenMode::read);
  if (!readers) return readers.error();
  // SQLite has no moment common to two files; there is one while nobody can write to either. mail.db first: a sync may
  // hold it for long, and a refresh of tokens is not to wait for that. Nothing else in mailmgr holds both, so that this
  // cannot end in a deadlock.
  const auto pin = [&] {
    start_reading(*readers->mail);
    start_reading(*readers->tokens);
  };
  const auto done = writers->mail->write("holding mail.db still",
                                         [&] { throw_unless(writers->tokens->write("holding tokens.db still", pin)); });
  if (!done) return done.error();
  return readers;
}

Status DatabasePair::fold() {
  for (auto* db : {mail.get(), tokens.get()}) {
    const auto done = db->read("folding the log into " + db->path(), [&] { db->exec("PRAGMA journal_mode = DELETE"); });
    if (!done) return done;
  }
  return {};
}

}  // namespace mailmgr::store
