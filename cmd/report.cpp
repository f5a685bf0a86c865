#include "cmd/report.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/output/listing.h"
#include "cmd/output/terminal.h"
#include "core/base/shell_word.h"

namespace mailmgr {

namespace {

// Who gives a hint does not always know the account; where it is known by now, the command is one to copy.
std::string hint_of(const Error& error, std::string_view account) {
  constexpr std::string_view kOption = "--account ", kPlaceholder = "NAME";
  const auto name = error.account.empty() ? std::string(account) : error.account;
  const auto at = error.hint.find("--account NAME");
  if (name.empty() || at == error.hint.npos) return error.hint;
  auto hint = error.hint;
  return hint.replace(at + kOption.size(), kPlaceholder.size(), shell_word(name));
}

}  // namespace

nlohmann::ordered_json to_json(const Error& error, std::string_view account) {
  return {{"code", exit_class(error.code).name}, {"message", error.message}, {"hint", hint_of(error, account)}};
}

bool holds_name(std::string_view message, std::string_view name) {
  constexpr std::string_view kBefore = " \"'(<@";  // @: of a saved search
  constexpr std::string_view kBehind = " \"')>:;,";
  for (auto at = message.find(name); at != message.npos; at = message.find(name, at + 1)) {
    const auto end = at + name.size();
    const bool begins = at == 0 || kBefore.find(message[at - 1]) != kBefore.npos;
    const bool ends = end == message.size() || kBehind.find(message[end]) != kBehind.npos;
    if (begins && ends) return true;
  }
  return false;
}

void report(const Error& error, std::ostream& err, bool json) {
  if (!json) {
    err << "mailmgr: ";
    if (!error.account.empty() && !holds_name(error.message, error.account)) {
      err << output::one_line(error.account) << ": ";
    }
    err << output::one_line(error.message) << '\n';
    if (!error.hint.empty()) err << "hint: " << output::many_lines(hint_of(error, {})) << '\n';
    return;
  }
  auto body = to_json(error);
  if (!error.account.empty()) body["account"] = error.account;
  err << output::as_json({{"error", std::move(body)}}) << '\n';
}

}  // namespace mailmgr
