// Whose name a finished message goes out under. Programs write whatever From they like (cron: "root (Cron Daemon)"); a
// mailbox sends as itself.
#pragma once

#include <string>
#include <vector>

#include "core/mail/finished_message.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

enum class FromPolicy {
  rewrite,  // the account's address takes its place; who wrote goes into Reply-To where mail can get there
  refuse,
};

struct FinishedSender {
  const AccountRecord& account;
  const std::vector<std::string>& aliases;  // further addresses that it can send from
};

// Fills in `options.from` and `options.reply_to` where From, or Sender, is none of the account's addresses. A From that
// is written anew keeps its name; where it has none it gets `name`, else the account's own. Code::refused by the
// policy.
Status settle_identity(const FinishedHead& head, const FinishedSender& sender, FromPolicy policy,
                       const std::string& name, FinishOptions& options);

}  // namespace mailmgr
