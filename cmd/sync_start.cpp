#include "cmd/sync_start.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cmd/app.h"
#include "cmd/output/terminal.h"
#include "cmd/read_line.h"
#include "core/flow/mailbox_size.h"
#include "store/store.h"

namespace mailmgr {
namespace {

constexpr milliseconds kCounting = std::chrono::seconds(15);  // a person waits: rather no estimate than a late one

// Three digits say as much as an estimate knows.
std::uint64_t rounded(std::uint64_t number) {
  std::uint64_t unit = 1;
  while (number / unit >= 1000) unit *= 10;
  return (number + unit / 2) / unit * unit;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string how_many(std::uint64_t messages) {
  if (messages == 1) return "1 message";
  return fmt::format("{}{} messages", messages < 1000 ? "" : "about ", grouped(rounded(messages)));
}

std::string how_long(std::uint64_t minutes) {
  if (minutes < 2) return "a minute or less";
  if (minutes < 120) return fmt::format("about {} minutes", minutes);
  return fmt::format("about {} hours", (minutes + 30) / 60);
}

std::string estimate(App& app, const AccountRecord& account) {
  auto connection = app.connect(account);
  if (!connection) return "";
  const Stop stop = app.stop().before(app.clock().monotonic() + kCounting);
  const auto messages = count_messages(*connection->mailbox, stop);
  if (!messages) return "";
  return fmt::format("{} holds {}.\n", output::one_line(account.email),
                     sync_estimate(*messages, messages_per_minute(connection->quota)));
}

// On the account as it is now: the person may have taken a while.
Status store_start(App& app, const AccountRecord& account, Time since) {
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  auto all = (*tokens)->accounts().list();
  if (!all) return all.error();
  const auto found = std::find_if(all->begin(), all->end(), [&](const auto& other) { return other.id == account.id; });
  if (found == all->end()) return {};
  found->since = since;
  return (*tokens)->accounts().update(*found);
}

}  // namespace

std::string sync_estimate(std::uint64_t messages, std::uint64_t messages_per_minute) {
  const auto rate = std::max<std::uint64_t>(messages_per_minute, 1);
  return fmt::format("{}; a first sync takes {}", how_many(messages), how_long((messages + rate - 1) / rate));
}

Status ask_sync_start(App& app, const AccountRecord& account) {
  app.err() << estimate(app, account);
  for (;;) {
    app.err() << "Sync mail received since (a date such as 2026-01-31 or 2y, or all) [all]: " << std::flush;
    const auto answer = read_line(app.clock(), app.stop());
    if (!answer) app.err() << '\n';
    if (!answer && app.stop().interrupted()) {
      return Error{Code::interrupted, "asking for the sync start: stopped; the login is stored, and all mail is synced",
                   fmt::format("mailmgr account set {} --since DATE", account.name)};
    }
    if (!answer || answer->empty()) return {};
    const auto since = parse_date(*answer, app.clock().now());
    if (since && *since) return store_start(app, account, **since);
    if (since) return {};
    app.err() << output::one_line(since.error().message) << '\n';
  }
}

}  // namespace mailmgr
