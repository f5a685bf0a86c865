#include "cmd/bulk_rows.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/outbox_json.h"
#include "cmd/output/terminal.h"
#include "store/store.h"

namespace mailmgr {

std::string_view state_of(const BulkRow& row) {
  if (!row.suppressed.empty()) return "suppressed";
  return row.message ? to_string(row.message->state) : "sent";
}

nlohmann::ordered_json to_json(const BulkRow& row, std::string_view run, std::string_view account) {
  nlohmann::ordered_json json{{"bulk", run}, {"row", row.key}, {"line", row.line}, {"state", state_of(row)}};
  json["account"] = account;
  json["recipients"] = row.recipients;
  json["subject"] = row.subject;
  if (!row.suppressed.empty()) json["suppressed"] = row.suppressed;
  if (!row.message) return json;
  // What the outbox tells besides.
  const auto message = to_json(*row.message, account);
  for (const auto* key : {"id", "message_id", "remote_id", "thread_id", "due", "delivery", "undelivered_to", "status",
                          "diagnostic", "error"}) {
    if (message.contains(key)) json[key] = message[key];
  }
  return json;
}

std::vector<output::Column> bulk_row_columns() {
  return {{"row", "ROW", 30},
          {"state", "STATE", 10},
          {"delivery", "DELIVERY", 8, false, nullptr, 1},
          {"recipients", "TO", 30},
          {"subject", "SUBJECT"}};
}

std::vector<std::string> bulk_row_keys() {
  return {"bulk",      "line", "account",        "suppressed", "id",         "message_id", "remote_id",
          "thread_id", "due",  "undelivered_to", "status",     "diagnostic", "error",      "repeated"};
}

Result<std::pair<BulkRun, AccountRecord>> find_bulk_run(App& app, std::string_view key) {
  auto accounts = app.selected_accounts();
  if (!accounts) return accounts.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto runs = (*mail)->bulk().runs();
  if (!runs) return runs.error();
  std::vector<std::pair<BulkRun, AccountRecord>> found;
  for (auto& run : *runs) {
    for (const auto& account : *accounts) {
      if (run.key == key && run.account == account.id) found.emplace_back(std::move(run), account);
    }
  }
  if (found.empty()) {
    return Error{Code::not_found, fmt::format("bulk: no list has the key \"{}\"", output::one_line(std::string(key))),
                 "mailmgr bulk status"};
  }
  if (found.size() == 1) return std::move(found.front());
  std::string names;
  for (const auto& [run, account] : found) names += (names.empty() ? "" : ", ") + account.name;
  return Error{Code::usage,
               fmt::format("bulk: several accounts have a list \"{}\": {}", output::one_line(std::string(key)), names),
               "choose one with --account NAME"};
}

}  // namespace mailmgr
