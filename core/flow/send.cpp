#include "core/flow/send.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/sha256.h"
#include "core/flow/access.h"

namespace mailmgr {
namespace {

constexpr auto kLeaseWait = std::chrono::seconds(60);
constexpr std::size_t kLongestKey = 200;

// An attempt at something that can wait: how long for another process, for failures to pass, and for an answer, to
// which comes the time that slow lines need.
constexpr auto kShortLeaseWait = std::chrono::seconds(5);
constexpr auto kRetriesEnd = std::chrono::seconds(5);
constexpr auto kAttemptEnds = std::chrono::seconds(60);
constexpr std::size_t kSlowLine = 50;  // bytes in a millisecond

std::vector<std::string> addresses_of(const Draft& draft) {
  std::vector<std::string> all;
  for (const auto* list : {&draft.to, &draft.cc, &draft.bcc}) {
    for (const auto& address : *list) {
      if (std::find(all.begin(), all.end(), address.email) == all.end()) all.push_back(address.email);
    }
  }
  return all;
}

// Of everything that makes it this message and no other; not of what each composing makes anew (date, ids).
std::string digest_of(const Draft& draft, const ThreadId& thread) {
  Sha256 hash;
  // With its length in front, nothing runs into what follows.
  const auto add = [&](std::string_view text) {
    hash.update(fmt::format("{}:", text.size()));
    hash.update(text);
  };
  add(draft.from.name);
  add(draft.from.email);
  for (const auto* list : {&draft.to, &draft.cc, &draft.bcc, &draft.reply_to}) {
    add(std::to_string(list->size()));
    for (const auto& address : *list) {
      add(address.name);
      add(address.email);
    }
  }
  add(draft.subject);
  for (const auto* body : {&draft.text, &draft.html}) {
    add(*body ? "1" : "0");
    add(body->value_or(""));
  }
  add(std::to_string(draft.attachments.size()));
  for (const auto& attachment : draft.attachments) {
    add(attachment.name);
    add(attachment.type);
    add(attachment.content_id);
    add(std::to_string(attachment.content.size()));
    (void)attachment.content.each_chunk([&](std::string_view chunk) {
      hash.update(chunk);
      return true;
    });
  }
  add(draft.in_reply_to);
  for (const auto& id : draft.references) add(id);
  for (const auto& [name, value] : draft.extra_headers) {
    if (name == kMarkerHeader) continue;
    add(name);
    add(value);
  }
  add(thread.value);
  return hex(hash.finish());
}

std::string lease_name(AccountId account) {
  return fmt::format("outbox-{}", account.value);
}

Error other_message(const OutboxRow& row) {
  return {Code::usage,
          fmt::format("sending: the key \"{}\" stands for another message already (number {} in the outbox, \"{}\")",
                      row.key, row.id.value, row.subject),
          "use another --key for another message"};
}

// What a person decided about the first run stands against repeating it.
Status may_repeat(const OutboxRow& row) {
  if (row.state == OutboxState::held) {
    return Error{Code::refused,
                 fmt::format("sending \"{}\": it is held, as it comes out of a backup and may have been sent already",
                             row.subject),
                 fmt::format("look in Sent; then mailmgr outbox release {0}, or mailmgr outbox resolve {0} --sent",
                             row.id.value)};
  }
  if (row.state == OutboxState::cancelled) {
    return Error{Code::refused, fmt::format("sending \"{}\": it was cancelled", row.subject),
                 "use another --key to send it after all"};
  }
  return {};
}

// What repeating a command means for what its first run left. The lease is held.
Result<Sending> repeat(OutboxRow row, const SendWorld& world, const Stop& stop) {
  if (auto allowed = may_repeat(row); !allowed) return allowed.error();
  switch (row.state) {
    case OutboxState::queued:
    case OutboxState::scheduled:
    case OutboxState::sent:
      return Sending{std::move(row), true};
    case OutboxState::held:
    case OutboxState::cancelled:
    case OutboxState::unknown: {
      auto found = find_out(std::move(row), world, stop);
      if (!found) return found.error();
      return Sending{*std::move(found), true};
    }
    case OutboxState::sending:
    case OutboxState::failed:
      break;
  }
  auto delivered = deliver(std::move(row), world, stop);
  if (!delivered) return delivered.error();
  return Sending{*std::move(delivered), false};
}

Status check_size(const Blob& mime, std::string_view subject, const SendOrder& order, const SendWorld& world) {
  if (mime.size() <= world.courier.max_size()) return {};
  return Error{Code::too_large,
               fmt::format("sending \"{}\": the message has {} bytes, {} takes at most {}", subject, mime.size(),
                           order.account.provider, world.courier.max_size()),
               "send fewer or smaller attachments: on their way they grow by a third"};
}

// A row with what the order says.
OutboxRow ordered(const SendOrder& order, Time now) {
  OutboxRow row;
  row.account = order.account.id;
  row.thread = order.thread;
  row.key = order.key;
  row.later = order.later;
  row.due = order.due;
  // One that is to leave now and is found `sending` was left behind by a command that was killed.
  row.state = !order.later ? OutboxState::sending : order.due > now ? OutboxState::scheduled : OutboxState::queued;
  row.created = row.changed = now;
  return row;
}

// Of a finished message, as it was given.
Result<std::string> digest_of(const FinishedRequest& request, const FinishedMessage& message) {
  Sha256 hash;
  hash.update(fmt::format("finished {}\n", to_lower_ascii(message.from.email)));
  for (const auto& recipient : message.recipients) hash.update(recipient.email + "\n");
  hash.update(fmt::format("{}\n", request.thread.value));
  const auto read = request.raw.each_chunk([&](std::string_view chunk) {
    hash.update(chunk);
    return true;
  });
  if (!read) return read.error();
  return hex(hash.finish());
}

// What failed is left to a flush once more, when `wish` says.
Result<Sending> wait_again(OutboxRow row, const OutboxRow& wish, const SendWorld& world) {
  auto lease = world.leases.take(lease_name(row.account), kLeaseWait, {});
  if (!lease) return lease.error();
  auto now = world.outbox.find(row.id);
  if (!now) return now.error();
  if (!*now) return Error{Code::internal, "sending: the outbox lost the message", ""};
  row = **std::move(now);
  if (row.state != OutboxState::failed) return Sending{std::move(row), true};
  row.state = wish.state;
  row.later = true;
  row.due = wish.due;
  row.attempts = 0;
  row.created = row.changed = world.clock.now();
  row.error_code.clear();
  row.error.clear();
  if (auto saved = world.outbox.update(row); !saved) return saved.error();
  return Sending{std::move(row), false};
}

}  // namespace

Status may_send(const SendOrder& request) {
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

Status check_key(const std::string& key) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (key.size() <= kLongestKey && std::none_of(key.begin(), key.end(), is_control)) return {};
  return Error{Code::usage, fmt::format("sending: a key has at most {} bytes and no control characters", kLongestKey),
               "use for instance an order number or a date as --key"};
}

Result<PreparedMessage> prepare_message(const SendRequest& request, const SendWorld& world) {
  if (auto allowed = may_send(request); !allowed) return allowed.error();
  if (auto fine = check_key(request.key); !fine) return fine.error();
  Draft draft = request.draft;
  for (const auto& [name, value] : draft.extra_headers) {
    if (equals_ignoring_ascii_case(name, kMarkerHeader)) {
      return Error{Code::usage, fmt::format("sending: mailmgr writes the header {} itself", kMarkerHeader), ""};
    }
  }
  if (draft.from.email.empty()) draft.from.email = request.account.email;
  const bool own_address = equals_ignoring_ascii_case(draft.from.email, request.account.email);
  if (own_address && draft.from.name.empty()) draft.from.name = request.account.sender_name;
  draft.date = world.clock.now();
  draft.message_id = make_message_id(world.random.bytes(16), draft.from.email);
  const std::string marker = hex(world.random.bytes(16));
  draft.extra_headers.emplace_back(kMarkerHeader, marker);
  auto mime = compose(draft);
  if (!mime) return mime.error();
  if (auto fits = check_size(*mime, draft.subject, request, world); !fits) return fits.error();

  PreparedMessage prepared{ordered(request, draft.date), *std::move(mime)};
  prepared.row.message_id = draft.message_id;
  prepared.row.marker = marker;
  prepared.row.from = draft.from.email;
  prepared.row.recipients = addresses_of(draft);
  prepared.row.subject = draft.subject;
  prepared.row.digest = digest_of(draft, request.thread);
  return prepared;
}

Result<PreparedMessage> prepare_finished(const FinishedRequest& request, const SendWorld& world) {
  if (auto allowed = may_send(request); !allowed) return allowed.error();
  if (auto fine = check_key(request.key); !fine) return fine.error();
  const auto head = read_finished_head(request.raw, request.header_may_end_early);
  if (!head) return head.error();
  FinishOptions options;
  options.recipients = request.recipients;
  options.local_names = request.local_names;
  options.header_may_end_early = request.header_may_end_early;
  const auto settled =
      settle_identity(*head, {request.account, request.aliases}, request.from_policy, request.from_name, options);
  if (!settled) return settled.error();
  options.date = world.clock.now();
  options.message_id = make_message_id(world.random.bytes(16), request.account.email);
  const std::string marker = hex(world.random.bytes(16));
  options.added_headers.emplace_back(kMarkerHeader, marker);
  auto message = finish_message(request.raw, options);
  if (!message) return message.error();
  if (auto fits = check_size(message->mime, message->subject, request, world); !fits) return fits.error();
  auto digest = digest_of(request, *message);
  if (!digest) return digest.error();

  PreparedMessage prepared{ordered(request, options.date), std::move(message->mime)};
  prepared.row.message_id = message->message_id;
  prepared.row.marker = marker;
  prepared.row.from = message->from.email;
  for (const auto& recipient : message->recipients) prepared.row.recipients.push_back(recipient.email);
  for (const auto& address : message->left_out) prepared.left_out.push_back(address.email);
  prepared.row.subject = message->subject;
  prepared.row.digest = *std::move(digest);
  return prepared;
}

Result<Sending> send_message(const PreparedMessage& message, const SendWorld& world, const Stop& stop) {
  auto lease = world.leases.take(lease_name(message.row.account), kLeaseWait, stop);
  if (!lease) return lease.error();
  auto added = world.outbox.add(message.row, message.mime);
  if (!added) return added.error();
  auto row = world.outbox.find(added->id);
  if (!row) return row.error();
  if (!*row) return Error{Code::internal, "sending: the outbox lost the message", ""};
  if (!added->is_new) {
    if ((*row)->digest != message.row.digest) return other_message(**row);
    return repeat(**std::move(row), world, stop);
  }
  (*row)->state = OutboxState::queued;  // nobody has asked the provider for anything yet
  auto delivered = deliver(**std::move(row), world, stop);
  if (!delivered) return delivered.error();
  return Sending{*std::move(delivered), false};
}

Result<Sending> send_later(const PreparedMessage& message, const SendWorld& world) {
  auto added = world.outbox.add(message.row, message.mime);
  if (!added) return added.error();
  auto row = world.outbox.find(added->id);
  if (!row) return row.error();
  if (!*row) return Error{Code::internal, "sending: the outbox lost the message", ""};
  if (added->is_new) return Sending{**std::move(row), false};
  if ((*row)->digest != message.row.digest) return other_message(**row);
  if (auto allowed = may_repeat(**row); !allowed) return allowed.error();
  if ((*row)->state == OutboxState::failed) return wait_again(**std::move(row), message.row, world);
  return Sending{**std::move(row), true};
}

Result<Sending> send_or_queue(const PreparedMessage& message, const SendWorld& world, const Stop& stop) {
  auto sending = send_later(message, world);
  if (!sending) return sending;
  const auto waits = [](const OutboxRow& row) {
    return row.state == OutboxState::queued || row.state == OutboxState::failed;
  };
  // What was in the outbox before, under the same key, is tried only if it failed.
  if (!waits(sending->row) || (sending->repeated && sending->row.state != OutboxState::failed)) return sending;

  const auto now = world.clock.monotonic();
  const auto ends = now + kAttemptEnds + milliseconds(message.mime.size() / kSlowLine);
  const Stop hurried = stop.before(ends).retrying_until(now + kRetriesEnd);
  const auto tell = [&](const Error& error) {
    sending->row.error_code = exit_class(error.code).name;
    sending->row.error = error.message;
    return sending;
  };
  auto lease = world.leases.take(lease_name(message.row.account), kShortLeaseWait, hurried);
  if (!lease) return tell(lease.error());
  auto row = world.outbox.find(sending->row.id);
  if (!row) return tell(row.error());
  if (!*row) return sending;
  sending->row = **std::move(row);
  if (!waits(sending->row)) return sending;  // a flush has come first
  auto delivered = deliver(sending->row, world, hurried);
  if (!delivered) {
    if (auto left = world.outbox.find(sending->row.id); left && *left) sending->row = **std::move(left);
    return tell(delivered.error());
  }
  sending->row = *std::move(delivered);
  sending->repeated = false;
  return sending;
}

}  // namespace mailmgr
