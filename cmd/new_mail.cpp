#include "cmd/new_mail.h"

#include <fmt/format.h>
#include <unistd.h>

#include <set>

#include "cmd/app.h"
#include "core/system/run_program.h"
#include "store/store.h"

namespace mailmgr {
namespace {

constexpr std::size_t kPage = 1000;

// No name a person gives a consumer has a space in front.
std::string consumer(const AccountRecord& account) {
  return fmt::format(" on-new {}", account.id.value);
}

struct Arrived {
  std::set<std::int64_t> messages;
  std::int64_t seq = 0;  // how far the feed was read
};

Result<Arrived> arrived_since(ChangeFeed& feed, std::int64_t seq, AccountId account) {
  Arrived arrived{{}, seq};
  while (true) {
    auto rows = feed.after(arrived.seq, {&account, 1}, kPage);
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      arrived.seq = row.seq;
      if (row.event == ChangeEvent::arrived) arrived.messages.insert(row.message.value);
      if (row.event == ChangeEvent::deleted) arrived.messages.erase(row.message.value);
    }
    if (rows->size() < kPage) return arrived;
  }
}

}  // namespace

Status NewMail::begin(App& app, const std::vector<AccountRecord>& accounts) {
  if (command_.empty()) return {};
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto& feed = (*mail)->changes();
  for (const auto& account : accounts) {
    auto position = feed.position(consumer(account));
    if (!position) return position.error();
    if (*position) continue;
    auto last = feed.last();
    if (!last) return last.error();
    if (auto remembered = feed.remember(consumer(account), *last); !remembered) return remembered;
  }
  return {};
}

Status NewMail::tell(App& app, const std::vector<AccountRecord>& accounts, const Stop& stop) {
  if (command_.empty()) return {};
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto& feed = (*mail)->changes();
  std::string ids;
  std::vector<std::pair<std::string, std::int64_t>> positions;
  for (const auto& account : accounts) {
    auto position = feed.position(consumer(account));
    if (!position) return position.error();
    auto arrived = arrived_since(feed, position->value_or(0), account.id);
    if (!arrived) return arrived.error();
    for (const auto id : arrived->messages) ids += fmt::format("{}\n", id);
    if (arrived->seq != position->value_or(0)) positions.emplace_back(consumer(account), arrived->seq);
  }
  if (!ids.empty()) {
    // With --json our standard output is for our JSON alone.
    const int out = app.options().json ? STDERR_FILENO : STDOUT_FILENO;
    app.out().flush();
    auto ran = run_program(command_, ids, out, app.clock(), stop);
    if (!ran) {
      auto error = ran.error().within("sync --on-new");
      if (error.hint.empty()) error.hint = "the next sync gives it the same ids again";
      return error;
    }
  }
  for (const auto& [name, seq] : positions) {
    if (auto remembered = feed.remember(name, seq); !remembered) return remembered;
  }
  return {};
}

}  // namespace mailmgr
