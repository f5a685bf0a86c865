// One account of one provider for tests of the sync: its mailbox in a sandbox in process, its store in a folder, on
// virtual time.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/flow/sync.h"
#include "store/store.h"
#include "tests/providers/fixture.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"

namespace mailmgr::test {

inline constexpr ProviderKind kKinds[] = {ProviderKind::google, ProviderKind::microsoft};
inline const AccountId kAccount(1);

inline std::string mail(int number) {
  return fmt::format(
      "From: Ada <ada@example.org>\r\nTo: b@example.org\r\nSubject: message {0}\r\nMessage-ID: <{0}@example.org>\r\n"
      "Date: Fri, 30 Jan 2026 10:00:00 +0000\r\n\r\nText of message {0}.\r\n",
      number);
}

// One account, its mailbox in a sandbox and its store in a folder.
struct SyncedMailbox {
  explicit SyncedMailbox(ProviderKind kind) : box(kind), store(open()) {}

  SyncReport sync(bool full = false, const Stop& stop = {}) {
    UsageMeter usage;
    ProviderDeps deps = box.deps();
    deps.usage = &usage;
    const auto mailbox = box.spec.mailbox(deps);
    const SyncWorld world{*mailbox, store->sync(), store->runs(), leases, box.clock, usage};
    return sync_account({kAccount, scope, full, box.spec.snapshots_streams}, world, nullptr, stop);
  }

  // Message-ID → marks and places, as the store and as the mailbox tell them.
  std::map<std::string, std::string> local() {
    std::map<std::string, std::string> state;
    const auto query = query::parse("in:anywhere", box.clock.now()).value();
    const auto add = [&](const MessageRow& row) {
      state[row.message_id] = describe(row.unread, row.starred, row.folders, row.labels);
      return true;
    };
    REQUIRE(store->reader().search(query, {}, {}, add));
    return state;
  }
  std::map<std::string, std::string> remote() {
    std::map<std::string, std::string> state;
    const auto answer = nlohmann::json::parse(box.control("state"));
    for (const auto& row : answer["messages"]) {
      state[row["message_id"]] = describe(row["unread"], row["starred"], row["folders"], row["labels"]);
    }
    return state;
  }
  static std::string describe(bool unread, bool starred, const std::vector<std::string>& folders,
                              const std::vector<std::string>& labels) {
    const std::set<std::string> places(folders.begin(), folders.end());
    const std::set<std::string> names(labels.begin(), labels.end());
    return fmt::format("{}{}in {} as {}", unread ? "unread " : "", starred ? "starred " : "", fmt::join(places, ","),
                       fmt::join(names, ","));
  }

  std::unique_ptr<store::MailStore> open() {
    return store::MailStore::open(folder.path(), store::OpenMode::write).value();
  }

  TempFolder folder;
  SandboxMailbox box;
  MemoryLeases leases;
  std::unique_ptr<store::MailStore> store;
  ScopeWish scope;
};

}  // namespace mailmgr::test
