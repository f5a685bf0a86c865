// A message that a person is writing, kept in the store from the first moment: `draft new|edit|save|send|delete`, and
// what send, reply and forward open an editor for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cmd/app.h"
#include "cmd/dispatch_options.h"
#include "core/mail/draft_text.h"
#include "core/ports/writing_store.h"

namespace mailmgr {

// "d3": drafts of this store, apart from the numbers of messages.
std::string to_string(LocalDraftId id);
std::optional<LocalDraftId> parse_draft_id(std::string_view word);

// As it was saved last, also by an editor whose mailmgr was killed. not_found, naming `mailmgr draft list`.
Result<SavedDraft> find_local_draft(App& app, LocalDraftId id);

// Saves `text` as its newest version, or as a new draft where it has no id yet (which it gets).
Status save_local_draft(App& app, LocalDraft& draft, const std::string& text);

// What killed runs left in their editors goes into the drafts it belongs to.
void recover_local_drafts(App& app);

// What killed runs left in their editors goes, of every draft of this account: before the account is purged.
Status forget_left_edits(App& app, AccountId account);

Status tell_saved(App& app, const LocalDraft& draft);  // prints its id

// Opens the person's editor on `text`. Every version the editor writes is kept, so that nothing is lost when anything
// dies. Errors name the draft that has it; usage: no terminal, or the text is no draft (core/mail/draft_text.h).
Result<DraftText> edit_local_draft(App& app, LocalDraft& draft, const std::string& text);

// Writes a new message in the editor, beginning with `start` or with an unfinished one like it, then sends or keeps it.
Status write_in_editor(App& app, LocalDraft draft, const DraftText& start, const DispatchOptions& dispatch);

}  // namespace mailmgr
