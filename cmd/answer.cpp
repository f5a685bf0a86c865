// `mailmgr reply` and `mailmgr forward`: answers to a message of the store, and passing it on.
#include "cmd/answer.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cmd/dispatch_options.h"
#include "cmd/identities.h"
#include "cmd/ids.h"
#include "cmd/local_draft.h"
#include "cmd/message_options.h"
#include "cmd/output/terminal.h"
#include "core/mail/subject.h"
#include "store/store.h"

namespace mailmgr {

Result<AnsweredMessage> stored_original(App& app, MessageId id, std::string_view command) {
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto& reader = (*mail)->reader();
  auto row = reader.find(id);
  if (!row) return row.error();
  const auto account = std::find_if(accounts->begin(), accounts->end(),
                                    [&](const auto& candidate) { return *row && candidate.id == (*row)->account; });
  if (account == accounts->end()) {
    return Error{Code::not_found, fmt::format("{}: there is no message {}", command, id.value), "mailmgr list"};
  }
  auto raw = reader.raw(id);
  if (!raw) return raw.error().within(std::string(command));
  auto original = read_original(*raw);
  if (!original) return original.error().within(std::string(command));
  return AnsweredMessage{**std::move(row), *account, *std::move(original)};
}

Result<AnsweredMessage> answered_message(App& app, const std::string& id, std::string_view command) {
  auto ids = read_ids({id}, std::cin);
  if (!ids) return ids.error();
  if (ids->size() != 1) return Error{Code::usage, fmt::format("{}: one message at a time", command), "mailmgr list"};
  auto found = stored_original(app, ids->front(), command);
  if (found && found->row.draft) {
    return Error{Code::refused,
                 fmt::format("{}: message {} is a draft, which nobody has sent", command, found->row.id.value),
                 fmt::format("mailmgr draft edit {}", found->row.id.value)};
  }
  return found;
}

ThreadId thread_of_answer(const AnsweredMessage& answered, const AccountRecord& sending, std::string_view subject) {
  const bool same =
      sending.id == answered.account.id && reply_subject(subject) == reply_subject(answered.original.message.subject);
  return same ? answered.row.thread : ThreadId();
}

namespace {

// As the identity that the original was addressed to, unless the person says otherwise.
Result<SenderIdentity> answering_sender(App& app, const AnsweredMessage& answered, const MessageOptions& message) {
  auto sender = message.sender(app, answered.account);
  if (!sender || message.says_sender() || sender->account.id != answered.account.id) return sender;
  auto own = addresses_of(app, sender->account);
  if (!own) return own.error();
  const auto chosen = choose_identity(answered.original.message, *own);
  return chosen ? chosen_sender(app, to_string((*own)[*chosen]), answered.account) : sender;
}

// What an editor begins with.
Result<DraftText> answer_text(App& app, const SenderIdentity& sender, const MessageOptions& message, Answer answer,
                              const std::string& below) {
  auto text = message.read_text(app);
  if (!text) return text;
  text->from = {sender.from};
  text->to.insert(text->to.begin(), answer.draft.to.begin(), answer.draft.to.end());
  text->cc.insert(text->cc.begin(), answer.draft.cc.begin(), answer.draft.cc.end());
  if (text->subject.empty()) text->subject = answer.draft.subject;
  Written body{text->body, std::nullopt};
  if (auto is_signed = message.sign(app, sender, body); !is_signed) return is_signed.error();
  text->body = body.text.value_or("");
  if (!below.empty()) text->body += "\n\n" + below;
  return text;
}

class Reply : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("id", id_, "The message to answer")->required();
    cli.add_flag("--all", all_, "Answer everybody who got it");
    cli.add_flag("--quote,!--no-quote", quote_, "Quote the original below (the default)");
    message_.attach(cli);
    dispatch_.attach_with_draft(cli);
  }

  Status run(App& app) override {
    auto answered = answered_message(app, id_, "reply");
    if (!answered) return answered.error();
    auto sender = answering_sender(app, *answered, message_);
    if (!sender) return sender.error();
    auto own = addresses_of(app, sender->account);
    if (!own) return own.error();
    ReplyRequest request;
    request.from = sender->from;
    for (const auto& address : *own) request.own_addresses.push_back(address.email);
    request.own_addresses.push_back(answered->account.email);
    request.all = all_;
    request.quote = quote_;
    if (message_.wants_editor(app)) return in_editor(app, *answered, *sender, request);

    auto written = message_.read(app);
    if (!written) return written.error();
    if (auto is_signed = message_.sign(app, *sender, written->body); !is_signed) return is_signed;
    request.written = std::move(written->body);
    auto answer = make_reply(answered->original, request);
    if (!answer) return answer.error().within("reply");
    tell_left_out(app, *answer);
    set_sender(*sender, answer->draft);
    add_to(answer->draft, *std::move(written));
    const auto thread = thread_of_answer(*answered, sender->account, answer->draft.subject);
    return dispatch_.dispatch(app, sender->account, std::move(answer->draft), thread);
  }

 private:
  Status in_editor(App& app, const AnsweredMessage& answered, const SenderIdentity& sender, ReplyRequest request) {
    request.quote = false;
    auto answer = make_reply(answered.original, request);
    if (!answer) return answer.error().within("reply");
    tell_left_out(app, *answer);
    DraftTie tie{answer->draft.in_reply_to, answer->draft.references, {}, answered.original.message.subject};
    const auto below = quote_ ? quoted_text(answered.original.message) : std::string();
    auto text = answer_text(app, sender, message_, *std::move(answer), below);
    if (!text) return text.error();
    text->tie = std::move(tie);
    text->tie.thread = thread_of_answer(answered, sender.account, text->subject).value;
    LocalDraft draft;
    draft.account = sender.account.id;
    draft.kind = LocalDraftKind::reply;
    draft.original = answered.row.id;
    return write_in_editor(app, std::move(draft), *text, dispatch_);
  }

  static void tell_left_out(App& app, const Answer& answer) {
    for (const auto& person : answer.left_out) {
      app.say(fmt::format("left out, as nobody can be written to at this address: {}",
                          output::one_line(person.name + " <" + person.email + ">")));
    }
  }

  std::string id_;
  bool all_ = false, quote_ = true;
  MessageOptions message_{"reply"};
  DispatchOptions dispatch_{"reply"};
};

class Forward : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("id", id_, "The message to pass on")->required();
    cli.add_flag("--as-attachment", as_attachment_, "Whole, as an attachment, instead of in the text");
    message_.attach(cli);
    dispatch_.attach_with_draft(cli);
  }

  Status run(App& app) override {
    auto answered = answered_message(app, id_, "forward");
    if (!answered) return answered.error();
    auto sender = answering_sender(app, *answered, message_);
    if (!sender) return sender.error();
    if (message_.wants_editor(app) && !as_attachment_) return in_editor(app, *answered, *sender);
    auto written = message_.read(app);
    if (!written) return written.error();
    if (!written->has_recipient()) {
      return Error{Code::usage, "forward: to whom? No recipient is given", "mailmgr forward 42 --to ada@example.org"};
    }
    if (auto is_signed = message_.sign(app, *sender, written->body); !is_signed) return is_signed;
    auto draft = make_forward(answered->original, {sender->from, {}, std::move(written->body), as_attachment_});
    if (!draft) return draft.error().within("forward");
    set_sender(*sender, *draft);
    add_to(*draft, *std::move(written));
    return dispatch_.dispatch(app, sender->account, *std::move(draft), {});
  }

 private:
  Status in_editor(App& app, const AnsweredMessage& answered, const SenderIdentity& sender) {
    Answer answer;
    answer.draft.subject = forward_subject(answered.original.message.subject);
    auto text = answer_text(app, sender, message_, std::move(answer), {});
    if (!text) return text.error();
    LocalDraft draft;
    draft.account = sender.account.id;
    draft.kind = LocalDraftKind::forward;
    draft.original = answered.row.id;
    return write_in_editor(app, std::move(draft), *text, dispatch_);
  }

  std::string id_;
  bool as_attachment_ = false;
  MessageOptions message_{"forward"};
  DispatchOptions dispatch_{"forward"};
};

}  // namespace

std::unique_ptr<Command> make_reply() {
  return std::make_unique<Reply>();
}
std::unique_ptr<Command> make_forward() {
  return std::make_unique<Forward>();
}

}  // namespace mailmgr
