// Options that every command understands, and helpers to declare a command's own. CLI11's vector options would swallow
// operands that follow them and split values like "[a,b]"; the helpers here switch that off.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mailmgr {

struct GlobalOptions {
  std::string home;
  bool json = false;
  bool ids = false;
  std::vector<std::string> fields;
  bool fail_empty = false;
  std::vector<std::string> accounts;
  bool no_input = false;
  bool yes = false;
  bool quiet = false;
  int verbose = 0;
  std::string color = "auto";
  bool no_pager = false;
  std::string allow = "full";
  std::vector<std::string> notify_command;  // see person_notice.h
  std::string postmaster_to;                // who gets what sendmail is given for names of this machine
};

void add_global_options(CLI::App& cli, GlobalOptions& options);

// A check for options whose empty value is a variable that was never set, and no wish.
std::string refuse_empty(const std::string& value);

// An option that may be given several times; each time takes one value.
CLI::Option* add_repeated(CLI::App& cli, const std::string& name, std::vector<std::string>& values,
                          const std::string& description);
// The words that follow the command, dash words included (argv.h); none of them is empty.
CLI::Option* add_operands(CLI::App& cli, const std::string& name, std::vector<std::string>& values,
                          const std::string& description);

}  // namespace mailmgr
