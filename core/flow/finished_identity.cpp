#include "core/flow/finished_identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/alias_file.h"

namespace mailmgr {
namespace {

Error foreign_identity(std::string_view field, const Address& address, const AccountRecord& account) {
  return {Code::refused,
          fmt::format("sending the finished message: {} says {}, which is not an address of {}", field,
                      to_valid_utf8(address.email.empty() ? address.name : address.email), account.name),
          fmt::format("write From: {}, or name the account that has the address", account.email)};
}

}  // namespace

Status settle_identity(const FinishedHead& head, const FinishedSender& sender, FromPolicy policy,
                       const std::string& name, FinishOptions& options) {
  const auto& account = sender.account;
  const auto is_own = [&](const Address& address) {
    return equals_ignoring_ascii_case(address.email, account.email) ||
           std::any_of(sender.aliases.begin(), sender.aliases.end(),
                       [&](const auto& alias) { return equals_ignoring_ascii_case(address.email, alias); });
  };
  const bool from_is_own = head.from.size() == 1 && is_own(head.from.front());
  const bool sender_is_own = std::all_of(head.sender.begin(), head.sender.end(), is_own);
  if (from_is_own && sender_is_own) return {};
  if (policy == FromPolicy::refuse) {
    const auto foreign = std::find_if_not(head.from.begin(), head.from.end(), is_own);
    if (foreign != head.from.end()) return foreign_identity("From", *foreign, account);
    if (!sender_is_own) return foreign_identity("Sender", head.sender.front(), account);
  }
  const Address written = head.from.empty() ? Address() : head.from.front();
  const std::string& instead = name.empty() ? account.sender_name : name;
  options.from = Address{written.name.empty() ? instead : written.name, account.email};
  if (head.from.size() == 1 && !from_is_own && !is_local_address(written.email)) options.reply_to = written;
  return {};
}

}  // namespace mailmgr
