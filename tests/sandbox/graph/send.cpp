// Answering and sending: sendMail, send, reply and their relatives. Accepting is all that a caller learns (202); the
// copy in Sent Items is a new item with the submitted Message-ID.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/attachments.h"
#include "tests/sandbox/graph/drafts.h"
#include "tests/sandbox/graph/message_view.h"
#include "tests/sandbox/graph/schema.h"

namespace mailmgr::sandbox::graph {
namespace {

using nlohmann::json;

[[noreturn]] void invalid_recipient(std::string_view recipient) {
  fail(400, "ErrorInvalidRecipients",
       "At least one recipient isn't valid., Recipient '" + std::string(recipient) + "' is not resolved.");
}

void add_recipient(std::vector<std::string>& out, const std::string& address) {
  const auto at = address.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == address.size()) {
    invalid_recipient(address);
  }
  const bool known = std::any_of(out.begin(), out.end(),
                                 [&](const std::string& other) { return equals_ignoring_ascii_case(other, address); });
  if (!known) {
    out.push_back(address);
  }
}

// Everyone in To, Cc and Bcc, once; faults when there is nobody or somebody is no address.
std::vector<std::string> recipients_of(std::string_view raw) {
  std::vector<std::string> out;
  for (const auto& [name, value] : mime::scan_headers(raw)) {
    const auto lower = to_lower_ascii(name);
    if (lower != "to" && lower != "cc" && lower != "bcc") {
      continue;
    }
    const auto addresses = mime::parse_addresses(value);
    if (addresses.empty() && !value.empty() && !value.ends_with(';')) {  // "undisclosed-recipients:;" names nobody
      invalid_recipient(value);
    }
    for (const auto& address : addresses) {
      add_recipient(out, address.address);
    }
  }
  if (out.empty()) {
    fail(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.");
  }
  return out;
}

[[noreturn]] void send_as_denied() {
  fail(403, "ErrorSendAsDenied",
       "The user account which was used to submit this request does not have the right to send mail on behalf of the "
       "specified sending account.");
}

// Whether that address is one the mailbox sends from. Proxy addresses are where the organisation allows it.
bool is_own_sender(const Account& account, std::string_view email) {
  if (equals_ignoring_ascii_case(email, account.box.email())) {
    return true;
  }
  return account.sends_from_proxies &&
         std::any_of(account.proxies.begin(), account.proxies.end(),
                     [&](const std::string& proxy) { return equals_ignoring_ascii_case(email, proxy); });
}

// The From that leaves: one's own address, or another's if that is permitted. Who reaches a mailbox with Full Access
// alone may not send as it. MIME submissions get a From that is nobody's replaced, JSON ones are refused.
std::string with_lawful_from(const Call& call, std::string raw, bool mime) {
  const auto from = mime::parse_addresses(mime::find_header(mime::scan_headers(raw), "From"));
  if (call.shared && !call.account->others_send_as) {
    send_as_denied();
  }
  if (from.size() == 1 && is_own_sender(*call.account, from.front().address)) {
    return raw;
  }
  const Account* other = from.size() == 1 ? call.world.find(from.front().address) : nullptr;
  const bool other_permitted = other != nullptr && other->others_send_as &&
                               (call.session.app_only || call.session.scopes.contains("Mail.Send.Shared"));
  if (other_permitted) {
    return raw;
  }
  if (mime || from.empty()) {
    return mime::replace_header(raw, "From", call.box().email());
  }
  send_as_denied();
}

void hand_over(World& world, Account& account, const Message& message, const std::vector<std::string>& recipients,
               Time now) {
  const auto raw = message.raw();
  account.sent.push_back({account.box.id_of(message, true), raw, recipients, now});
  if (!world.deliver) {
    return;
  }
  const auto public_raw = mime::remove_header(raw, "Bcc");
  for (const auto& recipient : recipients) {
    world.deliver(recipient, public_raw);
  }
}

int seconds_of(const Call& call) {
  return std::max(call.world.limits.sent_delay_seconds, call.account->send_seconds);
}

// What leaves of a draft, with the Date that it gets.
std::string with_date(const Call& call, std::string raw) {
  if (!mime::find_header(mime::scan_headers(raw), "Date").empty()) return raw;
  return "Date: " + mime::format_date_header(call.now) + "\r\n" + raw;
}

// A draft that stays a draft for a while after it was accepted. What a
// second dispatch would do to it is not documented; here it does the worst, and sends again.
void depart_lingering(Call& call, const Message& draft, std::string raw) {
  const auto recipients = recipients_of(raw);
  raw = with_date(call, with_lawful_from(call, std::move(raw), false));
  const auto due = call.now + std::chrono::seconds(seconds_of(call));
  call.account->departures.push_back({draft.key, due, recipients, true, std::move(raw)});
}

// A message's way out: into the Outbox, and from there, at once or later, to Sent Items and the recipients.
void depart(Call& call, std::string raw, bool save, bool mime) {
  const auto recipients = recipients_of(raw);
  raw = with_date(call, with_lawful_from(call, std::move(raw), mime));
  auto& box = call.box();
  Message message;
  message.read = true;
  message.received = message.created = message.modified = to_unix_seconds(call.now);
  const auto conversation = box.conversation_for(mime::scan_headers(raw));
  const bool later = seconds_of(call) > 0;
  Message& out = box.add(std::move(message), box.well_known(later ? "outbox" : "sentitems")->key);
  box.set_raw(out, std::move(raw), conversation);
  if (later) {
    const auto due = call.now + std::chrono::seconds(seconds_of(call));
    call.account->departures.push_back({out.key, due, recipients, save, {}});
    return;
  }
  hand_over(call.world, *call.account, out, recipients, call.now);
  if (!save) {
    box.remove(out);
  }
}

std::string prefixed(std::string_view prefix, const std::string& subject) {
  return to_lower_ascii(subject).starts_with(to_lower_ascii(prefix)) ? subject : std::string(prefix) + " " + subject;
}

void add_others(std::vector<mime::Address>& into, const std::vector<mime::Address>& from, const std::string& self) {
  for (const auto& address : from) {
    const bool known = std::any_of(into.begin(), into.end(), [&](const mime::Address& other) {
      return equals_ignoring_ascii_case(other.address, address.address);
    });
    if (!known && !equals_ignoring_ascii_case(address.address, self)) {
      into.push_back(address);
    }
  }
}

OutgoingText answer_text(Call& call, const Message& original, bool all, bool forward) {
  const auto source = decompose(original.raw());
  OutgoingText text;
  text.from = {{"", call.box().email()}};
  text.date = to_unix_seconds(call.now);
  text.subject = prefixed(forward ? "FW:" : "RE:", source.subject);
  text.html = source.html;
  if (!forward) {
    text.to = source.reply_to.empty() ? source.from : source.reply_to;
    if (all) {
      add_others(text.to, source.to, call.box().email());
      add_others(text.cc, source.cc, call.box().email());
    }
  } else {
    text.attachments = source.attachments;
  }
  if (!source.message_id.empty()) {
    text.in_reply_to = source.message_id;
    text.references = (source.references.empty() ? "" : source.references + " ") + source.message_id;
  }
  const std::string who = source.from.empty() ? "" : source.from.front().address;
  text.body = source.html ? "<br><hr>From: " + who + "<br>Subject: " + source.subject + "<br><br>" + source.body
                          : "\r\n\r\n________________________________\r\nFrom: " + who +
                                "\r\nSubject: " + source.subject + "\r\n\r\n" + source.body;
  return text;
}

std::string answer_raw(Call& call, const Message& original, bool all, bool forward) {
  const auto parameters =
      forward ? action_parameters(call.json_body(), {"message:message", "comment:string", "toRecipients:recipient[]"})
              : action_parameters(call.json_body(), {"message:message", "comment:string"});
  const auto message = parameters.value("message", json::object());
  const auto comment = parameters.value("comment", json());
  const bool has_body = message.is_object() && message.contains("body");
  if (comment.is_string() && has_body) {
    fail(400, "ErrorInvalidRequest", "Specify either a comment or the body property of the message, not both.");
  }
  auto text = answer_text(call, original, all, forward);
  const auto quoted = text.body;
  if (message.is_object()) {
    apply_content(text, message);
  }
  if (parameters.contains("toRecipients")) {
    apply_content(text, {{"toRecipients", parameters["toRecipients"]}});
  }
  if (comment.is_string()) {
    text.body = comment.get<std::string>() + quoted;
  } else if (has_body) {
    text.body += quoted;
  }
  return completed(call, compose(text));
}

void leave_from_drafts(World& world, Account& account, Message* draft, const Departure& departure, Time now) {
  const auto conversation = account.box.conversation_for(mime::scan_headers(departure.draft_raw));
  if (draft != nullptr) {
    account.box.remove(*draft);
  }
  Message message;
  message.read = true;
  message.received = message.created = message.modified = to_unix_seconds(departure.due);
  Message& stored = account.box.add(std::move(message), account.box.well_known("sentitems")->key);
  account.box.set_raw(stored, departure.draft_raw, conversation);
  hand_over(world, account, stored, departure.recipients, now);
}

// PidTagLastVerbExecuted, by which clients know that a message was answered.
void note_answer(Call& call, Message& original, bool all, bool forward) {
  original.properties["Integer 0x1081"] = forward ? "104" : all ? "103" : "102";
  call.box().changed(original, call.now);
}

}  // namespace

void settle_departures(World& world, Account& account, Time now) {
  auto& waiting = account.departures;
  for (std::size_t at = 0; at < waiting.size();) {
    if (waiting[at].due > now) {
      ++at;
      continue;
    }
    const Departure departure = waiting[at];
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(at));
    Message* queued = account.box.find(departure.message);
    if (!departure.draft_raw.empty()) {
      leave_from_drafts(world, account, queued, departure, now);
      continue;
    }
    if (queued == nullptr) {
      continue;  // taken out of the Outbox in time
    }
    Message copy = *queued;
    account.box.remove(*queued);
    copy.incarnation = 0;
    Message& stored = account.box.add(std::move(copy), account.box.well_known("sentitems")->key);
    hand_over(world, account, stored, departure.recipients, now);
    if (!departure.save) {
      account.box.remove(stored);
    }
  }
}

Response send_draft(Call& call, Message& draft) {
  call.require({"Mail.Send"});
  if (call.has_body()) {
    bad_body("The send action takes no request body.");
  }
  if (!draft.draft) {
    fail(400, "ErrorInvalidRequest", "The message is not a draft and cannot be sent.");
  }
  auto raw = mime::replace_header(draft.raw(), "Date", mime::format_date_header(call.now));
  if (draft.importance) {
    static constexpr std::string_view kNames[] = {"low", "normal", "high"};
    raw = mime::replace_header(raw, "Importance", kNames[static_cast<int>(*draft.importance)]);
  }
  if (call.account->drafts_linger && seconds_of(call) > 0) {
    depart_lingering(call, draft, std::move(raw));
    return empty_response(202);
  }
  depart(call, std::move(raw), true, false);
  call.box().remove(draft);
  return empty_response(202);
}

Response handle_send_mail(Call& call) {
  if (call.method() != "POST" || call.path.size() != 1) {
    method_not_allowed("sendMail is an action; use POST.");
  }
  const QueryOptions none(call.request.query, {});
  call.require({"Mail.Send"});
  if (call.has_mime_body()) {
    depart(call, completed(call, call.mime_body()), true, true);
    return empty_response(202);
  }
  const auto parameters = action_parameters(call.json_body(), {"message:message", "saveToSentItems:boolean"});
  const auto message = parameters.find("message");
  if (message == parameters.end() || !message->is_object()) {
    bad_request("The value of the parameter 'Message' is empty.");
  }
  OutgoingText text;
  text.from = {{"", call.box().email()}};
  text.date = to_unix_seconds(call.now);
  apply_content(text, *message);
  const auto save = parameters.find("saveToSentItems");
  depart(call, completed(call, compose(text)), save == parameters.end() || !save->is_boolean() || save->get<bool>(),
         false);
  return empty_response(202);
}

Response answer_message(Call& call, Message& original, std::string_view action) {
  const bool draft_only = action.starts_with("create");
  const auto kind = to_lower_ascii(draft_only ? action.substr(6) : action);
  const bool forward = kind == "forward";
  const bool all = kind == "replyall";
  call.require({draft_only ? "Mail.ReadWrite" : "Mail.Send"});
  const QueryOptions none(call.request.query, {});
  const bool mime = call.has_mime_body();
  auto raw = mime ? completed(call, call.mime_body()) : answer_raw(call, original, all, forward);
  if (draft_only) {
    return message_response(call, 201, store_draft(call, std::move(raw), *call.box().well_known("drafts")));
  }
  depart(call, std::move(raw), true, mime);
  note_answer(call, original, all, forward);
  return empty_response(202);
}

}  // namespace mailmgr::sandbox::graph
