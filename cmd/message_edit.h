// Changing messages from the command line: the questions, what is told of each message, and what it comes to.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/guard.h"
#include "cmd/message_choice.h"
#include "core/base/result.h"
#include "core/flow/edit.h"

namespace mailmgr {

class App;
struct Connection;

// Options and steps that all commands which change messages share.
class MessageEdit {
 public:
  // `command`: as it is typed; `verb` begins the question: "Archive".
  MessageEdit(std::string_view command, std::string_view verb) : command_(command), verb_(verb) {}

  void attach(CLI::App& cli);  // --query, --all-accounts, --max, --dry-run

  // What to do with an account's messages. May ask the provider for what is needed first (a new label), if `connect`
  // is not told that it is a dry run.
  struct Asking {
    const AccountRecord& account;
    const Places& places;
    const ProviderSpec& spec;
    bool dry_run;
    std::function<Result<Connection*>()> connect;
  };
  using MakeOrder = std::function<Result<EditOrder>(const Asking&)>;
  // Every account's order is made, and everything is asked, before the first message is changed.
  Status run(App& app, const std::vector<std::string>& words, const MakeOrder& make) const;
  bool has_query() const { return chooser_.has_query(); }

 private:
  Status ask(App& app, const std::vector<ChosenMessages>& chosen, bool for_good) const;

  std::string command_, verb_;
  MessageChooser chooser_;
  MassGuard guard_;
  bool dry_run_ = false;
};

// Marks messages as read: by their ids, in whatever accounts. What cannot be marked is reported; the result is what it
// comes to. For commands that show messages.
Status mark_read(App& app, const std::vector<MessageId>& ids);

}  // namespace mailmgr
