// A draft as a complete message: its sender as chosen, its files read, and for an answer what ties it to the original.
#pragma once

#include "cmd/app.h"
#include "core/mail/compose.h"
#include "core/mail/draft_text.h"
#include "core/ports/writing_store.h"

namespace mailmgr {

struct ReadyDraft {
  AccountRecord account;
  Draft draft;
  ThreadId thread;
};

// `text` is what the draft says now.
Result<ReadyDraft> ready_draft(App& app, const LocalDraft& draft, const DraftText& text);

// The account that the draft was begun for. not_found: it is not here any more, or there is none.
Result<AccountRecord> account_of_draft(App& app, const LocalDraft& draft);

}  // namespace mailmgr
