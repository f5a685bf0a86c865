// `mailmgr send`: one message, from scripts and people; ends decided.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cmd/dispatch_options.h"
#include "cmd/identities.h"
#include "cmd/local_draft.h"
#include "cmd/message_options.h"
#include "cmd/read_input.h"

namespace mailmgr {
namespace {

class Send : public Command {
 public:
  void attach(CLI::App& cli) override {
    message_.attach(cli);
    dispatch_.attach_with_draft(cli);
    auto* raw =
        cli.add_option("--raw", raw_file_, "A finished RFC 5322 message, or - for standard input: sent as it is")
            ->check(refuse_empty);
    for (const auto* other : {"--to", "--cc", "--bcc", "--reply-to", "--from", "--subject", "--body", "--body-file",
                              "--html", "--template", "--signature", "--attach", "--header", "--draft"}) {
      raw->excludes(cli.get_option(other));
    }
  }

  Status run(App& app) override {
    if (!raw_file_.empty()) return send_raw(app);
    if (message_.wants_editor(app)) return in_editor(app);
    auto written = message_.read(app);
    if (!written) return written.error();
    if (!written->has_recipient() && dispatch_.sends()) {
      return Error{Code::usage, "send: to whom? No recipient is given", "mailmgr send --to ada@example.org …"};
    }
    auto sender = message_.sender(app, std::nullopt);
    if (!sender) return sender.error();
    if (auto is_signed = message_.sign(app, *sender, written->body); !is_signed) return is_signed;
    Draft draft;
    set_sender(*sender, draft);
    draft.text = std::move(written->body.text);
    draft.html = std::move(written->body.html);
    add_to(draft, *std::move(written));
    return dispatch_.dispatch(app, sender->account, std::move(draft), {});
  }

 private:
  Status in_editor(App& app) {
    auto sender = message_.sender(app, std::nullopt);
    if (!sender) return sender.error();
    auto text = message_.read_text(app);
    if (!text) return text.error();
    text->from = {sender->from};
    Written body;
    if (auto is_signed = message_.sign(app, *sender, body); !is_signed) return is_signed;
    text->body = body.text.value_or("");
    LocalDraft draft;
    draft.account = sender->account.id;
    return write_in_editor(app, std::move(draft), *text, dispatch_);
  }

  Status send_raw(App& app) {
    auto raw = read_input(raw_file_, "send: --raw");
    if (!raw) return raw.error();
    const auto head = read_finished_head(*raw);
    if (!head) return head.error().within("send: --raw");
    std::string from;
    if (head->from.size() == 1 && !head->from.front().email.empty()) from = to_string(head->from.front());
    auto sender = chosen_sender(app, from);
    if (!sender) return sender.error().within("send: --raw");
    return dispatch_.dispatch(app, sender->account, *std::move(raw));
  }

  MessageOptions message_{"send"};
  DispatchOptions dispatch_{"send"};
  std::string raw_file_;
};

}  // namespace

std::unique_ptr<Command> make_send() {
  return std::make_unique<Send>();
}

}  // namespace mailmgr
