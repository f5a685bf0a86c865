#include "core/flow/send.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/error_name.h"
#include "core/flow/access.h"

namespace mailmgr {
namespace {

constexpr auto kLeaseWait = std::chrono::seconds(60);
constexpr int kDispatchTries = 4;  // of one draft; each only when the last is known not to have sent it
constexpr int kEvidenceLooks = 4;  // before the outcome is called unknown
constexpr auto kFirstLook = std::chrono::seconds(1);  // doubled each time: a message sent shows up after seconds

// Survives where a provider replaces the Message-ID, as Gmail does on sending.
constexpr std::string_view kMarkerHeader = "X-Mailmgr-Id";

Status may_send(const SendRequest& request) {
  if (request.account.state == AccountState::paused) {
    return Error{Code::refused, fmt::format("sending as {}: this account is paused", request.account.name),
                 fmt::format("mailmgr account set {} --active", request.account.name)};
  }
  if (request.account.state != AccountState::active) {
    return Error{Code::refused, fmt::format("sending as {}: this account is not connected", request.account.name),
                 fmt::format("mailmgr login --account {}", request.account.name)};
  }
  return check_access(request.account, request.access, Permission::send, "sending");
}

std::vector<std::string> addresses_of(const Draft& draft) {
  std::vector<std::string> all;
  for (const auto* list : {&draft.to, &draft.cc, &draft.bcc}) {
    for (const auto& address : *list) {
      if (std::find(all.begin(), all.end(), address.email) == all.end()) all.push_back(address.email);
    }
  }
  return all;
}

// Whether the provider certainly did not send what it was asked to. A draft that is gone may have been sent by an
// earlier dispatch.
bool certainly_not_sent(const Error& error) {
  const auto exit = exit_class(error.code).code;
  if (error.code == Code::gone) return false;
  return error.code == Code::unreachable || error.code == Code::throttled ||
         (exit != Code::try_later && exit != Code::interrupted && exit != Code::internal);
}

class Dispatch {
 public:
  Dispatch(const PreparedMessage& message, const SendWorld& world, const Stop& stop)
      : message_(message), world_(world), stop_(stop), row_(message.row) {}

  Result<OutboxRow> run() {
    auto id = world_.outbox.add(row_, message_.mime);
    if (!id) return id.error();
    row_.id = *id;
    auto lease = world_.leases.take(fmt::format("outbox-{}", row_.account.value), kLeaseWait, stop_);
    if (!lease) return end(OutboxState::failed, lease.error());
    if (auto saved = save(OutboxState::sending); !saved) return saved.error();

    auto staged = world_.courier.stage(outgoing(), stop_);
    if (!staged) return end(OutboxState::failed, staged.error());  // at worst a draft is left behind
    row_.staged = *std::move(staged);
    if (auto saved = save(OutboxState::sending); !saved) return saved.error();
    return dispatch();
  }

 private:
  Result<OutboxRow> dispatch() {
    for (int attempt = 1;; ++attempt) {
      auto receipt = world_.courier.dispatch(row_.staged, stop_);
      if (receipt) return sent(*receipt);
      const Error error = receipt.error();
      if (!certainly_not_sent(error)) {
        const auto evidence = look_for_evidence();
        if (evidence == Evidence::sent) return sent({});
        if (evidence == Evidence::none) return end(OutboxState::unknown, error);
      } else if (exit_class(error.code).code != Code::try_later) {
        return give_up(error);
      }
      // The draft is still there: dispatching the same draft again cannot make a second message.
      const bool patient = attempt < kDispatchTries && wait(error.retry_after.value_or(kFirstLook * attempt));
      if (!patient) return certainly_not_sent(error) ? give_up(error) : end(OutboxState::unknown, error);
    }
  }

  // What became of a dispatch whose answer did not come. `pending` only if the draft is there after the last look: one
  // that is seen at first may be on its way.
  Evidence look_for_evidence() {
    auto last = Evidence::none;
    milliseconds pause = kFirstLook;
    for (int look = 0; look < kEvidenceLooks; ++look, pause *= 2) {
      if (!wait(pause)) return Evidence::none;
      auto evidence = world_.courier.evidence(row_.staged, outgoing(), stop_);
      if (!evidence) continue;
      last = *evidence;
      if (last == Evidence::sent) return last;
    }
    return last;
  }

  Result<OutboxRow> give_up(const Error& error) {
    if (auto discarded = world_.courier.discard(row_.staged, stop_); discarded) row_.staged = {};
    return end(OutboxState::failed, error);
  }

  Result<OutboxRow> sent(const Receipt& receipt) {
    row_.remote_id = receipt.remote_id;
    row_.sent_thread = receipt.thread;
    row_.error_code.clear();
    row_.error.clear();
    if (auto saved = save(OutboxState::sent); !saved) return saved.error();
    return row_;
  }

  Result<OutboxRow> end(OutboxState state, const Error& error) {
    row_.error_code = exit_class(error.code).name;
    row_.error = error.message;
    if (auto saved = save(state); !saved) return saved.error();
    return row_;
  }

  Status save(OutboxState state) {
    row_.state = state;
    row_.changed = world_.clock.now();
    return world_.outbox.update(row_);
  }

  bool wait(milliseconds duration) { return world_.clock.sleep_for(duration, stop_); }

  Outgoing outgoing() const {
    Outgoing out{message_.mime, row_.message_id, std::nullopt};
    if (!row_.thread.value.empty()) out.thread = row_.thread;
    return out;
  }

  const PreparedMessage& message_;
  const SendWorld& world_;
  const Stop& stop_;
  OutboxRow row_;
};

}  // namespace

Result<PreparedMessage> prepare_message(const SendRequest& request, const SendWorld& world) {
  if (auto allowed = may_send(request); !allowed) return allowed.error();
  Draft draft = request.draft;
  if (draft.from.email.empty()) draft.from.email = request.account.email;
  const bool own_address = equals_ignoring_ascii_case(draft.from.email, request.account.email);
  if (own_address && draft.from.name.empty()) draft.from.name = request.account.sender_name;
  draft.date = world.clock.now();
  draft.message_id = make_message_id(world.random.bytes(16), draft.from.email);
  draft.extra_headers.emplace_back(kMarkerHeader, hex(world.random.bytes(16)));
  auto mime = compose(draft);
  if (!mime) return mime.error();
  if (mime->size() > world.courier.max_size()) {
    return Error{Code::too_large,
                 fmt::format("sending \"{}\": the message has {} bytes, {} takes at most {}", draft.subject,
                             mime->size(), request.account.provider, world.courier.max_size()),
                 "send fewer or smaller attachments"};
  }

  PreparedMessage prepared;
  prepared.mime = *std::move(mime);
  prepared.row.account = request.account.id;
  prepared.row.message_id = draft.message_id;
  prepared.row.from = draft.from.email;
  prepared.row.recipients = addresses_of(draft);
  prepared.row.subject = draft.subject;
  prepared.row.thread = request.thread;
  prepared.row.created = prepared.row.changed = draft.date;
  return prepared;
}

Result<OutboxRow> send_message(const PreparedMessage& message, const SendWorld& world, const Stop& stop) {
  return Dispatch(message, world, stop).run();
}

Status outcome(const OutboxRow& row) {
  if (row.state == OutboxState::sent) return {};
  if (row.state == OutboxState::unknown) {
    return Error{Code::partial, fmt::format("sending \"{}\": the outcome is unknown: {}", row.subject, row.error),
                 "look in the mailbox's Sent folder before sending it again"};
  }
  return Error{code_named(row.error_code), fmt::format("sending \"{}\": {}", row.subject, row.error)};
}

}  // namespace mailmgr
