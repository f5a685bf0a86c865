// `mailmgr show`: messages as readable text, as JSON, or as the exact bytes that were received.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <iterator>

#include "cmd/app.h"
#include "cmd/due_date.h"
#include "cmd/guard.h"
#include "cmd/ids.h"
#include "cmd/message_edit.h"
#include "cmd/message_json.h"
#include "cmd/options.h"
#include "cmd/output/terminal.h"
#include "core/base/encoding.h"
#include "core/mail/compose.h"
#include "core/mail/parse.h"
#include "core/mail/text.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

std::string people(const std::vector<Address>& addresses) {
  std::string text;
  for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + to_string(address);
  return text;
}

class Show : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", ids_, "Message ids, or - to read them from standard input")->required();
    cli.add_flag("--thread", thread_, "The whole conversation, oldest first");
    cli.add_flag("--headers", headers_, "All headers");
    cli.add_option("--header", chosen_, "Only these headers, in this order (subject,date,…)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(refuse_empty);
    cli.add_flag("--fold", fold_, "What is quoted from other messages as one line: \"[12 quoted lines]\"");
    cli.add_flag("--html", html_, "The HTML part as it was sent");
    cli.add_flag("--raw", raw_, "The exact bytes of the message");
    guard_.attach(cli);
    cli.add_flag("--mark-read", mark_read_, "Mark what was shown as read, at the provider and here");
    cli.add_option("--max-body", max_body_, "At most so many bytes of the body");
  }

  Status run(App& app) override {
    if (headers_ && !chosen_.empty()) return Error{Code::usage, "show: --headers shows all, --header some; choose one"};
    if (raw_ && app.options().json) {
      return Error{Code::usage, "show: --raw prints bytes, --json text; choose one"};
    }
    if (mark_read_) {
      if (auto allowed = app.check_allowed(Permission::change, "show --mark-read"); !allowed) return allowed;
    }
    auto ids = read_ids(ids_, std::cin);
    if (!ids) return ids.error();
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    names_ = std::make_unique<AccountNames>(*accounts);
    auto mail = app.mail();
    if (!mail) return mail.error();
    MessageReader& reader = (*mail)->reader();

    if (!raw_) app.page();
    Status outcome;
    bool first = true;
    for (const MessageId id : *ids) {
      auto rows = messages(reader, id);
      if (!rows) {
        // The others are shown all the same.
        if (outcome) outcome = rows.error();
        continue;
      }
      for (const auto& row : *rows) {
        if (!first && app.form() != output::Form::json && !raw_) app.out() << '\n';
        first = false;
        if (auto shown = show(app, reader, row); !shown) return shown;
        if (!app.out().good()) break;  // nobody reads any more
        if (row.unread) shown_.push_back(row.id);
      }
    }
    if (!mark_read_ || shown_.empty()) return outcome;
    if (auto seen = app.end_page(); !seen) return seen;
    const auto sure = guard_.check(app, shown_.size(), "all accounts", "Mark as read", "show --mark-read");
    if (!sure) return sure;
    const Status marked = mark_read(app, shown_);
    return outcome ? marked : outcome;
  }

 private:
  Result<std::vector<MessageRow>> messages(MessageReader& reader, MessageId id) {
    auto row = reader.find(id);
    if (!row) return row.error();
    if (!*row) {
      return Error{Code::not_found, fmt::format("show: there is no message {}", id.value), "mailmgr list"};
    }
    if (!thread_ || (*row)->thread.value.empty()) return std::vector<MessageRow>{**std::move(row)};
    return reader.thread((*row)->account, (*row)->thread);
  }

  Status show(App& app, MessageReader& reader, const MessageRow& row) {
    auto raw = reader.raw(row.id);
    if (!raw) return raw.error();
    if (raw_) {
      return raw->each_chunk(
          [&](std::string_view chunk) { return app.out().write(chunk.data(), chunk.size()).good(); });
    }
    auto parsed = parse_message(*raw);
    if (!parsed) return parsed.error();
    if (app.options().json) {
      app.out() << output::as_json(as_json(row, *parsed)) << '\n';
    } else {
      print(app.out(), row, *parsed);
    }
    return {};
  }

  Json as_json(const MessageRow& row, const ParsedMessage& parsed) const {
    Json json = to_json(row, parsed, *names_);
    json["body_text"] = body(fold_ ? fold_quotes(parsed.body_text) : parsed.body_text);
    if (!parsed.body_html.empty()) json["body_html"] = body(parsed.body_html);
    json["body_cut"] = parsed.text_cut || is_cut(parsed.body_text);
    return json;
  }

  void print(std::ostream& out, const MessageRow& row, const ParsedMessage& parsed) const {
    const auto header = [&](std::string_view name, std::string_view value) {
      if (!value.empty()) out << fmt::format("{}: {}\n", name, output::one_line(value));
    };
    if (headers_ || !chosen_.empty()) {
      for (const auto& [name, value] : chosen_headers(parsed)) header(output::one_line(name), value);
    } else {
      header("Id", std::to_string(row.id.value));
      header("Account", names_->name(row.account));
      header("From", people(parsed.from));
      header("To", people(parsed.to));
      header("Cc", people(parsed.cc));
      header("Bcc", people(parsed.bcc));
      header("Date", to_local_date(row.date.value_or(row.received)));
      header("Subject", parsed.subject);
      header("Folders", output::as_text(Json(row.folders)));
      header("Labels", output::as_text(Json(row.labels)));
      for (const auto& a : parsed.attachments) {
        header("Attachment",
               fmt::format("{} {} ({}, {} bytes)", a.part, a.name.empty() ? "(unnamed)" : a.name, a.type, a.size));
      }
      header("Damage", parsed.damage);
      if (row.note) header("Note", *row.note);
      if (row.todo) header("To do", row.todo_due ? "until " + show_due_date(*row.todo_due) : "yes");
    }
    const std::string& whole = html_ ? parsed.body_html : parsed.body_text;
    const std::string text = output::many_lines(body(fold_ && !html_ ? fold_quotes(whole) : whole));
    out << '\n' << text << (text.empty() || text.back() == '\n' ? "" : "\n");
    if (parsed.text_cut && !is_cut(whole)) {
      out << fmt::format("[the text goes on: mailmgr show --raw {} has all of it]\n", row.id.value);
    }
  }

  bool is_cut(const std::string& text) const { return max_body_ && text.size() > *max_body_; }

  // At most --max-body bytes, cut at a character.
  std::string body(const std::string& text) const {
    if (!is_cut(text)) return text;
    std::size_t end = *max_body_;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end);
  }

  // All, or those that --header names, which may each be there more than once.
  std::vector<std::pair<std::string, std::string>> chosen_headers(const ParsedMessage& parsed) const {
    if (headers_) return parsed.headers;
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& name : chosen_) {
      std::copy_if(parsed.headers.begin(), parsed.headers.end(), std::back_inserter(found),
                   [&](const auto& header) { return equals_ignoring_ascii_case(header.first, name); });
    }
    return found;
  }

  std::vector<std::string> ids_, chosen_;
  bool thread_ = false, headers_ = false, html_ = false, raw_ = false, fold_ = false, mark_read_ = false;
  MassGuard guard_;
  std::vector<MessageId> shown_;  // of those that were unread
  std::optional<std::size_t> max_body_;
  std::unique_ptr<AccountNames> names_;
};

}  // namespace

std::unique_ptr<Command> make_show() {
  return std::make_unique<Show>();
}

}  // namespace mailmgr
