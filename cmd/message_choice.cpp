#include "cmd/message_choice.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <unordered_set>

#include "cmd/app.h"
#include "cmd/ids.h"
#include "cmd/message_json.h"
#include "cmd/query_text.h"
#include "store/store.h"

namespace mailmgr {
namespace {

Error of_another_account(MessageId id, const AccountRecord& account, std::string_view command) {
  return {Code::usage,
          fmt::format("{}: message {} is one of {}, which is not selected: nothing was done", command, id.value,
                      account.name),
          fmt::format("-a {}, or no -a at all: ids say which account they are of", account.name)};
}

}  // namespace

Result<std::vector<MessageId>> find_messages(App& app, std::string_view query, const Selection& selection,
                                             std::string_view command) {
  auto read = read_some_query(app, query, fmt::format("{} --query", command));
  if (!read) return read.error();
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  std::vector<MessageId> ids;
  const auto take = [&](const MessageRow& row) {
    ids.push_back(row.id);
    return true;
  };
  auto found = (*mail)->reader().search(*read, selection, AccountNames(*accounts).all(), take);
  if (!found) return found.error();
  return ids;
}

void MessageChooser::attach(CLI::App& cli) {
  cli.add_option_function<std::string>(
      "--query",
      [this](const std::string& text) {
        query_ = text;
        query_given_ = true;
      },
      "All messages that this finds; see: mailmgr help query");
  cli.add_flag("--all-accounts", all_accounts_, "With --query: in all accounts");
}

Result<std::vector<AccountRecord>> MessageChooser::searched(App& app) const {
  if (all_accounts_) return app.accounts();
  if (!app.options().accounts.empty()) return app.selected_accounts();
  auto account = app.acting_account();
  if (!account) return account.error();
  return std::vector<AccountRecord>{*std::move(account)};
}

Result<std::vector<MessageId>> MessageChooser::find(App& app, std::string_view command) const {
  auto accounts = searched(app);
  if (!accounts) return accounts.error();
  Selection selection;
  for (const auto& account : *accounts) selection.accounts.push_back(account.id);
  return find_messages(app, query_, selection, command);
}

Result<MessageChoice> MessageChooser::choose(App& app, const std::vector<std::string>& words,
                                             std::string_view command) const {
  if (query_given_ == !words.empty()) {
    return Error{Code::usage,
                 query_given_ ? fmt::format("{}: ids and --query are two ways to say the same; use one", command)
                              : fmt::format("{}: which messages?", command),
                 fmt::format("mailmgr {} --help", command)};
  }
  auto ids = query_given_ ? find(app, command) : read_ids(words, std::cin);
  if (!ids) return ids.error();
  keep_each_once(*ids);
  auto selected = app.selected_accounts();
  if (!selected) return selected.error();
  auto all = app.accounts();
  if (!all) return all.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto targets = (*mail)->edits().targets(*ids);
  if (!targets) return targets.error();

  MessageChoice choice;
  std::unordered_set<std::int64_t> found;
  for (auto& target : *targets) {
    found.insert(target.id.value);
    const auto is_its = [&](const AccountRecord& account) { return account.id == target.account; };
    const auto account = std::find_if(all->begin(), all->end(), is_its);
    if (account == all->end()) {
      found.erase(target.id.value);
      continue;
    }
    if (!query_given_ && std::none_of(selected->begin(), selected->end(), is_its)) {
      return of_another_account(target.id, *account, command);
    }
    auto group = std::find_if(choice.accounts.begin(), choice.accounts.end(),
                              [&](const ChosenMessages& chosen) { return chosen.account.id == target.account; });
    if (group == choice.accounts.end()) group = choice.accounts.insert(group, {*account, {}});
    group->targets.push_back(std::move(target));
  }
  for (const auto id : *ids) {
    if (!found.contains(id.value)) choice.missing.push_back(id);
  }
  return choice;
}

}  // namespace mailmgr
