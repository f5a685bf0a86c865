// A message that a person is writing, kept in the store from the first moment: `draft new|edit|save|send|delete`, and
// what send, reply and forward open an editor for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cmd/app.h"
#include "cmd/dispatch_options.h"
#include "core/mail/compose.h"
#include "core/mail/draft_text.h"
#include "core/ports/writing_store.h"

namespace mailmgr {

// "d3": drafts of this store, apart from the numbers of messages.
std::string to_string(LocalDraftId id);
std::optional<LocalDraftId> parse_draft_id(std::string_view word);

// not_found, naming `mailmgr draft list`.
Result<SavedDraft> find_local_draft(App& app, LocalDraftId id);

// Saves `text` as its newest version, or as a new draft where it has no id yet (which it gets).
Status save_local_draft(App& app, LocalDraft& draft, const std::string& text);

Status tell_saved(App& app, const LocalDraft& draft);  // prints its id
Result<StagedId> mailbox_draft(const LocalDraft& draft, const SendOrder& order, const SendWorld& world,
                               const Stop& stop);  // empty: it has none, or that is gone

// Opens the person's editor on `text`. Every version the editor writes is kept, so that nothing is lost when anything
// dies. Errors name the draft that has it; usage: no terminal, or the text is no draft (core/mail/draft_text.h).
Result<DraftText> edit_local_draft(App& app, LocalDraft& draft, const std::string& text);

// The complete message: its sender as chosen, its files read, and for an answer what ties it to the original. What
// belongs to it in the mailbox (attachments, thread) comes from the message that it was taken from.
struct ReadyDraft {
  AccountRecord account;
  Draft draft;
  ThreadId thread;
};
Result<ReadyDraft> ready_draft(App& app, const LocalDraft& draft, const DraftText& text);

// What a person does with a message once the editor is closed.
enum class NextStep { send, keep };
Result<NextStep> ask_next_step(App& app, LocalDraft& draft, DraftText& text);

// Sends it, and takes it out of the store, and of the mailbox if it is there. A key made of what is sent keeps a
// command that was killed in between from sending it again.
Status send_draft(App& app, const LocalDraft& draft, const DraftText& text, const DispatchOptions& dispatch);
Status remove_from_mailbox(App& app, const LocalDraft& draft);

// Writes a new message in the editor, beginning with `start` or with an unfinished one like it, then sends or keeps it.
Status write_in_editor(App& app, LocalDraft draft, const DraftText& start, const DispatchOptions& dispatch);

// An unfinished draft of the same kind, sender and recipients that the person wants to go on with.
Result<std::optional<SavedDraft>> offer_unfinished(App& app, const LocalDraft& like);

}  // namespace mailmgr
