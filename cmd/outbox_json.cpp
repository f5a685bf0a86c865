#include "cmd/outbox_json.h"

#include <nlohmann/json.hpp>

namespace mailmgr {

nlohmann::ordered_json to_json(const OutboxRow& row, std::string_view account) {
  nlohmann::ordered_json json;
  if (row.id.value > 0) json["id"] = row.id.value;  // none yet on a dry run
  if (!row.key.empty()) json["key"] = row.key;
  json["state"] = to_string(row.state);
  json["account"] = account;
  json["from"] = row.from;
  json["message_id"] = row.message_id;
  if (!row.remote_id.value.empty()) json["remote_id"] = row.remote_id.value;
  if (!row.sent_thread.value.empty()) json["thread_id"] = row.sent_thread.value;
  json["recipients"] = row.recipients;
  json["subject"] = row.subject;
  json["created"] = to_rfc3339(row.created);
  if (row.due) json["due"] = to_rfc3339(*row.due);
  if (!row.held_from.empty()) json["held_from"] = row.held_from;
  if (row.delivery.state != DeliveryState::unreported) {
    json["delivery"] = to_string(row.delivery.state);
    json["undelivered_to"] = row.delivery.recipient;
    json["status"] = row.delivery.status;
    json["diagnostic"] = row.delivery.diagnostic;
  }
  if (!row.error_code.empty()) json["error"] = {{"code", row.error_code}, {"message", row.error}};
  return json;
}

}  // namespace mailmgr
