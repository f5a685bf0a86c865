// Reads a Gmail mailbox. One stream, "mailbox": its changes are history.list, its enumeration messages.list, its
// content comes through batches of users.messages.get. Cursors: "h1:HISTORY_ID", or "h1:HISTORY_ID:PAGE_TOKEN" between
// pages, so that a page token the server no longer takes costs a repetition and not a full sync.
#pragma once

#include <memory>

#include "core/ports/provider.h"

namespace mailmgr::google {

std::unique_ptr<Mailbox> make_mailbox(const ProviderDeps& deps);

}  // namespace mailmgr::google
