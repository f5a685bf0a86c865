// Whose name a finished message goes out under. Programs write whatever From they like (cron: "root (Cron Daemon)"); a
// mailbox sends as itself.
#pragma once

#include <string>
#include <string_view>

#include "core/mail/finished_message.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

enum class FromPolicy {
  rewrite,  // the account's address takes its place; who wrote goes into Reply-To where mail can get there
  refuse,
};

// Whether mail for it stays on this machine: a name without '@', or a host that nobody else knows (without a dot, or
// below localdomain).
bool is_local_address(std::string_view email);

// Fills in `options.from` and `options.reply_to` where From, or Sender, is not the account's address. A From that is
// written anew keeps its name; where it has none it gets `name`, else the account's own. Code::refused by the policy.
Status settle_identity(const FinishedHead& head, const AccountRecord& account, FromPolicy policy,
                       const std::string& name, FinishOptions& options);

}  // namespace mailmgr
