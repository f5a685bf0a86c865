#include "cmd/report.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/output/listing.h"
#include "cmd/output/terminal.h"

namespace mailmgr {

nlohmann::ordered_json to_json(const Error& error) {
  return {{"code", exit_class(error.code).name}, {"message", error.message}, {"hint", error.hint}};
}

void report(const Error& error, std::ostream& err, bool json) {
  if (!json) {
    err << "mailmgr: ";
    if (!error.account.empty() && error.message.find(error.account) == std::string::npos) {
      err << output::one_line(error.account) << ": ";
    }
    err << output::one_line(error.message) << '\n';
    if (!error.hint.empty()) err << "hint: " << output::many_lines(error.hint) << '\n';
    return;
  }
  auto body = to_json(error);
  if (!error.account.empty()) body["account"] = error.account;
  err << output::as_json({{"error", std::move(body)}}) << '\n';
}

}  // namespace mailmgr
