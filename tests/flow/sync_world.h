// One account of one provider for tests of the sync: its mailbox in a sandbox in process, its store in a folder, on
// virtual time.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/encoding.h"
#include "core/flow/sync.h"
#include "store/store.h"
#include "tests/providers/fixture.h"
#include "tests/support/fakes.h"
#include "tests/support/index_check.h"
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
  explicit SyncedMailbox(ProviderKind kind, sandbox::QuotaMode mode = sandbox::QuotaMode::off)
      : box(kind, "", kSandboxBase, AccessLevel::full, mode), store(open()) {}

  SyncReport sync(bool full = false, const Stop& stop = {}) {
    UsageMeter usage;
    ProviderDeps deps = box.deps();
    deps.usage = &usage;
    deps.pacer = pacer;
    deps.quota = quota;
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
  // Remote id → everything that is the same at both, as the store and as the mailbox tell it.
  std::map<std::string, std::string> local_exactly() {
    std::map<std::string, std::string> state;
    const auto query = query::parse("in:anywhere", box.clock.now()).value();
    const auto add = [&](const MessageRow& row) {
      const auto raw = store->reader().raw(row.id).value().bytes().value();
      state[row.remote_id.value] =
          fmt::format("{} {} {}{} {}", row.message_id, row.thread.value, row.draft ? "draft " : "",
                      describe(row.unread, row.starred, row.folders, row.labels), hex(sha256(raw)));
      return true;
    };
    REQUIRE(store->reader().search(query, {}, {}, add));
    return state;
  }
  std::map<std::string, std::string> remote_exactly() {
    std::map<std::string, std::string> state;
    const auto answer = nlohmann::json::parse(box.control("state"));
    const char* hash = box.spec.kind == ProviderKind::google ? "sha256" : "value_sha256";
    for (const auto& row : answer["messages"]) {
      state[row["id"]] = fmt::format("{} {} {}{} {}", row["message_id"].get<std::string>(),
                                     row["thread_id"].get<std::string>(), row["draft"].get<bool>() ? "draft " : "",
                                     describe(row["unread"], row["starred"], row["folders"], row["labels"]),
                                     row[hash].get<std::string>());
    }
    return state;
  }
  // Where they differ, one line each; empty if nowhere.
  std::string difference() {
    auto local = local_exactly();
    const auto remote = remote_exactly();
    std::string text;
    for (const auto& [id, told] : remote) {
      const auto here = local.find(id);
      if (here == local.end()) text += fmt::format("missing {}\n", told);
      if (here != local.end() && here->second != told)
        text += fmt::format("mailbox {}\nstore   {}\n", told, here->second);
      local.erase(id);
    }
    for (const auto& [id, kept] : local) text += fmt::format("surplus {}\n", kept);
    return text;
  }
  // What is wrong with the full-text index; empty if every stored message is in it exactly once.
  std::string index_complaints() {
    SQLite::Database db(folder.path() + "/mail.db", SQLite::OPEN_READWRITE);
    db.exec(kIndexWords);
    std::string complaints;
    for (SQLite::Statement row(db, kIndexComplaints); row.executeStep();) {
      complaints += row.getColumn(0).getString() + "\n";
    }
    return complaints;
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
  Pacer* pacer = nullptr;
  std::string_view quota;
};

// The store holds exactly what the mailbox holds, and the index exactly what the store holds.
inline void check_equal(SyncedMailbox& world) {
  CHECK(world.difference() == "");
  CHECK(world.index_complaints() == "");
}

}  // namespace mailmgr::test
