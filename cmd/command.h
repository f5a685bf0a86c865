// A subcommand: its options and what it does. One subcommand is one class; the table of all is in commands.cpp.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/provider_config.h"

namespace CLI {
class App;
}

namespace mailmgr {

class App;

class Command {
 public:
  virtual ~Command() = default;
  virtual void attach(CLI::App& cli) = 0;  // declares options and operands
  virtual Status run(App& app) = 0;        // the error decides the exit code
  // By the table of all commands; another is only for what other programs define.
  virtual int exit_code(const Error& error) const { return exit_class(error.code).exit_code; }
};

// What --ids and --fields choose from without --json: rows. A text has none; what also prints rows is one of them.
enum class Prints { text, rows };

struct CommandInfo {
  std::string_view path;     // "provider set"
  std::string_view summary;  // one line, no full stop
  std::string_view example;  // one line that works
  std::string_view keys;     // keys of its JSON objects, space-separated
  std::string_view man;      // the manual page that describes it
  // What it does to mailboxes or settings, so what --allow must permit; nullopt: nothing that could be forbidden.
  std::optional<Permission> needs;
  std::unique_ptr<Command> (*make)();
  Prints prints = Prints::text;
};

std::span<const CommandInfo> commands();

// Groups of commands ("provider", "account") and what they are about.
struct CommandGroup {
  std::string_view name;
  std::string_view summary;
};
std::span<const CommandGroup> command_groups();

}  // namespace mailmgr
