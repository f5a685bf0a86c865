// One SQLite connection with everything mailmgr asks of it: private files, WAL, durable commits, migrations, and errors
// as values. SQLite's exceptions do not leave read() and write(). Not thread-safe: one thread uses a Database.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "core/base/result.h"
#include "store/sql.h"

namespace mailmgr::store {

enum class OpenMode {
  read,   // never writes; a database that does not exist yet is empty
  write,  // made when missing
};

// What a database is: its name, its mark in the file header and the steps that build its schema. `migrations[n]` leads
// from version n to n + 1 (PRAGMA user_version); steps that were released are never changed, only followed by others.
struct DatabaseKind {
  std::string_view file_name;
  std::int32_t application_id;
  std::span<const char* const> migrations;
  // What is removed or overwritten is secret: it is wiped from the file and the write-ahead log with the commit. For
  // small databases that are seldom written.
  bool is_secret = false;
};

enum class Patience { none, as_for_writing };

class Database {
 public:
  // Code::config: refused (open to others, a newer schema, foreign contents). Code::store, try_later: as read().
  static Result<std::unique_ptr<Database>> open(const std::string& folder, const DatabaseKind& kind, OpenMode mode);

  // An empty one with that schema, in memory.
  static Result<std::unique_ptr<Database>> in_memory(const DatabaseKind& kind);

  // Runs `work` and turns what it throws into an Error that begins with `what` ("listing messages"). Code::store: disk
  // full, I/O error, damage; Code::try_later: another process writes for longer than the busy timeout.
  template <class Work>
  auto read(std::string_view what, Work&& work) -> Result<std::invoke_result_t<Work>> {
    return guard(what, [&] { return work(); });
  }
  // The same in one durable transaction. It is taken at the start (BEGIN IMMEDIATE): a transaction that begins to write
  // later fails at once when another process wrote meanwhile, whatever the busy timeout.
  template <class Work>
  auto write(std::string_view what, Work&& work) -> Result<std::invoke_result_t<Work>> {
    auto done = guard(what, [&] {
      Transaction transaction(*this);
      if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
        work();
        transaction.commit();
      } else {
        auto result = work();
        transaction.commit();
        return result;
      }
    });
    // Where others are reading at this moment, the next commit does it.
    if (done && is_secret_) (void)empty_wal(Patience::none);
    return done;
  }

  // Moves all of the write-ahead log into the database and cuts it to nothing, so that no earlier content stays
  // readable in it. False when another connection is using the log for longer than `patience`; the next call may
  // succeed. Not within a transaction.
  bool empty_wal(Patience patience);
  // Writes the file anew, so that nothing that was deleted stays in its free pages or in the log. Outside of write().
  Status rewrite(std::string_view what);

  // A prepared statement from the cache; `text` must be a literal (its address is the key).
  Sql sql(const char* text);
  // A statement made for this one use.
  Sql sql_once(const std::string& text);
  std::int64_t last_id() const { return db_.getLastInsertRowid(); }
  std::int64_t changed() const { return db_.getChanges(); }
  void exec(const char* text) { db_.exec(text); }
  const std::string& path() const { return path_; }
  SQLite::Database& connection() { return db_; }  // for SQLite's own functions

 private:
  class Transaction {
   public:
    explicit Transaction(Database& db);
    ~Transaction();
    void commit();

   private:
    Database& db_;
    bool open_ = true;
  };

  Database(std::string path, const std::string& file, bool is_secret);
  void check_header(const DatabaseKind& kind);
  void harden(OpenMode mode);
  void use_wal();
  void refuse_foreign(const DatabaseKind& kind);
  void migrate(const DatabaseKind& kind);
  Error translate(std::string_view what, const SQLite::Exception& trouble) const;

  template <class Work>
  auto guard(std::string_view what, Work&& work) -> Result<std::invoke_result_t<Work>> {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
        work();
        return {};
      } else {
        return work();
      }
    } catch (const Failure& failure) {
      return failure.error;
    } catch (const SQLite::Exception& trouble) {
      return translate(what, trouble);
    }
  }

  std::string path_;
  bool is_secret_ = false;
  SQLite::Database db_;
  std::unordered_map<const char*, Sql::Slot> statements_;
};

}  // namespace mailmgr::store
