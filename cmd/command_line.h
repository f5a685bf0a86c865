// The command line as a tree: global options, groups, commands with their options, built from the table of commands.
// Help, completion and the checks of the manual pages read the same tree.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cmd/command.h"
#include "cmd/options.h"

namespace mailmgr {

class CommandLine {
 public:
  CommandLine() : CommandLine(commands(), command_groups()) {}  // of all commands
  CommandLine(std::span<const CommandInfo> table, std::span<const CommandGroup> groups);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Words without the program's name. Code::usage for what cannot be understood, with the nearest `--help` as hint.
  // Values for options that are not given come from the configuration file, where one is named.
  Status parse(std::vector<std::string> words, const std::string& config_file);

  const CLI::App& app() const { return app_; }
  const GlobalOptions& options() const { return options_; }
  bool wants_version() const { return version_; }
  bool wants_help() const { return help_; }
  // The help of the command that was named, or of the whole program.
  std::string help_text() const;
  // The command that was named, with its line in the table; nullptrs when none was.
  std::pair<const CommandInfo*, Command*> command() const;

 private:
  struct Entry {
    const CommandInfo* info;
    CLI::App* cli;
    std::unique_ptr<Command> command;
  };

  const CLI::App* named() const;

  CLI::App app_;
  GlobalOptions options_;
  bool version_ = false;
  bool help_ = false;
  std::vector<Entry> entries_;
};

}  // namespace mailmgr
