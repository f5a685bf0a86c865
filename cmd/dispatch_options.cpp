#include "cmd/dispatch_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/identities.h"
#include "cmd/outbox_json.h"
#include "cmd/output/terminal.h"
#include "core/flow/mailbox_draft.h"

namespace mailmgr {

void DispatchOptions::attach(CLI::App& cli) {
  cli.add_option("--key", key_, "A name of this message: repeating the command does not send it twice")
      ->check(refuse_empty);
  auto* at = cli.add_option("--at", at_, "Send it at this time: RFC 3339, or in 90s, 4m, 2h, 7d")->check(refuse_empty);
  cli.add_flag("--queue", queue_, "Leave it to the next sync or outbox flush")->excludes(at);
  cli.add_flag("-n,--dry-run", dry_run_, "Check and compose, send nothing");
}

void DispatchOptions::attach_with_draft(CLI::App& cli) {
  attach(cli);
  auto* draft = cli.add_flag("--draft", draft_, "Make a draft of it in the mailbox, and send nothing");
  for (const auto* other : {"--key", "--at", "--queue"}) draft->excludes(cli.get_option(other));
}

Status DispatchOptions::dispatch(App& app, const AccountRecord& account, Draft draft, const ThreadId& thread,
                                 const std::string& key) const {
  auto sender = sender_for(app, account);
  if (!sender) return sender.error();
  SendRequest request;
  if (auto ordered = order(app, account, *sender, request); !ordered) return ordered;
  request.draft = std::move(draft);
  request.thread = thread;
  if (request.key.empty()) request.key = key;
  if (makes_draft()) return put_into_mailbox(app, request, {}, *sender);
  auto prepared = prepare_message(request, *sender->world);
  if (!prepared) return prepared.error();
  return finish(app, account, *prepared, *sender);
}

Status DispatchOptions::dispatch(App& app, const AccountRecord& account, Blob raw) const {
  auto sender = sender_for(app, account);
  if (!sender) return sender.error();
  FinishedRequest request;
  if (auto ordered = order(app, account, *sender, request); !ordered) return ordered;
  request.raw = std::move(raw);
  auto own = emails_of(app, account);
  if (!own) return own.error();
  request.aliases = *std::move(own);
  auto prepared = prepare_finished(request, *sender->world);
  if (!prepared) return prepared.error();
  return finish(app, account, *prepared, *sender);
}

Status DispatchOptions::order(App& app, const AccountRecord& account, const Sender& sender, SendOrder& order) const {
  order.account = account;
  order.access = sender.connection.grant.access;
  order.key = key_;
  order.later = queue_ || !at_.empty();
  return read_due(app, order);
}

Status DispatchOptions::finish(App& app, const AccountRecord& account, const PreparedMessage& prepared,
                               const Sender& sender) const {
  if (dry_run_) return print(app, {prepared.row, false}, account);
  auto sending =
      prepared.row.later ? send_later(prepared, *sender.world) : send_message(prepared, *sender.world, app.stop());
  if (!sending) return with_login_hint(sending.error(), account);
  auto printed = print(app, *sending, account);
  auto ended = outcome(sending->row);
  return ended ? printed : Status(with_login_hint(ended.error(), account));
}

Status put_into_mailbox(App& app, const SendRequest& request, const StagedId& earlier, const Sender& sender) {
  auto saved = save_mailbox_draft(request, earlier, *sender.world, app.stop());
  if (!saved) return with_login_hint(saved.error(), request.account);
  if (!saved->tidied) {
    app.warn("the draft is saved, and its earlier form is in the mailbox as well: " + saved->tidied.error().message);
  }
  if (app.options().json) {
    app.print_json(nlohmann::ordered_json{{"account", request.account.name}, {"state", "draft"}});
  } else {
    app.say(fmt::format("saved as a draft in the mailbox of {}; the next sync lists it", request.account.name));
  }
  return {};
}

Status DispatchOptions::read_due(App& app, SendOrder& order) const {
  if (at_.empty()) return {};
  const auto now = app.clock().now();
  order.due = from_rfc3339(at_);
  if (!order.due) {
    auto wait = parse_duration(at_);
    if (!wait) {
      return Error{
          Code::usage,
          fmt::format("{}: --at \"{}\" is neither a time nor a length of time", command_, output::one_line(at_)),
          "for instance --at 2026-01-31T09:00:00+01:00, or --at 2h"};
    }
    order.due = now + *wait;
  }
  if (*order.due >= now - std::chrono::minutes(1)) return {};
  return Error{Code::usage, fmt::format("{}: --at {} is past", command_, to_rfc3339(*order.due)),
               "leave --at out to send now"};
}

Status DispatchOptions::print(App& app, const Sending& sending, const AccountRecord& account) const {
  const auto& row = sending.row;
  if (app.options().json) {
    auto json = to_json(row, account.name);
    if (dry_run_) json["state"] = planned_state();
    if (sending.repeated) json["repeated"] = true;
    if (dry_run_) json["dry_run"] = true;
    app.print_json(json);
    return {};
  }
  if (!outcome(row) && !dry_run_) return {};
  std::string recipients;
  for (const auto& recipient : row.recipients) recipients += (recipients.empty() ? "" : ", ") + recipient;
  const std::string what = dry_run_ ? "would send" : std::string(to_string(row.state));
  app.say(fmt::format("{}{} from {} to {}{}", what, sending.repeated ? " already," : "", row.from, recipients,
                      row.due ? fmt::format(" at {}", to_local_date(*row.due)) : ""));
  return {};
}

std::string_view DispatchOptions::planned_state() const {
  return to_string(!at_.empty() ? OutboxState::scheduled : queue_ ? OutboxState::queued : OutboxState::sending);
}

}  // namespace mailmgr
