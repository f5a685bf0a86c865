#include "cmd/sending.h"

#include <fmt/format.h>

#include "cmd/outcome.h"
#include "core/flow/bulk.h"
#include "core/flow/outbox.h"
#include "store/store.h"

namespace mailmgr {

Result<Sender> sender_for(App& app, const AccountRecord& account) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto leases = app.leases();
  if (!leases) return leases.error();
  auto connection = app.connect(account);
  if (!connection) return connection.error();
  Sender sender{*std::move(connection),
                std::make_unique<output::Progress>(app.err(), "", app.shows_progress(), output::Unit::bytes), nullptr};
  sender.world.reset(new SendWorld{*sender.connection.courier, (*mail)->outbox(), **leases, app.clock(), app.random(),
                                   sender.progress->bytes()});
  return sender;
}

Status flush_accounts(App& app, const std::vector<AccountRecord>& accounts,
                      const std::function<void(const OutboxRow&, const AccountRecord&)>& told, IfBusy if_busy,
                      const Stop& stop) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  Outcome outcome_of_all(app);
  for (const auto& account : accounts) {
    if (stop.requested(app.clock())) return Stop::error();
    auto unsent = (*mail)->outbox().rows({.account = account.id, .unsent = true});
    if (!unsent) return unsent.error();
    if (unsent->empty()) continue;  // without anything to send nothing is opened, not even the key
    if (auto paced = make_up_lost_time(account.id, (*mail)->bulk(), app.clock().now()); !paced) return paced;
    auto sender = sender_for(app, account);
    if (!sender) {
      outcome_of_all.add(sender.error(), account.name);
      continue;
    }
    if (if_busy == IfBusy::pass_over) sender->world->progress = nullptr;  // a sync has a line of its own
    const auto tell = [&](const OutboxRow& row) {
      told(row, account);
      const auto ended = outcome(row);
      if (!ended) outcome_of_all.add_one(with_login_hint(ended.error(), account), account.name);
      if (row.state == OutboxState::sent) outcome_of_all.add_one({});
    };
    auto flushed = flush_outbox(account.id, *sender->world, tell, stop);
    if (!flushed && flushed.error().code == Code::interrupted) return flushed;
    if (!flushed && flushed.error().code == Code::busy && if_busy == IfBusy::pass_over) continue;
    outcome_of_all.add(flushed, account.name);
  }
  return outcome_of_all.status();
}

Error with_login_hint(Error error, const AccountRecord& account) {
  if (exit_class(error.code).code == Code::auth_required) {
    error.hint = fmt::format("mailmgr login --account {}", account.name);
  }
  return error;
}

}  // namespace mailmgr
