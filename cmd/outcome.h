// What a command that acts on several things comes to: every failure is reported as it happens, and the exit code
// follows from all of them. Of accounts the failure that counts most decides. Of things (messages, files, names) it is
// partial where some were done and others not, and the reason where none was. Trouble that passes stays that: what was
// done is saved, and the same command goes on.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/result.h"

namespace mailmgr {

class App;

class Outcome {
 public:
  explicit Outcome(App& app) : app_(app) {}

  // Of one of several accounts, or of the command as a whole. Reports a failure, naming the account it is about; one
  // that was reported before (Error::reported) only counts.
  void add(const Status& status, std::string_view account = {});
  // The same, and with --json prints {"id","ok","error"?}, the id being the account's name.
  void add_account(const Status& status, std::string_view name);

  // Of one of several things, or of many at once, reported in the same way; `account` is the one it belongs to, where
  // that is known.
  void add_one(const Status& status, std::string_view account = {});
  // Of a thing that is changed: with --json prints {"id","ok","error"?} for each. Its error says what it is about.
  void add_item(const Status& status, std::string_view id, std::string_view account = {});
  void add_item(const Status& status, MessageId id);

  // The worst of all, already reported; in the order 10, 1, 3, 4, 6, 5, 7, 8, 9. Things of which some were done count
  // as 7 there, unless it is one of the first four, which want a hand before anything else.
  Status status() const;

 private:
  Error told(Error error, std::string_view account);

  App& app_;
  std::optional<Error> worst_, worst_of_things_;
  bool some_done_ = false;
};

// The error with the message that it is about, where it does not name that.
Error of_message(const Error& error, MessageId id);

// With --fail-empty, a listing without rows is not_found.
Status check_found(App& app, std::size_t rows);

}  // namespace mailmgr
