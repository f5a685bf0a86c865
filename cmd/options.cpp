#include "cmd/options.h"

#include <CLI/CLI.hpp>

namespace mailmgr {

void add_global_options(CLI::App& cli, GlobalOptions& options) {
  const std::string group = "Global options";
  cli.add_option("--home", options.home, "Keep everything under this folder (default: XDG folders)")
      ->envname("MAILMGR_HOME")
      ->check(refuse_empty)
      ->group(group);
  cli.add_flag("--json", options.json, "Print JSON Lines")->group(group);
  cli.add_flag("--ids", options.ids, "Print ids alone")->group(group);
  cli.add_option("--fields", options.fields, "Print only these columns or keys, in this order (a,b,…)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(group);
  cli.add_flag("--fail-empty", options.fail_empty, "Exit 5 when nothing is found")->group(group);
  add_repeated(cli, "-a,--account", options.accounts, "The account to use, by name or address")->group(group);
  cli.add_flag("--no-input", options.no_input, "Never ask; fail instead")->group(group);
  cli.add_flag("-y,--yes", options.yes, "Answer yes to questions")->group(group);
  cli.add_flag("-q,--quiet", options.quiet, "Say nothing but errors")->group(group);
  cli.add_flag("-v,--verbose", options.verbose, "Say more; twice: also every HTTP request")->group(group);
  cli.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->group(group);
  cli.add_flag("--no-pager", options.no_pager, "Do not use a pager")->group(group);
  cli.add_option("--allow", options.allow, "What this run may do at most: full, send-only, drafts-only, read-only")
      ->check(CLI::IsMember({"full", "send-only", "drafts-only", "read-only"}))
      ->group(group);
  // For config.toml; the underscore is how the file's keys are written.
  add_repeated(cli, "--notify_command", options.notify_command,
               "A program and its arguments, run when an account starts or stops needing a person")
      ->group(group);
  cli.add_option("--postmaster_to", options.postmaster_to,
                 "Who gets what sendmail is given for names of this machine that have no alias")
      ->group(group);
}

std::string refuse_empty(const std::string& value) {
  return value.empty() ? "its value is empty" : "";
}

CLI::Option* add_repeated(CLI::App& cli, const std::string& name, std::vector<std::string>& values,
                          const std::string& description) {
  return cli.add_option(name, values, description)->allow_extra_args(false);
}

CLI::Option* add_operands(CLI::App& cli, const std::string& name, std::vector<std::string>& values,
                          const std::string& description) {
  return cli.add_option(name, values, description);
}

}  // namespace mailmgr
