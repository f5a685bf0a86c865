#include "cmd/guard.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cmd/app.h"
#include "cmd/ask.h"
#include "cmd/options.h"

namespace mailmgr {
namespace {

constexpr std::size_t kManyMessages = 100;

}  // namespace

void MassGuard::attach(CLI::App& cli) {
  cli.add_option("--max", max_, "Do it without asking for up to so many messages, and not at all for more")
      ->check(refuse_empty);
}

bool MassGuard::asks(std::size_t messages) const {
  return !max_ && messages > kManyMessages;
}

Status MassGuard::check(App& app, std::size_t messages, std::string_view account, std::string_view what,
                        std::string_view command) const {
  if (max_ && messages > *max_) {
    return Error{Code::usage,
                 fmt::format("{}: {} messages, and --max allows {}: nothing was done", command, messages, *max_),
                 "look with --dry-run; then raise --max"};
  }
  if (!asks(messages)) return {};
  auto asked = confirm(app, fmt::format("{} {} messages of {}?", what, messages, account), command);
  if (asked || app.may_ask() || asked.error().code != Code::usage) return asked;
  return Error{Code::usage, fmt::format("{}: {} messages of {}, and nobody to ask", command, messages, account),
               fmt::format("--yes, or --max {}", messages)};
}

}  // namespace mailmgr
