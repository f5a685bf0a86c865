#include "store/delivery_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/ports/outbox_store.h"
#include "store/suppression.h"

namespace mailmgr::store {
namespace {

struct Reported {
  std::int64_t id = 0;
  bool is_of_a_list = false;
  std::int64_t delivery = 0;
};

// The marker is ours and random, so it counts in any mailbox. A provider may have replaced the Message-ID: then the
// message in Sent has the new one, and the outbox its remote id.
std::optional<Reported> find_message(Database& db, AccountId account, const DeliveryReport& report) {
  auto found = db.sql(
      "SELECT id, bulk IS NOT NULL, delivery FROM outbox WHERE ?2 <> '' AND marker = ?2 AND state IN"
      " ('sent', 'sending', 'unknown')"
      " UNION ALL SELECT id, bulk IS NOT NULL, delivery FROM outbox WHERE ?3 <> '' AND account = ?1 AND message_id = ?3"
      " AND state IN ('sent', 'sending', 'unknown')"
      " UNION ALL SELECT id, bulk IS NOT NULL, delivery FROM outbox WHERE ?3 <> '' AND account = ?1 AND remote_id IN"
      " (SELECT remote_id FROM message WHERE account = ?1 AND message_id = ?3 AND stored > 0) AND remote_id <> ''"
      " LIMIT 1");
  if (!found.bind(account, report.marker, report.message_id).step()) return std::nullopt;
  return Reported{found.integer(0), found.boolean(1), found.integer(2)};
}

// A mailbox or domain that is not there (RFC 3463 §3.2), which will be so next time; the others of "5.1" are about the
// sender.
bool is_bad_address(const DeliveryReport::Recipient& recipient) {
  static constexpr std::array<std::string_view, 7> kBad{"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"};
  return recipient.action == DeliveryReport::Action::failed &&
         std::find(kBad.begin(), kBad.end(), recipient.status) != kBad.end();
}

// Whether the message went to that address: anybody who was written to can send a report, which must not stop mail to
// others.
bool was_written_to(Database& db, std::int64_t outbox, const std::string& address) {
  auto found = db.sql(
      "SELECT instr(char(10) || lower(recipients) || char(10), char(10) || lower(?2) || char(10)) FROM outbox"
      " WHERE id = ?1");
  return found.bind(outbox, address).step() && found.integer(0) > 0;
}

}  // namespace

bool note_delivery(Database& db, AccountId account, const DeliveryReport& report, Time now) {
  const auto message = find_message(db, account, report);
  if (!message) return false;
  const auto worst = std::min_element(
      report.recipients.begin(), report.recipients.end(),
      [](const auto& a, const auto& b) { return static_cast<int>(a.action) < static_cast<int>(b.action); });
  const bool failed = worst->action == DeliveryReport::Action::failed;
  const auto delivery = static_cast<std::int64_t>(failed ? DeliveryState::bounced : DeliveryState::delayed);
  if (delivery > message->delivery) {
    db.sql("UPDATE outbox SET delivery = ?2, undelivered_to = ?3, delivery_status = ?4, diagnostic = ?5 WHERE id = ?1")
        .bind(message->id, delivery, BorrowedText{worst->email}, BorrowedText{worst->status},
              BorrowedText{worst->diagnostic})
        .run();
  }
  for (const auto& recipient : report.recipients) {
    if (!message->is_of_a_list || !is_bad_address(recipient)) continue;
    if (!was_written_to(db, message->id, recipient.email)) continue;
    suppress(db, {recipient.email, fmt::format("bounced: {}", recipient.status), now});
  }
  return failed;
}

}  // namespace mailmgr::store
