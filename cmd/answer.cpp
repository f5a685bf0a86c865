// `mailmgr reply` and `mailmgr forward`: answers to a message of the store, and passing it on.
#include "cmd/answer.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cmd/dispatch_options.h"
#include "cmd/ids.h"
#include "cmd/message_options.h"
#include "cmd/output/terminal.h"
#include "store/store.h"

namespace mailmgr {

Result<AnsweredMessage> answered_message(App& app, const std::string& id, std::string_view command) {
  auto ids = read_ids({id}, std::cin);
  if (!ids) return ids.error();
  if (ids->size() != 1) return Error{Code::usage, fmt::format("{}: one message at a time", command), "mailmgr list"};
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto& reader = (*mail)->reader();
  auto row = reader.find(ids->front());
  if (!row) return row.error();
  const auto account = std::find_if(accounts->begin(), accounts->end(),
                                    [&](const auto& candidate) { return *row && candidate.id == (*row)->account; });
  if (account == accounts->end()) {
    return Error{Code::not_found, fmt::format("{}: there is no message {}", command, ids->front().value),
                 "mailmgr list"};
  }
  if ((*row)->draft) {
    return Error{Code::refused, fmt::format("{}: message {} is a draft, which nobody has sent", command, (*row)->id.value)};
  }
  auto raw = reader.raw((*row)->id);
  if (!raw) return raw.error().within(std::string(command));
  auto original = read_original(*raw);
  if (!original) return original.error().within(std::string(command));
  return AnsweredMessage{**std::move(row), *account, *std::move(original)};
}

namespace {

// Gmail files an answer with its original only while the subject stays (Gmail API guide, "Managing threads").
ThreadId thread_of_answer(const AnsweredMessage& answered, const Draft& draft) {
  const bool same = reply_subject(draft.subject) == reply_subject(answered.original.message.subject);
  return same ? answered.row.thread : ThreadId();
}

class Reply : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("id", id_, "The message to answer")->required();
    cli.add_flag("--all", all_, "Answer everybody who got it");
    cli.add_flag("--quote,!--no-quote", quote_, "Quote the original below (the default)");
    message_.attach(cli);
    dispatch_.attach(cli);
  }

  Status run(App& app) override {
    auto answered = answered_message(app, id_, "reply");
    if (!answered) return answered.error();
    auto written = message_.read();
    if (!written) return written.error();
    ReplyRequest request;
    auto account = message_.sender(app, answered->account, request.from);
    if (!account) return account.error();
    if (request.from.email.empty()) request.from.email = account->email;
    request.own_addresses = {account->email, answered->account.email};
    request.written = std::move(written->body);
    request.all = all_;
    request.quote = quote_;
    auto answer = make_reply(answered->original, request);
    if (!answer) return answer.error().within("reply");
    for (const auto& person : answer->left_out) {
      app.say(fmt::format("left out, as nobody can be written to at this address: {}",
                          output::one_line(person.name + " <" + person.email + ">")));
    }
    add_to(answer->draft, *std::move(written));
    const auto thread = thread_of_answer(*answered, answer->draft);
    return dispatch_.dispatch(app, *account, std::move(answer->draft), thread);
  }

 private:
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
    dispatch_.attach(cli);
  }

  Status run(App& app) override {
    auto answered = answered_message(app, id_, "forward");
    if (!answered) return answered.error();
    auto written = message_.read();
    if (!written) return written.error();
    if (written->to.empty() && written->cc.empty() && written->bcc.empty()) {
      return Error{Code::usage, "forward: to whom? No recipient is given", "mailmgr forward 42 --to ada@example.org"};
    }
    ForwardRequest request;
    auto account = message_.sender(app, answered->account, request.from);
    if (!account) return account.error();
    if (request.from.email.empty()) request.from.email = account->email;
    request.written = std::move(written->body);
    request.as_attachment = as_attachment_;
    auto draft = make_forward(answered->original, request);
    if (!draft) return draft.error().within("forward");
    add_to(*draft, *std::move(written));
    return dispatch_.dispatch(app, *account, *std::move(draft), {});
  }

 private:
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
