// Which messages a command is to change: ids, ids on standard input, or a query; each of them once, by account.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/edit_store.h"
#include "core/ports/message_reader.h"
#include "core/ports/provider_config.h"

namespace CLI {
class App;
}

namespace mailmgr {

class App;

struct ChosenMessages {
  AccountRecord account;
  std::vector<EditTarget> targets;
};

// What was named and is not there.
struct MessageChoice {
  std::vector<ChosenMessages> accounts;
  std::vector<MessageId> missing;
};

// What a --query finds, of the accounts selected; usage for a blank one, which would be everything.
Result<std::vector<MessageId>> find_messages(App& app, std::string_view query, const Selection& selection,
                                             std::string_view command);

class MessageChooser {
 public:
  // --query, --all-accounts.
  void attach(CLI::App& cli);
  // By `words`, which are ids or "-", or by --query; usage where both or neither are given, for a blank query, for what
  // is no id, and for messages of other accounts than those that are selected. A query is about the account that
  // writing commands act on, unless several are selected.
  Result<MessageChoice> choose(App& app, const std::vector<std::string>& words, std::string_view command) const;
  bool has_query() const { return query_given_; }

 private:
  Result<std::vector<MessageId>> find(App& app, std::string_view command) const;
  Result<std::vector<AccountRecord>> searched(App& app) const;

  std::string query_;
  bool query_given_ = false;
  bool all_accounts_ = false;
};

}  // namespace mailmgr
