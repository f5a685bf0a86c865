// `mailmgr send`: one message, from scripts and people; ends decided.
#include "core/flow/send.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/outbox_json.h"
#include "cmd/output/terminal.h"
#include "cmd/sending.h"
#include "core/base/encoding.h"
#include "core/flow/accounts.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Result<std::string> read_input(const std::string& from, std::string_view what) {
  if (from == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  auto blob = Blob::read_file(from);
  if (!blob) return blob.error().within(fmt::format("send: {}", what));
  return blob->bytes();
}

class Send : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_repeated(cli, "--to", to_, "Recipients: addresses, also several separated by commas");
    add_repeated(cli, "--cc", cc_, "Recipients of a copy");
    add_repeated(cli, "--bcc", bcc_, "Recipients of a copy whom the others do not see");
    cli.add_option("--from", from_, "The sending address: the account's own, with or without a name");
    cli.add_option("-s,--subject", subject_, "The subject");
    auto* body = cli.add_option("--body", body_, "The text");
    cli.add_option("--body-file", body_file_, "A file with the text, or - for standard input")->excludes(body);
    cli.add_option("--html", html_file_, "A file with the HTML form, or - for standard input");
    add_repeated(cli, "--attach", attachments_, "A file to attach, or - for standard input");
    add_repeated(cli, "--header", headers_, "A further header: 'X-Name: value'");
    cli.add_option("--key", key_, "A name of this message: repeating the command does not send it twice")
        ->check(refuse_empty);
    auto* at =
        cli.add_option("--at", at_, "Send it at this time: RFC 3339, or in 90s, 4m, 2h, 7d")->check(refuse_empty);
    cli.add_flag("--queue", queue_, "Leave it to the next sync or outbox flush")->excludes(at);
    cli.add_flag("-n,--dry-run", dry_run_, "Check and compose, send nothing");
  }

  Status run(App& app) override {
    SendRequest request;
    if (auto read = read_message(request.draft); !read) return read;
    auto account = sender(app, request.draft);
    if (!account) return account.error();
    request.account = *account;

    request.key = key_;
    request.later = queue_ || !at_.empty();
    if (auto read = read_due(app, request); !read) return read;
    auto sender = sender_for(app, *account);
    if (!sender) return sender.error();
    request.access = sender->connection.grant.access;
    auto prepared = prepare_message(request, *sender->world);
    if (!prepared) return prepared.error();
    if (dry_run_) return print(app, {prepared->row, false}, *account);
    auto sending =
        request.later ? send_later(*prepared, *sender->world) : send_message(*prepared, *sender->world, app.stop());
    if (!sending) return with_login_hint(sending.error(), *account);
    auto printed = print(app, *sending, *account);
    auto ended = outcome(sending->row);
    return ended ? printed : Status(with_login_hint(ended.error(), *account));
  }

 private:
  Status read_message(Draft& draft) {
    struct Line {
      const std::vector<std::string>& given;
      std::vector<Address>& parsed;
      std::string_view name;
    };
    for (const Line& line :
         {Line{to_, draft.to, "--to"}, Line{cc_, draft.cc, "--cc"}, Line{bcc_, draft.bcc, "--bcc"}}) {
      for (const auto& text : line.given) {
        auto addresses = parse_addresses(text);
        if (!addresses) return addresses.error().within(fmt::format("send: {}", line.name));
        line.parsed.insert(line.parsed.end(), addresses->begin(), addresses->end());
      }
    }
    if (draft.to.empty() && draft.cc.empty() && draft.bcc.empty()) {
      return Error{Code::usage, "send: to whom? No recipient is given", "mailmgr send --to ada@example.org …"};
    }
    draft.subject = subject_;
    if (auto read = read_headers(draft); !read) return read;
    if (auto read = read_bodies(draft); !read) return read;
    return read_attachments(draft);
  }

  Status read_due(App& app, SendRequest& request) const {
    if (at_.empty()) return {};
    const auto now = app.clock().now();
    request.due = from_rfc3339(at_);
    if (!request.due) {
      auto wait = parse_duration(at_);
      if (!wait) {
        return Error{Code::usage,
                     fmt::format("send: --at \"{}\" is neither a time nor a length of time", output::one_line(at_)),
                     "for instance --at 2026-01-31T09:00:00+01:00, or --at 2h"};
      }
      request.due = now + *wait;
    }
    if (*request.due >= now - std::chrono::minutes(1)) return {};
    return Error{Code::usage, fmt::format("send: --at {} is past", to_rfc3339(*request.due)),
                 "leave --at out to send now"};
  }

  Status read_headers(Draft& draft) {
    for (const auto& header : headers_) {
      const auto colon = header.find(':');
      if (colon == 0 || colon == std::string::npos) {
        return Error{Code::usage,
                     fmt::format("send: --header \"{}\" is not \"Name: value\"", output::one_line(header))};
      }
      const auto value = header.find_first_not_of(' ', colon + 1);
      draft.extra_headers.emplace_back(header.substr(0, colon), value == std::string::npos ? "" : header.substr(value));
    }
    return {};
  }

  // Standard input can be read once: as the text, the HTML or an attachment, and as the text when nothing else is said.
  Status read_bodies(Draft& draft) {
    const auto uses = (body_file_ == "-") + (html_file_ == "-") +
                      std::count(attachments_.begin(), attachments_.end(), std::string("-"));
    if (uses > 1) return Error{Code::usage, "send: only one of --body-file, --html, --attach can be standard input"};
    const bool nothing_said = !body_ && body_file_.empty() && html_file_.empty();
    if (nothing_said && uses == 0 && attachments_.empty() && output::is_terminal(0)) {
      return Error{Code::usage, "send: no text is given", "use --body TEXT, --body-file FILE, --html FILE or a pipe"};
    }
    if (body_) draft.text = *body_;
    if (!body_file_.empty() || (nothing_said && uses == 0 && !output::is_terminal(0))) {
      auto text = read_input(body_file_.empty() ? "-" : body_file_, "--body-file");
      if (!text) return text.error();
      if (!is_valid_utf8(*text)) {
        return Error{Code::usage, "send: the text is not UTF-8",
                     "convert it, for instance with: iconv -f latin1 -t utf-8"};
      }
      draft.text = *std::move(text);
    }
    if (!html_file_.empty()) {
      auto html = read_input(html_file_, "--html");
      if (!html) return html.error();
      draft.html = *std::move(html);
    }
    return {};
  }

  Status read_attachments(Draft& draft) {
    for (const auto& path : attachments_) {
      OutgoingAttachment attachment;
      if (path == "-") {
        attachment.name = "attachment";
        attachment.content = Blob(std::string(std::istreambuf_iterator<char>(std::cin), {}));
      } else {
        auto content = Blob::read_file(path);
        if (!content) return content.error().within("send: --attach");
        attachment.name = std::filesystem::path(path).filename().string();
        attachment.content = *std::move(content);
      }
      draft.attachments.push_back(std::move(attachment));
    }
    return {};
  }

  // The account that sends: the one --from names, else the acting one. Both given must agree.
  Result<AccountRecord> sender(App& app, Draft& draft) {
    if (from_.empty()) return app.acting_account();
    auto from = parse_addresses(from_);
    if (!from) return from.error().within("send: --from");
    if (from->size() != 1) return Error{Code::usage, "send: --from takes one address"};
    draft.from = from->front();
    if (!app.options().accounts.empty()) {
      auto account = app.acting_account();
      if (account && !equals_ignoring_ascii_case(account->email, draft.from.email)) {
        return Error{Code::refused, fmt::format("send: {} is not an address of {}", draft.from.email, account->name),
                     "leave --from out, or name the account that has the address"};
      }
      return account;
    }
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    auto account = find_account(*accounts, draft.from.email);
    if (!account) return account.error().within("send: --from");
    return account;
  }

  Status print(App& app, const Sending& sending, const AccountRecord& account) const {
    const auto& row = sending.row;
    if (app.options().json) {
      Json json = to_json(row, account.name);
      if (dry_run_) json["state"] = request_state();
      if (sending.repeated) json["repeated"] = true;
      if (dry_run_) json["dry_run"] = true;
      app.out() << output::as_json(json) << '\n';
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

  std::string_view request_state() const {
    return to_string(!at_.empty() ? OutboxState::scheduled : queue_ ? OutboxState::queued : OutboxState::sending);
  }

  std::vector<std::string> to_, cc_, bcc_, attachments_, headers_;
  std::string from_, subject_, body_file_, html_file_, key_, at_;
  std::optional<std::string> body_;
  bool queue_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_send() {
  return std::make_unique<Send>();
}

}  // namespace mailmgr
