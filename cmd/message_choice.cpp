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

Status check_selected(App& app, const std::vector<MessageId>& ids, std::string_view command) {
  if (app.options().accounts.empty()) return {};
  auto selected = app.selected_accounts();
  if (!selected) return selected.error();
  auto all = app.accounts();
  if (!all) return all.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto targets = (*mail)->edits().targets(ids);
  if (!targets) return targets.error();
  for (const auto& target : *targets) {
    const auto is_its = [&](const AccountRecord& account) { return account.id == target.account; };
    if (std::any_of(selected->begin(), selected->end(), is_its)) continue;
    const auto account = std::find_if(all->begin(), all->end(), is_its);
    if (account != all->end()) return of_another_account(target.id, *account, command);
  }
  return {};
}

void MessageChooser::attach(CLI::App& cli) {
  cli.add_option_function<std::string>(
      "--query",
      [this](const std::string& text) {
        query_ = text;
        query_given_ = true;
      },
      "All messages that this finds; see: mailmgr help query");
  if (queried_ == QueriedAccounts::all) return;
  cli.add_flag("--all-accounts", all_accounts_, "With --query: in all accounts");
}

Result<Selection> MessageChooser::selection(App& app) const {
  Selection selection;
  if (all_accounts_) return selection;
  if (!app.options().accounts.empty()) {
    auto selected = app.selected_accounts();
    if (!selected) return selected.error();
    for (const auto& account : *selected) selection.accounts.push_back(account.id);
  } else if (queried_ == QueriedAccounts::acting) {
    auto account = app.acting_account();
    if (!account) return account.error();
    selection.accounts.push_back(account->id);
  }
  return selection;
}

Result<std::vector<MessageId>> MessageChooser::find(App& app, std::string_view command) const {
  const auto asked = fmt::format("{} --query", command);
  if (query_.find_first_not_of(" \t\r\n") == query_.npos) {
    return Error{Code::usage, fmt::format("{}: the query is empty, which would be everything", asked),
                 "mailmgr help query"};
  }
  auto selection = this->selection(app);
  if (!selection) return selection.error();
  auto query = read_query(app, asked, query_, selection->accounts);
  if (!query) return query.error();
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  std::vector<MessageId> ids;
  const auto take = [&](const MessageRow& row) {
    ids.push_back(row.id);
    return true;
  };
  auto found = (*mail)->reader().search(*query, *selection, AccountNames(*accounts).all(), take);
  if (!found) return found.error();
  return ids;
}

Result<std::vector<MessageId>> MessageChooser::ids(App& app, const std::vector<std::string>& words,
                                                   std::string_view command) const {
  if (query_given_ == !words.empty()) {
    return Error{Code::usage,
                 query_given_ ? fmt::format("{}: ids and --query are two ways to say the same; use one", command)
                              : fmt::format("{}: which messages?", command),
                 fmt::format("mailmgr {} --help", command)};
  }
  if (query_given_) return find(app, command);
  auto ids = read_ids(words, std::cin);
  if (!ids) return ids;
  if (auto fits = check_selected(app, *ids, command); !fits) return fits.error();
  return ids;
}

Result<MessageChoice> MessageChooser::choose(App& app, const std::vector<std::string>& words,
                                             std::string_view command) const {
  auto ids = this->ids(app, words, command);
  if (!ids) return ids.error();
  keep_each_once(*ids);
  auto all = app.accounts();
  if (!all) return all.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto targets = (*mail)->edits().targets(*ids);
  if (!targets) return targets.error();

  MessageChoice choice;
  std::unordered_set<std::int64_t> found;
  for (auto& target : *targets) {
    const auto account =
        std::find_if(all->begin(), all->end(), [&](const AccountRecord& one) { return one.id == target.account; });
    if (account == all->end()) continue;
    found.insert(target.id.value);
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
