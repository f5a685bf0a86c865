#include "store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <thread>

#include "core/base/failpoint.h"
#include "core/base/private_file.h"
#include "store/fold.h"
#include "store/people_function.h"
#include "store/private_file.h"

namespace mailmgr::store {
namespace {

constexpr int kBusyMillis = 20'000;
// One thread uses a connection, so that SQLite needs no lock per call.
constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;

Error too_new(const std::string& path, std::int64_t version, std::size_t known) {
  return {Code::config,
          fmt::format("opening {}: this store was written by a newer mailmgr (schema {}, this one knows {})", path,
                      version, known),
          "use that newer mailmgr; nothing was touched"};
}

Error foreign(const std::string& path) {
  return {Code::config, fmt::format("opening {}: it is not a mailmgr store", path),
          fmt::format("move it away: mv '{0}' '{0}.old'", path)};
}

std::uint32_t big_endian(const unsigned char* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

// For steps of the schema: what SQL cannot do.
void without_accents_of(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto* text = sqlite3_value_text(arguments[0]);
  if (text == nullptr) return;
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(arguments[0]));
  const auto plain = without_accents({reinterpret_cast<const char*>(text), size});
  sqlite3_result_text(context, plain.data(), static_cast<int>(plain.size()), SQLITE_TRANSIENT);
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& folder, const DatabaseKind& kind, OpenMode mode) {
  auto real_folder = private_folder(folder);
  if (!real_folder) return real_folder.error();
  const std::string path = *real_folder + "/" + std::string(kind.file_name);
  std::string file = path;
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    if (auto fine = check_private_file(path + suffix); !fine) return fine.error();
  }
  auto there = exists(path);
  if (!there) return there.error();
  if (!*there && mode == OpenMode::read) {
    file = ":memory:";  // an empty store, and nothing is left behind
  } else if (auto made = create_private_file(path); !made) {
    return made.error();
  }

  std::unique_ptr<Database> db;
  try {
    db.reset(new Database(path, file, kind.is_secret));
  } catch (const SQLite::Exception& trouble) {
    return Error{Code::store, fmt::format("opening {}: {}", path, trouble.what()),
                 "check the path and its permissions"};
  }
  auto ready = db->guard("opening " + path, [&] {
    db->check_header(kind);
    db->harden(mode);
    db->exec("BEGIN");  // one moment for all that is looked at: another process may be making this database right now
    db->refuse_foreign(kind);
    db->exec("COMMIT");
    db->use_wal();
    db->migrate(kind);
    if (mode == OpenMode::read) db->exec("PRAGMA query_only = ON");
  });
  if (!ready) return ready.error();
  return db;
}

Result<std::unique_ptr<Database>> Database::in_memory(const DatabaseKind& kind) {
  std::unique_ptr<Database> db(new Database(":memory:", ":memory:", kind.is_secret));
  auto ready = db->guard("opening a database in memory", [&] { db->migrate(kind); });
  if (!ready) return ready.error();
  return db;
}

Database::Database(std::string path, const std::string& file, bool is_secret)
    : path_(std::move(path)), is_secret_(is_secret), db_(file, kFlags, kBusyMillis) {
  register_people_function(db_);
}

// Looks at the file's header alone (SQLite file format §1.3): reading a database in SQL may already write to its WAL,
// and a store of a newer version is not to be touched. Through SQLite's own descriptor: closing another one of the same
// file drops every POSIX lock that this process holds on it (sqlite.org/howtocorrupt.html §2.2).
void Database::check_header(const DatabaseKind& kind) {
  sqlite3_file* file = nullptr;
  std::array<unsigned char, 100> header{};
  const int found = sqlite3_file_control(db_.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (found != SQLITE_OK || file == nullptr || file->pMethods == nullptr) return;  // in memory
  // A short read means that nothing was written yet; what else is wrong, the first statement says.
  if (file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0) != SQLITE_OK) return;
  const auto version = big_endian(&header[60]);
  const auto application = static_cast<std::int32_t>(big_endian(&header[68]));
  if (version != 0 && application != kind.application_id) throw Failure(foreign(path_));
  if (version > kind.migrations.size()) throw Failure(too_new(path_, version, kind.migrations.size()));
}

void Database::harden(OpenMode mode) {
  // The file may have been written by somebody else (a restored backup): no function of it runs, no shadow table of it
  // is written by SQL, and cells are checked when pages are read.
  sqlite3_db_config(db_.getHandle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  exec("PRAGMA trusted_schema = OFF");
  exec("PRAGMA cell_size_check = ON");
  exec("PRAGMA foreign_keys = ON");
  // With WAL this is one fsync per commit, and it is what makes "stored" true after a power cut.
  exec("PRAGMA synchronous = FULL");
  exec("PRAGMA temp_store = MEMORY");
  // Debian's SQLite overwrites freed pages by default, which doubles what merging the search index writes. FAST still
  // overwrites within pages that are written anyway; purging goes over the rest.
  exec(is_secret_ ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = FAST");
  exec("PRAGMA journal_size_limit = 67108864");
  if (mode == OpenMode::write) exec("PRAGMA cache_size = -16384");  // KiB: a commit's pages stay in memory
}

// In a database that is new, two connections may ask for WAL at once. Each then holds a read lock and wants to write,
// and SQLite ends such a deadlock by refusing one of them at once, whatever the busy timeout: that one asks again.
void Database::use_wal() {
  const char* const ask = "PRAGMA journal_mode = WAL";
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyMillis);
  while (db_.tryExec(ask) == SQLITE_BUSY && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  exec(ask);
}

void Database::refuse_foreign(const DatabaseKind& kind) {
  const auto version = db_.execAndGet("PRAGMA user_version").getInt64();
  if (version > static_cast<std::int64_t>(kind.migrations.size())) {
    throw Failure(too_new(path_, version, kind.migrations.size()));
  }
  const auto application = db_.execAndGet("PRAGMA application_id").getInt();
  const bool used = db_.execAndGet("SELECT count(*) FROM sqlite_schema").getInt64() > 0;
  if (used && application != kind.application_id) throw Failure(foreign(path_));

  // mailmgr makes neither triggers nor views, and two virtual tables, of one of which there are two while it is made
  // anew. In a file that somebody else prepared they would run with our statements.
  auto found = sql_once(
      "SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view')"
      " OR (type = 'table' AND name NOT IN ('search', 'search_next', 'search_old', 'note_search')"
      " AND sql LIKE 'CREATE VIRTUAL%')");
  if (found.step()) {
    throw Failure(
        {Code::config,
         fmt::format("opening {}: it holds a {} that mailmgr did not make ({})", path_, found.text(0), found.text(1)),
         "restore the store from a backup you trust"});
  }
}

void Database::migrate(const DatabaseKind& kind) {
  const auto known = static_cast<std::int64_t>(kind.migrations.size());
  if (db_.execAndGet("PRAGMA user_version").getInt64() == known) return;
  db_.createFunction("mailmgr_without_accents", 1, true, nullptr, without_accents_of);
  Transaction transaction(*this);
  // Read again: another process may have migrated while we waited for the lock.
  const auto version = db_.execAndGet("PRAGMA user_version").getInt64();
  if (version > known) throw Failure(too_new(path_, version, kind.migrations.size()));
  for (auto step = version; step < known; ++step) exec(kind.migrations[static_cast<std::size_t>(step)]);
  exec(fmt::format("PRAGMA application_id = {}", kind.application_id).c_str());
  exec(fmt::format("PRAGMA user_version = {}", known).c_str());
  transaction.commit();
}

bool Database::empty_wal(Patience patience) {
  sqlite3* handle = db_.getHandle();
  if (patience == Patience::none) sqlite3_busy_timeout(handle, 0);
  const int result = sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(handle, kBusyMillis);
  return result == SQLITE_OK;
}

Status Database::rewrite(std::string_view what) {
  return guard(what, [&] {
    exec("PRAGMA temp_store = FILE");  // VACUUM makes a copy: not in memory
    exec("VACUUM");
    exec("PRAGMA temp_store = MEMORY");
    // What was there before is in the write-ahead log until then.
    if (!empty_wal(Patience::as_for_writing)) {
      throw Failure({Code::try_later, "the store is being read by another program", "run the same command again"});
    }
  });
}

Sql Database::sql(const char* text) {
  auto& slot = statements_[text];
  if (slot.empty()) return {std::make_unique<SQLite::Statement>(db_, text), &slot};
  auto statement = std::move(slot.back());
  slot.pop_back();
  return {std::move(statement), &slot};
}

Sql Database::sql_once(const std::string& text) {
  return {std::make_unique<SQLite::Statement>(db_, text), nullptr};
}

Error Database::translate(std::string_view what, const SQLite::Exception& trouble) const {
  const auto say = [&](Code code, std::string_view words, std::string hint) {
    return Error{code, fmt::format("{}: {}", what, words), std::move(hint)};
  };
  // The primary result code is the low byte of the extended one (sqlite.org/rescode.html).
  switch (trouble.getErrorCode() & 0xff) {
    case SQLITE_FULL:
      return say(Code::store, "the disk is full", "free some space, then run the same command again; nothing is lost");
    case SQLITE_IOERR:
      return say(Code::store, fmt::format("reading or writing {} failed ({})", path_, trouble.what()),
                 "check the disk (is it full?), then run the same command again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return say(Code::store, fmt::format("{} is damaged ({})", path_, trouble.what()),
                 fmt::format("keep a copy, then move it away: mv '{0}' '{0}.damaged'", path_));
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return say(Code::store, fmt::format("{} cannot be written ({})", path_, trouble.what()),
                 "check the permissions of the folder and the file");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return say(Code::try_later, "another mailmgr is writing to the store", "run the same command again");
    case SQLITE_NOMEM:
      return say(Code::store, "out of memory", "");
    case SQLITE_TOOBIG:
      return say(Code::too_large, "the value is too large for the store", "");
    default:
      return say(Code::internal, trouble.what(), "");
  }
}

Database::Transaction::Transaction(Database& db) : db_(db) {
  db_.sql("BEGIN IMMEDIATE").run();
}

Database::Transaction::~Transaction() {
  // After a full disk SQLite may have rolled back by itself already.
  if (open_ && sqlite3_get_autocommit(db_.db_.getHandle()) == 0) (void)db_.db_.tryExec("ROLLBACK");
}

void Database::Transaction::commit() {
  failpoint("store.before_commit");
  db_.sql("COMMIT").run();
  open_ = false;
  failpoint("store.after_commit");
}

}  // namespace mailmgr::store
