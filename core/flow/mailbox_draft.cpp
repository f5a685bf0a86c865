#include "core/flow/mailbox_draft.h"

#include <fmt/format.h>

#include "core/flow/access.h"

namespace mailmgr {
namespace {

Status may_draft(const SendOrder& order) {
  if (order.account.state != AccountState::active) {
    return Error{Code::refused, fmt::format("drafts of {}: this account is not active", order.account.name),
                 fmt::format("mailmgr account show {}", order.account.name)};
  }
  return check_access(order.account, order.access, Permission::draft, "drafts");
}

}  // namespace

Result<StagedId> save_mailbox_draft(const SendRequest& request, const StagedId& earlier, const SendWorld& world,
                                    const Stop& stop) {
  if (auto allowed = may_draft(request); !allowed) return allowed.error();
  Draft draft = request.draft;
  draft.unfinished = true;
  draft.date = world.clock.now();
  draft.message_id = make_message_id(world.random.bytes(16), draft.from.email);
  auto mime = compose(draft);
  if (!mime) return mime.error();
  if (mime->size() > world.courier.max_size()) {
    return Error{Code::too_large,
                 fmt::format("saving the draft \"{}\": it has {} bytes, {} takes at most {}", draft.subject, mime->size(),
                             request.account.provider, world.courier.max_size()),
                 "attach fewer or smaller files"};
  }
  Outgoing outgoing{*std::move(mime), draft.message_id, {}, world.progress};
  if (!request.thread.value.empty()) outgoing.thread = request.thread;
  auto saved = world.courier.stage(outgoing, stop);
  if (!saved) return saved.error();
  if (!earlier.value.empty()) {
    if (auto removed = world.courier.discard(earlier, stop); !removed) return removed.error();
  }
  return saved;
}

Result<StagedId> find_mailbox_draft(const SendOrder& order, const RemoteId& message, const SendWorld& world,
                                    const Stop& stop) {
  if (auto allowed = may_draft(order); !allowed) return allowed.error();
  auto found = world.courier.draft_of(message, stop);
  if (!found) return found.error();
  if (!*found) {
    return Error{Code::not_found, "looking for the draft: it is not in the mailbox any more", "mailmgr sync"};
  }
  return **std::move(found);
}

Status remove_mailbox_draft(const SendOrder& order, const StagedId& draft, const SendWorld& world, const Stop& stop) {
  if (auto allowed = may_draft(order); !allowed) return allowed;
  return world.courier.discard(draft, stop);
}

}  // namespace mailmgr
