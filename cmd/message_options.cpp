#include "cmd/message_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iterator>

#include "cmd/output/terminal.h"
#include "cmd/read_input.h"
#include "core/base/encoding.h"
#include "core/flow/accounts.h"
#include "core/mail/extra_header.h"
#include "core/mail/inline_images.h"

namespace mailmgr {
namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void MessageOptions::attach(CLI::App& cli) {
  add_repeated(cli, "--to", to_, "Recipients: addresses, also several separated by commas");
  add_repeated(cli, "--cc", cc_, "Recipients of a copy");
  add_repeated(cli, "--bcc", bcc_, "Recipients of a copy whom the others do not see");
  add_repeated(cli, "--reply-to", reply_to_, "Where answers go");
  cli.add_option("--from", from_, "The sending address: one of the account's own, with or without a name")
      ->check(refuse_empty);
  cli.add_option("-s,--subject", subject_, "The subject");
  auto* body = cli.add_option("--body", body_, "The text");
  cli.add_option("--body-file", body_file_, "A file with the text, or - for standard input")
      ->excludes(body)
      ->check(refuse_empty);
  cli.add_option("--html", html_file_, "A file with the HTML form, or - for standard input")->check(refuse_empty);
  add_repeated(cli, "--attach", attachments_,
               "A file to attach, or - for standard input; the HTML shows an image as cid:NAME");
  add_repeated(cli, "--header", headers_, "A further header: 'X-Name: value'");
}

Result<WrittenMessage> MessageOptions::read() const {
  WrittenMessage message;
  message.subject = subject_;
  if (auto read = read_addresses(message); !read) return read.error();
  for (const auto& header : headers_) {
    auto parsed = parse_extra_header(header);
    if (!parsed) return parsed.error().within(fmt::format("{}: --header", command_));
    message.headers.push_back(*std::move(parsed));
  }
  if (auto read = read_bodies(message); !read) return read.error();
  if (auto read = read_attachments(message); !read) return read.error();
  return message;
}

Status MessageOptions::read_addresses(WrittenMessage& message) const {
  struct Line {
    const std::vector<std::string>& given;
    std::vector<Address>& parsed;
    std::string_view name;
  };
  for (const Line& line : {Line{to_, message.to, "--to"}, Line{cc_, message.cc, "--cc"},
                           Line{bcc_, message.bcc, "--bcc"}, Line{reply_to_, message.reply_to, "--reply-to"}}) {
    for (const auto& text : line.given) {
      auto addresses = parse_addresses(text);
      if (!addresses) return addresses.error().within(fmt::format("{}: {}", command_, line.name));
      append(line.parsed, *std::move(addresses));
    }
  }
  return {};
}

// Standard input can be read once: as the text, the HTML or an attachment, and as the text when nothing else is said.
Status MessageOptions::read_bodies(WrittenMessage& message) const {
  const auto uses = (body_file_ == "-") + (html_file_ == "-") +
                    std::count(attachments_.begin(), attachments_.end(), std::string("-"));
  if (uses > 1) {
    return Error{Code::usage,
                 fmt::format("{}: only one of --body-file, --html, --attach can be standard input", command_)};
  }
  const bool nothing_said = !body_ && body_file_.empty() && html_file_.empty() && uses == 0;
  const bool can_be_read = !output::is_terminal(0);
  if (nothing_said && attachments_.empty() && !can_be_read) {
    return Error{Code::usage, fmt::format("{}: no text is given", command_),
                 "use --body TEXT, --body-file FILE, --html FILE or a pipe"};
  }
  message.body.text = body_;
  if (!body_file_.empty() || (nothing_said && can_be_read)) {
    auto text = read_text_input(body_file_.empty() ? "-" : body_file_, fmt::format("{}: --body-file", command_));
    if (!text) return text.error();
    message.body.text = *std::move(text);
  }
  if (!html_file_.empty()) {
    auto html = read_text_input(html_file_, fmt::format("{}: --html", command_));
    if (!html) return html.error();
    message.body.html = *std::move(html);
  }
  return {};
}

Status MessageOptions::read_attachments(WrittenMessage& message) const {
  for (const auto& path : attachments_) {
    auto content = read_input(path, fmt::format("{}: --attach", command_));
    if (!content) return content.error();
    OutgoingAttachment attachment;
    attachment.name = path == "-" ? "attachment" : std::filesystem::path(path).filename().string();
    attachment.content = *std::move(content);
    message.attachments.push_back(std::move(attachment));
  }
  // Of what was written here alone: what a quoted original shows came with it, or is missing there already.
  Draft shown;
  shown.html = message.body.html;
  shown.attachments = std::move(message.attachments);
  if (auto named = name_inline_images(shown); !named) return named;
  message.attachments = std::move(shown.attachments);
  return {};
}

Result<AccountRecord> MessageOptions::sender(App& app, const std::optional<AccountRecord>& by_default,
                                             Address& sender) const {
  const bool is_chosen = !app.options().accounts.empty();
  if (from_.empty()) return by_default && !is_chosen ? Result<AccountRecord>(*by_default) : app.acting_account();
  auto from = parse_addresses(from_);
  if (!from) return from.error().within(fmt::format("{}: --from", command_));
  if (from->size() != 1) return Error{Code::usage, fmt::format("{}: --from takes one address", command_)};
  sender = from->front();
  if (is_chosen) {
    auto account = app.acting_account();
    if (account && !equals_ignoring_ascii_case(account->email, sender.email)) {
      return Error{Code::refused,
                   fmt::format("{}: {} is not an address of {}", command_, sender.email, account->name),
                   "leave --from out, or name the account that has the address"};
    }
    return account;
  }
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  auto account = find_account(*accounts, sender.email);
  if (!account) return account.error().within(fmt::format("{}: --from", command_));
  return account;
}

void add_to(Draft& draft, WrittenMessage written) {
  append(draft.to, std::move(written.to));
  append(draft.cc, std::move(written.cc));
  append(draft.bcc, std::move(written.bcc));
  append(draft.attachments, std::move(written.attachments));
  append(draft.extra_headers, std::move(written.headers));
  if (!written.reply_to.empty()) draft.reply_to = std::move(written.reply_to);
  if (written.subject) draft.subject = *std::move(written.subject);
}

}  // namespace mailmgr
