// What becomes of a message once it is written: it is sent, or becomes a draft of its mailbox. A draft that was taken
// from the mailbox is looked at there first (taken_draft.h).
#pragma once

#include "cmd/app.h"
#include "cmd/dispatch_options.h"
#include "core/mail/draft_text.h"
#include "core/ports/writing_store.h"

namespace mailmgr {

// Sends it, or what the options say instead, and takes it out of the store, and of the mailbox if it is there. One that
// the mailbox has too and that was not changed here is sent by the provider's own id, with all that is in it. Repeated
// after anything it does not send the same draft twice.
Status send_draft(App& app, const SavedDraft& saved, const DispatchOptions& dispatch);
Status send_local_draft(App& app, const LocalDraft& draft, const DraftText& text, const DispatchOptions& dispatch);

// Puts it into the mailbox, in place of the one that is there.
Status save_to_mailbox(App& app, const LocalDraft& draft, const DraftText& text);

Status remove_from_mailbox(App& app, const LocalDraft& draft);
Status remove_from_store(App& app, const LocalDraft& draft);

}  // namespace mailmgr
