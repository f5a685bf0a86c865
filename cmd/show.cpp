// `mailmgr show`: messages as readable text, as JSON, or as the exact bytes that were received.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <ostream>

#include "cmd/app.h"
#include "cmd/due_date.h"
#include "cmd/guard.h"
#include "cmd/ids.h"
#include "cmd/message_edit.h"
#include "cmd/message_json.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
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

// What is printed of a message: text for people; JSON, ids or the columns of --fields; the HTML part or all of it as it
// was sent.
enum class Shown { text, row, html, bytes };

class Show : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", words_, kMessageIds);
    chooser_.attach(cli);
    cli.add_flag("--thread", thread_, "The whole conversation, oldest first");
    cli.add_flag("--headers", headers_, "All headers");
    cli.add_option("--header", chosen_, "Only these headers, in this order (subject,date,…)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(refuse_empty);
    cli.add_flag("--fold", fold_, "What is quoted from other messages as one line: \"[12 quoted lines]\"");
    cli.add_flag("--html", html_, "The HTML part as it was sent; made safe on a terminal");
    cli.add_flag("--raw", raw_, "The exact bytes of the message");
    guard_.attach(cli);
    auto* mark = cli.add_flag("--mark-read", mark_read_, "Mark what was shown as read, at the provider and here");
    cli.add_flag("-n,--dry-run", dry_run_, "With --mark-read: say what would be marked")->needs(mark);
    cli.add_option("--max-body", max_body_, "At most so many bytes of the body")->check(refuse_empty);
  }

  Status run(App& app) override {
    if (auto fits = check_options(app); !fits) return fits;
    auto ids = chooser_.ids(app, words_, "show");
    if (!ids) return ids.error();
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    names_ = std::make_unique<AccountNames>(*accounts);
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto listing = app.listing(message_columns(accounts->size() > 1), keys_of_shown());
    if (!listing) return listing.error();

    as_ = shown_as(app);
    if (as_ != Shown::bytes) app.page();
    show_all(app, (*mail)->reader(), *ids, **listing);
    (*listing)->finish();
    const bool stopped = !app.end_page() || app.stop().interrupted();
    // Only now: a pager would have written over it.
    Outcome outcome(app);
    for (const auto& [id, error] : failed_) outcome.add_one(of_message(error, id));
    if (shown_ > 0) outcome.add_one({});
    if (stopped) outcome.add(Stop::error());
    // What could not be written was not seen.
    if (!stopped && mark_read_ && app.out().flush().good()) outcome.add(mark(app));
    if (auto all = outcome.status(); !all) return all;
    return check_found(app, shown_);
  }

 private:
  Status check_options(App& app) const {
    if (headers_ && !chosen_.empty()) return Error{Code::usage, "show: --headers shows all, --header some; choose one"};
    if (raw_ && prints_rows(app)) {
      return Error{Code::usage, "show: --raw prints bytes; --json, --ids and --fields do not go with it"};
    }
    if (mark_read_ && app.form() == output::Form::ids) {
      return Error{Code::usage, "show: --mark-read marks what was shown, and --ids shows no message",
                   "mailmgr mark - --read"};
    }
    return mark_read_ ? app.check_allowed(Permission::change, "show --mark-read") : Status();
  }

  static bool prints_rows(App& app) {
    return app.form() == output::Form::json || app.form() == output::Form::ids || !app.options().fields.empty();
  }

  Shown shown_as(App& app) const {
    if (raw_) return Shown::bytes;
    if (prints_rows(app)) return Shown::row;
    return html_ && !app.people() ? Shown::html : Shown::text;
  }

  static std::vector<std::string> keys_of_shown() {
    auto keys = message_keys();
    keys.insert(keys.end(), {"headers", "body_text", "body_html", "body_cut", "attachments", "change", "dry_run"});
    return keys;
  }

  // Whatever cannot be shown is kept for later, and the others are shown all the same.
  void show_all(App& app, MessageReader& reader, const std::vector<MessageId>& ids, output::Listing& listing) {
    for (const MessageId id : ids) {
      auto rows = messages(reader, id);
      if (!rows) {
        failed_.emplace_back(id, rows.error());
        continue;
      }
      for (const auto& row : *rows) {
        if (!app.out().good() || app.stop().interrupted()) return;  // nobody reads any more
        const auto shown = show(app, reader, row, listing);
        if (!shown) failed_.emplace_back(row.id, shown.error());
        if (!shown || !*shown) continue;
        ++shown_;
        if (row.unread && app.out().good()) unread_.push_back(row.id);
      }
    }
  }

  Result<std::vector<MessageRow>> messages(MessageReader& reader, MessageId id) {
    auto row = reader.find(id);
    if (!row) return row.error();
    if (!*row) {
      return Error{Code::not_found, fmt::format("show: there is no message {}", id.value), "mailmgr list"};
    }
    if (!thread_ || (*row)->thread.value.empty()) return std::vector<MessageRow>{**std::move(row)};
    return reader.thread((*row)->account, (*row)->thread);
  }

  // False where there is nothing to show of it.
  Result<bool> show(App& app, MessageReader& reader, const MessageRow& row, output::Listing& listing) {
    if (app.form() == output::Form::ids) {
      listing.row(to_json(row, *names_));
      return true;
    }
    auto raw = reader.raw(row.id);
    if (!raw) return raw.error();
    if (as_ == Shown::bytes) {
      auto written =
          raw->each_chunk([&](std::string_view chunk) { return app.out().write(chunk.data(), chunk.size()).good(); });
      return written ? Result<bool>(true) : written.error();
    }
    auto parsed = parse_message(*raw);
    if (!parsed) return parsed.error();
    if (as_ == Shown::html) return print_html(app, *raw, row.id, *parsed);
    if (as_ == Shown::row) {
      listing.row(as_json(row, *parsed));
    } else {
      if (shown_ > 0) app.out() << '\n';
      print(app.out(), row, *parsed);
    }
    return true;
  }

  Json as_json(const MessageRow& row, const ParsedMessage& parsed) const {
    Json json = to_json(row, parsed, *names_);
    if (!chosen_.empty()) json["headers"] = headers_json(chosen_headers(parsed));
    json["body_text"] = body(fold_ ? fold_quotes(parsed.body_text) : parsed.body_text);
    if (!parsed.body_html.empty()) json["body_html"] = body(parsed.body_html);
    json["body_cut"] = parsed.text_cut || is_cut(parsed.body_text);
    if (dry_run_ && row.unread) {
      json["change"] = "read";
      json["dry_run"] = true;
    }
    return json;
  }

  // For a file or another program: its bytes and nothing else, but for headers that are asked for.
  Result<bool> print_html(App& app, const Blob& raw, MessageId id, const ParsedMessage& parsed) const {
    if (parsed.html_parts.empty()) app.say(fmt::format("message {} has no HTML part", id.value));
    if (headers_ || !chosen_.empty()) print_headers(app.out(), parsed);
    std::size_t left = max_body_.value_or(SIZE_MAX);
    for (const auto& part : parsed.html_parts) {
      if (left == 0 || !app.out().good() || app.stop().interrupted()) break;  // each part is looked for from the start
      auto read = read_part(raw, part, [&](std::string_view bytes) {
        bytes = bytes.substr(0, left);
        left -= bytes.size();
        return app.out().write(bytes.data(), bytes.size()).good() && left > 0;
      });
      if (!read) return read.error();
    }
    return !parsed.html_parts.empty();
  }

  static void print_header(std::ostream& out, std::string_view name, std::string_view value) {
    if (!value.empty()) out << fmt::format("{}: {}\n", name, output::one_line(value));
  }

  // Those that --headers and --header ask for.
  void print_headers(std::ostream& out, const ParsedMessage& parsed) const {
    for (const auto& [name, value] : chosen_headers(parsed)) print_header(out, output::one_line(name), value);
    out << '\n';
  }

  void print(std::ostream& out, const MessageRow& row, const ParsedMessage& parsed) const {
    const auto header = [&](std::string_view name, std::string_view value) { print_header(out, name, value); };
    if (headers_ || !chosen_.empty()) {
      print_headers(out, parsed);
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
      out << '\n';
    }
    const std::string& whole = html_ ? parsed.body_html : parsed.body_text;
    const std::string text = output::many_lines(body(fold_ && !html_ ? fold_quotes(whole) : whole));
    out << text << (text.empty() || text.back() == '\n' ? "" : "\n");
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

  // What was unread when it was shown.
  Status mark(App& app) {
    keep_each_once(unread_);
    if (unread_.empty()) return {};
    if (dry_run_) {
      would_mark(app);
      return {};
    }
    const auto sure = guard_.check(app, unread_.size(), "all accounts", "Mark as read", "show --mark-read");
    return sure ? mark_read(app, unread_) : sure;
  }

  // JSON has said so of each message; what is bytes, or made of rows, is left as it is.
  void would_mark(App& app) const {
    if (app.options().json) return;
    const auto turn = app.talking();
    auto& to = as_ == Shown::text ? app.out() : app.err();
    for (const auto id : unread_) to << fmt::format("would mark {} as read\n", id.value);
  }

  std::vector<std::string> words_, chosen_;
  MessageChooser chooser_{QueriedAccounts::all};
  bool thread_ = false, headers_ = false, html_ = false, raw_ = false, fold_ = false, mark_read_ = false;
  bool dry_run_ = false;
  MassGuard guard_;
  std::optional<std::size_t> max_body_;
  std::unique_ptr<AccountNames> names_;
  Shown as_ = Shown::text;
  std::size_t shown_ = 0;
  std::vector<MessageId> unread_;  // of those that were shown
  std::vector<std::pair<MessageId, Error>> failed_;
};

}  // namespace

std::unique_ptr<Command> make_show() {
  return std::make_unique<Show>();
}

}  // namespace mailmgr
