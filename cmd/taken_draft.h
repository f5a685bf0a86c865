// A draft that was taken from its mailbox, or whose mailbox has it too. It is looked at there before anything is done
// with it, so that what was sent or changed elsewhere does not go out again or overwrite that.
#pragma once

#include <string>

#include "cmd/sending.h"
#include "core/flow/mailbox_draft.h"
#include "core/ports/writing_store.h"

namespace mailmgr {

// A draft by its word: "d3" as it is kept here; a message's number as a new one, taken from the mailbox as the store
// has it. not_found; usage; refused: that message is no draft.
Result<SavedDraft> open_draft(App& app, const std::string& word);

// Whether `content` says what the draft said when it was taken from the mailbox.
Result<bool> is_unchanged(App& app, const LocalDraft& draft, const std::string& content);

// That the mailbox has the draft as it was taken from there. not_found or refused, naming `mailmgr sync`.
Status check_in_mailbox(App& app, const SavedDraft& taken);

// Where the mailbox's own draft can no longer be gone by, the text that is here can still be saved.
Error with_way_out(Error error, const LocalDraft& draft);

// A draft's way out, with the mailbox it is in.
class MailboxSending {
 public:
  static Result<MailboxSending> open(App& app, const LocalDraft& draft);

  const AccountRecord& account() const { return account_; }
  const Sender& sender() const { return sender_; }
  SendOrder order() const;

  // As it is there now, if that is what was taken from there. Errors as check_in_mailbox().
  Result<MailboxDraft> unchanged(const SavedDraft& taken) const;

 private:
  MailboxSending(App& app, AccountRecord account, Sender sender)
      : app_(app), account_(std::move(account)), sender_(std::move(sender)) {}

  Result<bool> is_as_stored(const LocalDraft& draft, const ParsedMessage& now) const;

  App& app_;
  AccountRecord account_;
  Sender sender_;
};

}  // namespace mailmgr
