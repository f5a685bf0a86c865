// What becomes of a message once it is written: it is sent, or becomes a draft of its mailbox. A draft that was taken
// from the mailbox is looked at there first, so that what was sent or changed elsewhere does not go out again or
// overwrite that.
#pragma once

#include <string>

#include "cmd/app.h"
#include "cmd/dispatch_options.h"
#include "core/mail/draft_text.h"
#include "core/ports/writing_store.h"

namespace mailmgr {

// A draft by its word: "d3" as it is kept here; a message's number as a new one, taken from the mailbox as the store
// has it. not_found; usage; refused: that message is no draft.
Result<SavedDraft> open_draft(App& app, const std::string& word);

// That the mailbox has the draft as it was taken from there. not_found or refused, naming `mailmgr sync`.
Status check_in_mailbox(App& app, const SavedDraft& taken);

// Sends it, or what the options say instead, and takes it out of the store, and of the mailbox if it is there. One that
// the mailbox has too and that was not changed here is sent by the provider's own id, with all that is in it. Repeated
// after anything it does not send the same draft twice.
Status send_draft(App& app, const SavedDraft& saved, const DispatchOptions& dispatch);
Status send_local_draft(App& app, const LocalDraft& draft, const DraftText& text, const DispatchOptions& dispatch);

// Puts it into the mailbox, in place of the one that is there.
Status save_to_mailbox(App& app, const LocalDraft& draft, const DraftText& text);

// Whether `content` says what the draft said when it was taken from the mailbox.
Result<bool> is_unchanged(App& app, const LocalDraft& draft, const std::string& content);

Status remove_from_mailbox(App& app, const LocalDraft& draft);
Status remove_from_store(App& app, const LocalDraft& draft);

}  // namespace mailmgr
