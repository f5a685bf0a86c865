#include "store/store_copies.h"

#include <SQLiteCpp/Backup.h>
#include <fmt/format.h>

#include <set>

#include "store/database_pair.h"
#include "store/private_file.h"
#include "store/schema.h"

namespace mailmgr::store {
namespace {

constexpr int kPagesAtOnce = 256;
constexpr int kPatienceMillis = 500;  // with commands that only look at an empty store

std::string file_in(const std::string& folder, const DatabaseKind& kind) {
  return folder + "/" + std::string(kind.file_name);
}

std::uint64_t count(Database& db, const char* text) {
  auto row = db.sql(text);
  row.step();
  return static_cast<std::uint64_t>(row.integer(0));
}

// A file that others could open while it is written would be useless half full; this one is in a private folder and its
// owner throws it away unless all went well, so it needs no journal.
Status copy_database(Database& from, const std::string& to, std::uint64_t done, std::uint64_t total,
                     const ByteProgress& progress, const Stop& stop) {
  if (auto made = create_private_file(to); !made) return made;
  return from.read("copying " + from.path(), [&] {
    const auto page_size = count(from, "PRAGMA page_size");
    SQLite::Database target(to, SQLite::OPEN_READWRITE);
    target.exec("PRAGMA journal_mode = OFF");
    target.exec("PRAGMA synchronous = OFF");
    SQLite::Backup backup(target, from.connection());
    while (backup.executeStep(kPagesAtOnce) == SQLite::OK) {
      if (stop.interrupted()) throw Failure(Stop::error());
      const auto copied = static_cast<std::uint64_t>(backup.getTotalPageCount() - backup.getRemainingPageCount());
      if (progress) progress("copying", done + copied * page_size, total);
    }
    if (backup.getRemainingPageCount() > 0) {
      throw Failure({Code::internal, fmt::format("copying {}: the copy is not complete", from.path()), ""});
    }
  });
}

std::uint64_t size_of(Database& db) {
  return count(db, "PRAGMA page_count") * count(db, "PRAGMA page_size");
}

std::set<std::string> names_in(Database& db) {
  std::set<std::string> names;
  // The tables of an index that was being made anew come and go.
  auto row = db.sql(
      "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
      " AND NOT (type = 'table' AND (name GLOB 'search_next*' OR name GLOB 'search_old*'))");
  while (row.step()) names.insert(row.text(0));
  return names;
}

// A file can carry mailmgr's mark and hold something else. Throws.
void check_database(Database& db, const DatabaseKind& kind) {
  auto row = db.sql("PRAGMA integrity_check(1)");
  row.step();
  if (row.text(0) != "ok") {
    throw Failure({Code::store, fmt::format("checking {}: it is damaged ({})", kind.file_name, row.text(0)), ""});
  }
  auto model = Database::in_memory(kind);
  if (!model) throw Failure(model.error());
  if (names_in(db) != names_in(**model)) {
    throw Failure({Code::config, fmt::format("checking {}: its tables are not mailmgr's", kind.file_name), ""});
  }
}

// What was not sent for certain may have been sent after the backup was made: by a store that is lost, or one that
// lives on.
std::uint64_t hold_mail(Database& mail) {
  mail.sql("UPDATE outbox SET held_from = state, state = 'held' WHERE state NOT IN ('sent', 'cancelled', 'held')")
      .run();
  return static_cast<std::uint64_t>(mail.changed());
}

std::vector<std::string> drop_secrets(Database& tokens) {
  std::vector<std::string> providers;
  {
    auto row = tokens.sql(
        "SELECT name FROM provider WHERE length(sealed_client_secret) > 0 OR length(sealed_private_key) > 0"
        " ORDER BY name");
    while (row.step()) providers.push_back(row.text(0));
  }
  tokens.sql("UPDATE provider SET sealed_client_secret = x'', sealed_private_key = x''").run();
  tokens
      .sql(
          "UPDATE grant_ SET sealed_refresh_token = x'', sealed_access_token = x'', access_expires = NULL,"
          " refresh_expires = NULL, generation = generation + 1")
      .run();
  tokens
      .sql(
          "UPDATE grant_ SET state = 'needs_login', state_reason = 'this store is a copy; its login stayed with the"
          " original' WHERE kind IN ('oauth_code', 'device')")
      .run();
  tokens.sql("UPDATE vault SET store_uuid = randomblob(16), wrapped_key = x''").run();
  return providers;
}

}  // namespace

Result<bool> SqliteStoreCopies::is_empty() {
  auto pair = DatabasePair::open(data_, OpenMode::read);
  if (!pair) return pair.error();
  auto mail = pair->mail->read("looking into mail.db", [&] {
    return count(*pair->mail, "SELECT EXISTS (SELECT 1 FROM message) OR EXISTS (SELECT 1 FROM outbox)") == 0;
  });
  if (!mail || !*mail) return mail;
  return pair->tokens->read("looking into tokens.db", [&] {
    return count(*pair->tokens, "SELECT EXISTS (SELECT 1 FROM provider) OR EXISTS (SELECT 1 FROM account)") == 0;
  });
}

Status SqliteStoreCopies::copy_to(const std::string& folder, const ByteProgress& progress, const Stop& stop) {
  auto pinned = DatabasePair::pinned(data_);
  if (!pinned) return pinned.error();
  std::uint64_t mail_size = 0, total = 0;
  auto sized = pinned->mail->read("reading the size of the store", [&] {
    mail_size = size_of(*pinned->mail);
    total = mail_size + size_of(*pinned->tokens);
  });
  if (!sized) return sized;
  auto mail = copy_database(*pinned->mail, file_in(folder, kMailDatabase), 0, total, progress, stop);
  if (!mail) return mail;
  return copy_database(*pinned->tokens, file_in(folder, kTokensDatabase), mail_size, total, progress, stop);
}

Result<StoreContents> SqliteStoreCopies::check(const std::string& folder) {
  auto pair = DatabasePair::open(folder, OpenMode::write);
  if (!pair) return pair.error();
  StoreContents contents;
  auto mail = pair->mail->read("checking mail.db", [&] {
    check_database(*pair->mail, kMailDatabase);
    contents.mail_schema = static_cast<std::int64_t>(count(*pair->mail, "PRAGMA user_version"));
    contents.messages = count(*pair->mail, "SELECT count(*) FROM message WHERE stored > 0");
  });
  if (!mail) return mail.error();
  auto tokens = pair->tokens->read("checking tokens.db", [&] {
    check_database(*pair->tokens, kTokensDatabase);
    contents.tokens_schema = static_cast<std::int64_t>(count(*pair->tokens, "PRAGMA user_version"));
    contents.accounts = count(*pair->tokens, "SELECT count(*) FROM account");
  });
  if (!tokens) return tokens.error();
  if (auto folded = pair->fold(); !folded) return folded.error();
  return contents;
}

Result<Adoption> SqliteStoreCopies::adopt(const std::string& folder, RestoreAs as) {
  auto pair = DatabasePair::open(folder, OpenMode::write);
  if (!pair) return pair.error();
  Adoption adoption;
  auto held = pair->mail->write("holding mail that was not sent", [&] { return hold_mail(*pair->mail); });
  if (!held) return held.error();
  adoption.held = *held;
  if (as == RestoreAs::copy) {
    auto dropped = pair->tokens->write("dropping the copy's logins", [&] { return drop_secrets(*pair->tokens); });
    if (!dropped) return dropped.error();
    adoption.without_secrets = *std::move(dropped);
    // What was overwritten is still in pages that are free now.
    auto gone = pair->tokens->read("dropping the copy's logins", [&] { pair->tokens->exec("VACUUM"); });
    if (!gone) return gone.error();
  }
  if (auto folded = pair->fold(); !folded) return folded.error();
  return adoption;
}

Status SqliteStoreCopies::make_way() {
  {
    auto pair = DatabasePair::open(data_, OpenMode::write);
    if (!pair) return pair.error();
    for (auto* db : {pair->mail.get(), pair->tokens.get()}) db->connection().setBusyTimeout(kPatienceMillis);
    // Leaving WAL mode succeeds only for the last connection.
    if (auto alone = pair->fold(); !alone) {
      if (alone.error().code != Code::try_later) return alone;
      return Error{Code::busy, fmt::format("replacing the empty store in {}: another mailmgr uses it", data_),
                   "wait for it to end, then run the same command again"};
    }
  }
  auto empty = is_empty();
  if (!empty) return empty.error();
  if (*empty) return {};
  return Error{Code::refused, fmt::format("replacing the empty store in {}: it is not empty any more", data_), ""};
}

}  // namespace mailmgr::store
