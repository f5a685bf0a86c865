// How and when a written message leaves: the options that send, reply and forward share, and the sending itself.
#pragma once

#include <string>
#include <string_view>

#include "cmd/app.h"
#include "cmd/sending.h"
#include "core/flow/send.h"

namespace mailmgr {

// Makes a draft of it in the mailbox, in place of `earlier` (which may be empty), and tells.
Status put_into_mailbox(App& app, const SendRequest& request, const StagedId& earlier, const Sender& sender);

class DispatchOptions {
 public:
  // `command` begins errors: "send".
  explicit DispatchOptions(std::string_view command) : command_(command) {}
  void attach(CLI::App& cli);
  // With --draft, for commands that offer it.
  void attach_with_draft(CLI::App& cli);
  // Sends it, or leaves it to a flush, or makes a draft of it in the mailbox, and prints what became of it. `thread`:
  // where it is to be filed (Gmail). `key` stands in for --key.
  Status dispatch(App& app, const AccountRecord& account, Draft draft, const ThreadId& thread,
                  const std::string& key = {}) const;
  // The same for a finished message, whose From must be one of the account's addresses.
  Status dispatch(App& app, const AccountRecord& account, Blob raw) const;
  // The two halves of it, for a message that is made ready otherwise: what the options say, and the rest.
  Status order(App& app, const AccountRecord& account, const Sender& sender, SendOrder& order) const;
  Status finish(App& app, const AccountRecord& account, const PreparedMessage& prepared, const Sender& sender) const;
  bool sends() const { return !dry_run_ && !draft_; }
  bool makes_draft() const { return !dry_run_ && draft_; }

 private:
  Status read_due(App& app, SendOrder& order) const;
  Status print(App& app, const Sending& sending, const AccountRecord& account) const;
  std::string_view planned_state() const;

  std::string_view command_;
  std::string key_, at_;
  bool queue_ = false, dry_run_ = false, draft_ = false;
};

}  // namespace mailmgr
