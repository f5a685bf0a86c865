// One use of a prepared statement: bind, step, read columns. Statements come from Database::sql and go back to its
// cache when the Sql is destroyed, so that they hold no read transaction longer than their scope. Everything here
// throws (SQLite::Exception, or Failure for our own errors); Database::read and ::write turn that into an Error.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr::store {

// An Error on its way out of a transaction, which it rolls back.
struct Failure : std::exception {
  explicit Failure(Error e) : error(std::move(e)) {}
  const char* what() const noexcept override { return error.message.c_str(); }
  Error error;
};

inline void throw_unless(const Status& status) {
  if (!status) throw Failure(status.error());
}

// Bound without a copy and as bytes: must outlive the statement's use.
struct Bytes {
  std::string_view view;
};
// Text bound without a copy: must outlive the statement's use.
struct BorrowedText {
  const std::string& text;
};

class Sql {
 public:
  using Slot = std::vector<std::unique_ptr<SQLite::Statement>>;

  // `slot` receives the statement back; nullptr: it is thrown away.
  Sql(std::unique_ptr<SQLite::Statement> statement, Slot* slot) : statement_(std::move(statement)), slot_(slot) {}
  ~Sql();
  Sql(Sql&&) = default;
  Sql& operator=(Sql&&) = delete;

  // Binds parameters ?1, ?2, … in order. Bind all of them: values of an earlier use would stay otherwise.
  template <class... Values>
  Sql& bind(const Values&... values) {
    int index = 0;
    (set(++index, values), ...);
    return *this;
  }
  void set(int index, std::nullopt_t) { statement_->bind(index); }
  template <std::integral Number>
  void set(int index, Number value) {
    statement_->bind(index, static_cast<std::int64_t>(value));
  }
  void set(int index, const std::string& text) { statement_->bind(index, text); }
  void set(int index, std::string_view text) { statement_->bind(index, std::string(text)); }
  void set(int index, const char* text) { statement_->bind(index, text); }
  void set(int index, Bytes bytes);
  void set(int index, BorrowedText borrowed) { statement_->bindNoCopy(index, borrowed.text); }
  void set(int index, Time time) { set(index, to_unix_millis(time)); }
  template <class Tag, class Rep>
  void set(int index, const Id<Tag, Rep>& id) {
    set(index, id.value);
  }
  template <class Value>
  void set(int index, const std::optional<Value>& value) {
    if (value) {
      set(index, *value);
    } else {
      set(index, std::nullopt);
    }
  }

  int parameters() const { return statement_->getBindParameterCount(); }  // the highest number bound to

  bool step() { return statement_->executeStep(); }  // false: no (more) row
  void run();                                        // for statements without rows; ready to be bound again
  void again() { statement_->reset(); }              // ready to be bound again

  bool is_null(int column) const { return statement_->isColumnNull(column); }
  std::int64_t integer(int column) const { return statement_->getColumn(column).getInt64(); }
  bool boolean(int column) const { return integer(column) != 0; }
  std::string text(int column) const { return statement_->getColumn(column).getString(); }
  std::string_view bytes(int column) const;  // valid until the next step
  Time time(int column) const { return from_unix_millis(integer(column)); }
  std::optional<Time> maybe_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
  }

 private:
  std::unique_ptr<SQLite::Statement> statement_;
  Slot* slot_;
};

}  // namespace mailmgr::store
