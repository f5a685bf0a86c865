// Drafts as the mailbox keeps them, where other programs see them too.
#pragma once

#include "core/flow/send.h"

namespace mailmgr {

// Makes a draft of the message in the mailbox, and then takes away the one that it follows (`earlier`; empty: none), so
// that a kill leaves two rather than none. It may lack recipients. refused: the login may not make drafts; too_large.
Result<StagedId> save_mailbox_draft(const SendRequest& request, const StagedId& earlier, const SendWorld& world,
                                    const Stop& stop);

// The draft that is this message of the mailbox. not_found: it is there no more.
Result<StagedId> find_mailbox_draft(const SendOrder& order, const RemoteId& message, const SendWorld& world,
                                    const Stop& stop);

// Takes it away for good; one that is gone already is fine.
Status remove_mailbox_draft(const SendOrder& order, const StagedId& draft, const SendWorld& world, const Stop& stop);

}  // namespace mailmgr
