// Errors as values. An Error says what was tried and what went wrong, in words for a person, and carries a Code that
// decides what the program does next: retry, ask for a login, drop an item, exit. exit_classes() is the one table from
// which exit codes, their names in JSON and the documentation are made.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mailmgr {

enum class Code {
  internal,       // a bug, or something unforeseen
  usage,          // wrong flags or arguments; nothing was done
  config,         // provider not set, bad setting, no key, store refused
  auth_required,  // a person must log in again
  not_found,      // what was named does not exist
  refused,        // the provider or a policy said no and will say no again
  partial,        // some was done or is uncertain
  try_later,      // temporary trouble; run again
  busy,           // another run holds this account
  store,          // disk full, I/O error, damaged store
  interrupted,    // SIGINT, SIGTERM or a deadline of our own

  // Finer codes that flows act on. Each belongs to one of the classes above (see exit_class).
  unreachable,     // no connection was made: the request was certainly not processed        → try_later
  no_answer,       // the request was sent, the answer did not come: outcome unknown         → try_later
  throttled,       // the provider asked for patience; retry_after may say how much          → try_later
  cursor_expired,  // the provider no longer knows this sync position: list everything again → try_later
  gone,            // a remote item no longer exists                                         → not_found
  too_large,       // over a limit named in the message                                      → refused
  token_rejected,  // the API refused an access token (401): refresh once, then log in       → auth_required
};

struct Error {
  Code code = Code::internal;
  std::string message;    // "what was tried, on what: what went wrong", without a final full stop
  std::string hint = {};  // the exact command or place to go next; may be empty
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
  std::string account = {};  // the account this is about, where there is one
  bool reported = false;     // a person has been told already; only the exit code is left to give

  // The same error with more context in front: "PREFIX: message".
  [[nodiscard]] Error within(std::string_view prefix) const;
};

// A class of endings as scripts see it: the exit code, its name in JSON and in the manual.
struct ExitClass {
  Code code;
  int exit_code;
  std::string_view name;
  std::string_view meaning;
};

// Every class, in the order of exit codes; `interrupted` is 130 here, SIGTERM's 143 is decided where signals are known.
std::span<const ExitClass> exit_classes();

// The class a code belongs to; total over Code.
const ExitClass& exit_class(Code code);

}  // namespace mailmgr
