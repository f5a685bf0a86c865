// What a command that acts on several things comes to: every failure is reported as it happens, and the one that counts
// most decides the exit code.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"

namespace mailmgr {

class App;

class Outcome {
 public:
  explicit Outcome(App& app) : app_(app) {}
  // Reports a failure, naming the account it is about; one that was reported before (Error::reported) only counts.
  void add(const Status& status, std::string_view account);
  // The same for one of several things that a command changes: with --json it prints {"id","ok","error"?} for each.
  void add_item(const Status& status, std::string_view id);
  // The worst of all, already reported; in the order 10, 1, 3, 4, 6, 5, 7, 8, 9.
  Status status() const;

 private:
  App& app_;
  std::optional<Error> worst_;
};

// With --fail-empty, a listing without rows is not_found.
Status check_found(App& app, std::size_t rows);

}  // namespace mailmgr
