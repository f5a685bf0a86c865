// `mailmgr send`: one message, from scripts and people; ends decided.
#include <CLI/CLI.hpp>

#include "cmd/dispatch_options.h"
#include "cmd/message_options.h"

namespace mailmgr {
namespace {

class Send : public Command {
 public:
  void attach(CLI::App& cli) override {
    message_.attach(cli);
    dispatch_.attach(cli);
  }

  Status run(App& app) override {
    auto written = message_.read();
    if (!written) return written.error();
    if (written->to.empty() && written->cc.empty() && written->bcc.empty()) {
      return Error{Code::usage, "send: to whom? No recipient is given", "mailmgr send --to ada@example.org …"};
    }
    Draft draft;
    auto account = message_.sender(app, std::nullopt, draft.from);
    if (!account) return account.error();
    draft.text = std::move(written->body.text);
    draft.html = std::move(written->body.html);
    add_to(draft, *std::move(written));
    return dispatch_.dispatch(app, *account, std::move(draft), {});
  }

 private:
  MessageOptions message_{"send"};
  DispatchOptions dispatch_{"send"};
};

}  // namespace

std::unique_ptr<Command> make_send() {
  return std::make_unique<Send>();
}

}  // namespace mailmgr
