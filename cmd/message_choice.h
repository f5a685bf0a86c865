// Which messages a command is about: ids, ids on standard input, or a query.
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

// How the ids among a command's words are described.
inline constexpr const char* kMessageIds = "Message ids, or - to read them from standard input";

struct ChosenMessages {
  AccountRecord account;
  std::vector<EditTarget> targets;
};

struct MessageChoice {
  std::vector<ChosenMessages> accounts;
  std::vector<MessageId> missing;  // what was named and is not there
};

// usage where -a leaves out the account that one of these is of. What is not there is the caller's to tell.
Status check_selected(App& app, const std::vector<MessageId>& ids, std::string_view command);

// Which accounts a --query is about where none is selected: of a command that reads, or of one that changes something.
enum class QueriedAccounts { all, acting };

class MessageChooser {
 public:
  explicit MessageChooser(QueriedAccounts queried = QueriedAccounts::acting) : queried_(queried) {}
  // --query; --all-accounts for commands that change something.
  void attach(CLI::App& cli);
  // By `words`, which are ids or "-", or by --query: in the order given or found, the same one as often as it is
  // given. usage where both or neither are given, for a blank query, for what is no id, and as check_selected().
  Result<std::vector<MessageId>> ids(App& app, const std::vector<std::string>& words, std::string_view command) const;
  // The same, each of them once, by account.
  Result<MessageChoice> choose(App& app, const std::vector<std::string>& words, std::string_view command) const;
  bool has_query() const { return query_given_; }

 private:
  Result<std::vector<MessageId>> find(App& app, std::string_view command) const;
  Result<Selection> selection(App& app) const;

  QueriedAccounts queried_;
  std::string query_;
  bool query_given_ = false;
  bool all_accounts_ = false;
};

}  // namespace mailmgr
