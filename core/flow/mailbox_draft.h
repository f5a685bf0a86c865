// Drafts as the mailbox keeps them, where other programs see them too.
#pragma once

#include "core/flow/send.h"
#include "core/mail/message.h"

namespace mailmgr {

struct SavedMailboxDraft {
  StagedId id;
  Status tidied;  // the one that it follows is still there, for this reason
};

// Makes a draft of the message in the mailbox, and then takes away the one that it follows (`earlier`; empty: none), so
// that a kill leaves two rather than none. It may lack recipients. refused: the login may not make drafts; too_large.
Result<SavedMailboxDraft> save_mailbox_draft(const SendRequest& request, const StagedId& earlier,
                                             const SendWorld& world, const Stop& stop);

// The draft that is this message of the mailbox. not_found: it is there no more, or is a draft no more; Gmail's are
// other messages after every change.
Result<StagedId> find_mailbox_draft(const SendOrder& order, const RemoteId& message, const SendWorld& world,
                                    const Stop& stop);

struct MailboxDraft {
  StagedId id;
  Blob raw;
};

// The same with what it says now.
Result<MailboxDraft> read_mailbox_draft(const SendOrder& order, const RemoteId& message, Mailbox& mailbox,
                                        const SendWorld& world, const Stop& stop);

// Whether a person would see the same; bytes differ where a provider writes them anew each time.
bool is_same_draft(const ParsedMessage& one, const ParsedMessage& other);

// Makes it ready to be sent as it is, by its own id and with all that is in it. usage: nobody is named who gets it;
// refused: the login may not send.
Result<PreparedMessage> prepare_mailbox_draft(const SendOrder& order, const MailboxDraft& draft,
                                              const SendWorld& world);

// Takes it away for good; one that is gone already is fine.
Status remove_mailbox_draft(const SendOrder& order, const StagedId& draft, const SendWorld& world, const Stop& stop);

}  // namespace mailmgr
