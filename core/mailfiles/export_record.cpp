#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/mailfiles/export_target.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kFormats{"maildir", "mbox", "eml", "jsonl"};

}  // namespace

std::string_view to_string(MailFormat format) {
  return kFormats[static_cast<std::size_t>(format)];
}

std::optional<MailFormat> mail_format(std::string_view word) {
  const auto found = std::find(kFormats.begin(), kFormats.end(), word);
  if (found == kFormats.end()) return std::nullopt;
  return static_cast<MailFormat>(found - kFormats.begin());
}

std::string to_json(const ExportRecord& record) {
  Json json{{"complete", record.complete}, {"format", to_string(record.format)},
            {"query", record.query},       {"accounts", record.accounts},
            {"mirror", record.mirror},     {"started", to_rfc3339(record.started)},
            {"messages", record.messages}, {"added", record.added},
            {"updated", record.updated},   {"unchanged", record.unchanged},
            {"removed", record.removed},   {"failed", record.failed},
            {"bytes", record.bytes}};
  if (record.finished) json["finished"] = to_rfc3339(*record.finished);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<ExportRecord> read_record(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto complete = json.find("complete"), format = json.find("format"), query = json.find("query"),
             accounts = json.find("accounts");
  for (const auto& found : {complete, format, query, accounts}) {
    if (found == json.end()) return std::nullopt;
  }
  if (!complete->is_boolean() || !format->is_string() || !query->is_string() || !accounts->is_array()) return {};
  ExportRecord record;
  record.complete = complete->get<bool>();
  const auto known = mail_format(format->get<std::string>());
  if (!known) return std::nullopt;
  record.format = *known;
  record.query = query->get<std::string>();
  for (const auto& account : *accounts) {
    if (!account.is_string()) return std::nullopt;
    record.accounts.push_back(account.get<std::string>());
  }
  return record;
}

}  // namespace mailmgr
