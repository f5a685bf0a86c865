// Reads an Outlook or Exchange Online mailbox through Microsoft Graph. Every folder is a stream; its changes are the
// folder's message delta, many folders to one batch. Cursors are "s:LINK" while a folder is enumerated for the first
// time and "d:LINK" afterwards, where LINK is path and query of the link that the server gave, below /v1.0.
#pragma once

#include <memory>

#include "core/ports/provider.h"

namespace mailmgr::microsoft {

std::unique_ptr<Mailbox> make_mailbox(const ProviderDeps& deps);

}  // namespace mailmgr::microsoft
