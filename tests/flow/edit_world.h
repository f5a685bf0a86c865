// A synced mailbox whose messages, folders and labels are changed from here.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/flow/edit.h"
#include "core/flow/folder_change.h"
#include "tests/flow/sync_exact.h"

namespace mailmgr::test {

struct EditedMailbox : SyncedMailbox {
  explicit EditedMailbox(ProviderKind kind)
      : SyncedMailbox(kind),
        tokens(box.http, box.spec, box.endpoints, box.email,
               box.spec.scopes(AccessLevel::full, {"permanent-delete", "settings"})) {
    account.id = kAccount;
    account.name = account.email = box.email;
    account.kind = kind;
    for (const auto& scope : box.spec.scopes(AccessLevel::full, {"permanent-delete", "settings"})) {
      grant.scopes.insert(box.spec.canonical_scope(scope));
    }
  }

  ProviderDeps full_deps() {
    ProviderDeps deps{box.http, tokens, box.clock, box.random, box.endpoints};
    deps.reads_settings = true;
    return deps;
  }

  // Syncs as a login that may also read settings does.
  SyncReport sync_all(bool full = false) {
    UsageMeter usage;
    const auto mailbox = box.spec.mailbox(full_deps());
    return sync_account({kAccount, scope, full, box.spec.snapshots_streams},
                        {*mailbox, store->sync(), store->runs(), leases, box.clock, usage}, nullptr, {});
  }

  std::vector<EditTarget> all_targets() {
    std::vector<MessageId> ids;
    const auto query = query::parse("in:anywhere", box.clock.now()).value();
    REQUIRE(store->reader().search(query, {}, {}, [&](const MessageRow& row) {
      ids.push_back(row.id);
      return true;
    }));
    return store->edits().targets(ids).value();
  }
  std::vector<EditTarget> target(const std::string& remote_id) {
    auto targets = all_targets();
    std::erase_if(targets, [&](const EditTarget& target) { return target.remote_id.value != remote_id; });
    REQUIRE(targets.size() == 1);
    return targets;
  }

  std::vector<Folder> folders() { return store->sync().position(kAccount).value().folders; }

  Status edit(const EditOrder& order, const std::vector<EditTarget>& targets, const Stop& stop = {}) {
    told.clear();
    const auto curator = box.spec.curator(full_deps());
    const auto listener = [&](const EditTold& what) { told.emplace(what.target.remote_id.value, what.status); };
    return edit_messages({account, grant, box.spec, order, targets}, {*curator, store->edits(), store->sync()},
                         listener, stop);
  }
  EditOrder labels(const LabelWords& words) {
    const auto known = folders();
    auto order = order_of_labels(words, {known, box.spec.files_by_label});
    if (!order) FAIL(order.error().message);
    CHECK(order->unknown.empty());
    return order->order;
  }
  EditOrder move_to(const std::string& name) {
    const auto known = folders();
    auto order = order_of_move(name, {known, box.spec.files_by_label});
    if (!order) FAIL(order.error().message);
    return *order;
  }

  template <class Change>
  auto change_folders(bool label, Change change) {
    const auto curator = box.spec.curator(full_deps());
    const auto mailbox = box.spec.mailbox(full_deps());
    const FolderRequest request{account, grant, box.spec, label};
    return change(request, FolderWorld{*curator, *mailbox, store->edits(), store->sync()});
  }

  SandboxTokens tokens;
  AccountRecord account;
  GrantRecord grant;
  std::map<std::string, Status> told;  // of the last edit, by remote id
};

inline EditOrder order_to(EditOrder::Place place) {
  EditOrder order;
  order.place = place;
  return order;
}
inline EditOrder order_unread(bool unread) {
  EditOrder order;
  order.unread = unread;
  return order;
}

inline std::string put_mail(EditedMailbox& world, int number, const std::string& folder = "inbox") {
  return world.box.deliver_id(mail(number), fmt::format(R"("folder":"{}","unread":true)", folder));
}

// Nothing differs, and a sync, also one that lists everything again, finds nothing to do.
inline void check_settled(EditedMailbox& world) {
  CHECK(world.difference() == "");
  for (const bool full : {false, true}) {
    const auto report = world.sync(full);
    CHECK(report.changed == 0);
    CHECK(report.deleted == 0);
    CHECK(report.fetched == 0);
    CHECK(report.complete);
  }
  CHECK(world.difference() == "");
}

}  // namespace mailmgr::test
