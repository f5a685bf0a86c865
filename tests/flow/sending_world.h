// One account that sends, at one provider's stand-in in process, on virtual time.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/flow/outbox.h"
#include "core/flow/send.h"
#include "store/store.h"
#include "tests/providers/fixture.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"

namespace mailmgr::test {

inline constexpr ProviderKind kSenders[] = {ProviderKind::google, ProviderKind::microsoft};

struct SendingMailbox {
  explicit SendingMailbox(ProviderKind kind, AccessLevel access = AccessLevel::full)
      : box(kind, "", kSandboxBase, access), store(open()) {
    request.account.id = AccountId(1);
    request.account.name = request.account.email = box.email;
    request.account.provider = to_string(kind);
    request.access = access;
    request.draft.to = {{"", "someone@example.org"}};
    request.draft.subject = "Report";
    request.draft.text = "Here.";
  }

  std::unique_ptr<store::MailStore> open() {
    return store::MailStore::open(folder.path(), store::OpenMode::write).value();
  }
  SendWorld world() { return {box.courier(), store->outbox(), leases, box.clock, box.random}; }

  Result<Sending> try_to_send(const Stop& stop = {}) {
    const auto sending = world();
    auto prepared = prepare_message(request, sending);
    if (!prepared) return prepared.error();
    return request.later ? send_later(*prepared, sending) : send_message(*prepared, sending, stop);
  }
  OutboxRow send() { return try_to_send().value().row; }
  // What a flush looked at.
  std::vector<OutboxRow> flush() {
    std::vector<OutboxRow> rows;
    REQUIRE(flush_outbox(request.account.id, world(), [&](const OutboxRow& row) { rows.push_back(row); }, {}));
    return rows;
  }
  OutboxRow row(OutboxId id) { return **store->outbox().find(id); }

  // How often a message with this subject was sent.
  int times_sent(const std::string& subject = "Report") {
    int count = 0;
    const auto sent = nlohmann::json::parse(box.control("sent"));
    for (const auto& mail : sent) count += mail["subject"] == subject ? 1 : 0;
    return count;
  }
  // The ids of the drafts in the mailbox.
  std::vector<std::string> drafts() {
    std::vector<std::string> ids;
    const auto state = nlohmann::json::parse(box.control("state"));
    for (const auto& message : state["messages"]) {
      if (message["draft"]) ids.push_back(message["id"]);
    }
    return ids;
  }
  void fault(const std::string& rules) { box.control_all("/_sandbox/faults", rules); }

  TempFolder folder;
  SandboxMailbox box;
  MemoryLeases leases;
  std::unique_ptr<store::MailStore> store;
  SendRequest request;
};

}  // namespace mailmgr::test
