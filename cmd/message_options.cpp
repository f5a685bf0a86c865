#include "cmd/message_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iterator>

#include "cmd/identities.h"
#include "cmd/output/terminal.h"
#include "cmd/read_input.h"
#include "core/flow/writing.h"
#include "core/mail/extra_header.h"
#include "core/mail/inline_images.h"
#include "core/mail/text.h"
#include "store/store.h"

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
  auto* body = cli.add_option("--body", body_, "The text; on a terminal without any, an editor opens");
  auto* file = cli.add_option("--body-file", body_file_, "A file with the text, or - for standard input")
                   ->excludes(body)
                   ->check(refuse_empty);
  auto* html =
      cli.add_option("--html", html_file_, "A file with the HTML form, or - for standard input")->check(refuse_empty);
  auto* pattern = cli.add_option("--template", template_, "A template for subject and text (mailmgr template)")
                      ->excludes(body)
                      ->excludes(file)
                      ->excludes(html)
                      ->check(refuse_empty);
  add_repeated(cli, "--var", variables_, "A value for the template: NAME=VALUE")->needs(pattern);
  cli.add_option("--signature", signature_, "The signature below it, or none (default: the sender's)")
      ->check(refuse_empty);
  add_repeated(cli, "--attach", attachments_,
               "A file to attach, or - for standard input; the HTML shows an image as cid:NAME");
  add_repeated(cli, "--header", headers_, "A further header: 'X-Name: value'");
}

bool MessageOptions::says_text() const {
  const bool standard_input = std::find(attachments_.begin(), attachments_.end(), "-") != attachments_.end();
  return body_ || !body_file_.empty() || !html_file_.empty() || !template_.empty() || standard_input;
}

bool MessageOptions::wants_editor(App& app) const {
  return !says_text() && output::is_terminal(0) && app.may_ask();
}

Result<WrittenMessage> MessageOptions::read(App& app) const {
  WrittenMessage message;
  message.subject = subject_;
  if (auto read = read_addresses(message); !read) return read.error();
  if (auto read = read_headers(message); !read) return read.error();
  auto read = template_.empty() ? read_bodies(message) : read_template(app, message);
  if (!read) return read.error();
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

Status MessageOptions::read_headers(WrittenMessage& message) const {
  for (const auto& header : headers_) {
    auto parsed = parse_extra_header(header);
    if (!parsed) return parsed.error().within(fmt::format("{}: --header", command_));
    message.headers.push_back(*std::move(parsed));
  }
  return {};
}

Status MessageOptions::read_template(App& app, WrittenMessage& message) const {
  auto values = read_variables(variables_);
  if (!values) return values.error().within(std::string(command_));
  auto mail = app.mail();
  if (!mail) return mail.error();
  Draft filled;
  filled.subject = message.subject.value_or("");
  if (auto applied = apply_template(template_, *values, (*mail)->templates(), filled); !applied) {
    return applied.error().within(std::string(command_));
  }
  message.subject = std::move(filled.subject);
  message.body = {std::move(filled.text), std::move(filled.html)};
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
  const bool nothing_said = !says_text();
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

Result<SenderIdentity> MessageOptions::sender(App& app, const std::optional<AccountRecord>& by_default) const {
  auto sender = chosen_sender(app, from_, by_default);
  if (!sender) return sender.error().within(std::string(command_));
  return sender;
}

Status MessageOptions::sign(App& app, const SenderIdentity& sender, Written& body) const {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto signature = choose_signature(sender, signature_, {(*mail)->signatures(), (*mail)->signature_defaults()});
  if (!signature) return signature.error().within(std::string(command_));
  if (*signature) add_signature(**signature, body);
  return {};
}

Result<DraftText> MessageOptions::read_text(App& app) const {
  if (!html_file_.empty()) {
    return Error{Code::usage, fmt::format("{}: HTML has no place in a text to edit", command_),
                 "say the text too (--body), or leave it out"};
  }
  WrittenMessage message;
  if (auto read = read_addresses(message); !read) return read.error();
  if (auto read = read_headers(message); !read) return read.error();
  message.subject = subject_;
  auto read = !template_.empty() ? read_template(app, message) : wants_editor(app) ? Status() : read_bodies(message);
  if (!read) return read.error();
  DraftText text{{}, message.to, message.cc, message.bcc, message.reply_to, message.subject.value_or(""), {}, {}};
  for (const auto& path : attachments_) {
    if (path == "-") return Error{Code::usage, fmt::format("{}: a text to edit names files to attach", command_), ""};
    std::error_code problem;
    text.attach.push_back(std::filesystem::absolute(path, problem).string());
  }
  text.headers = std::move(message.headers);
  text.body = message.body.text ? *message.body.text : message.body.html ? html_to_text(*message.body.html) : "";
  return text;
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
