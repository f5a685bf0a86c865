// `mailmgr bulk send|resume|cancel`: one message per row of a list.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/app.h"
#include "cmd/bulk_rows.h"
#include "cmd/guard.h"
#include "cmd/identities.h"
#include "cmd/outcome.h"
#include "cmd/read_input.h"
#include "cmd/sending.h"
#include "core/flow/bulk.h"
#include "core/mail/extra_header.h"
#include "core/system/folder_beneath.h"
#include "store/store.h"

namespace mailmgr {
namespace {

// Tells of every row, and keeps what all of them come to.
class BulkTeller {
 public:
  BulkTeller(App& app, std::string run, const AccountRecord& account, std::size_t rows)
      : app_(app),
        run_(std::move(run)),
        account_(account),
        rows_(rows),
        outcome_(app),
        progress_(app.err(), "", app.shows_progress()) {}

  void operator()(const BulkRow& row, bool before) {
    ++told_;
    if (app_.form() == output::Form::json) {
      auto json = to_json(row, run_, account_.name);
      if (before) json["repeated"] = true;
      app_.print_json(json);
    }
    progress_.show(told_, rows_ > told_ ? rows_ - told_ : 0);
    if (!row.message) return;
    const auto& message = *row.message;
    if (message.state == OutboxState::sent) outcome_.add_one({});
    if (message.state == OutboxState::queued || message.state == OutboxState::scheduled) {
      trouble_ = message.error;
      // Nothing but a person's login makes it go on.
      if (message.error_code != exit_class(Code::auth_required).name) return;
      outcome_.add(with_login_hint({Code::auth_required, message.error}, account_), account_.name);
    } else if (message.state != OutboxState::cancelled && message.state != OutboxState::held) {
      if (auto ended = outcome(message); !ended) add(row, ended.error());
    }
  }

  // After all rows, or where `ended` broke off.
  Status finish(const Status& ended) {
    if (!ended) return ended;
    summary();
    return outcome_.status();
  }

 private:
  void add(const BulkRow& row, const Error& error) {
    outcome_.add_one(with_login_hint(error.within(fmt::format("line {}", row.line)), account_), account_.name);
  }

  void summary() {
    auto mail = app_.mail();
    if (!mail) return;
    const auto run = find_bulk_run(app_, run_);
    if (!run) return;
    const auto totals = (*mail)->bulk().totals(run->first.id);
    if (!totals) return;
    app_.say(fmt::format("{}: {} of {} sent, {} wait, {} failed, {} unknown, {} suppressed", run_, totals->sent,
                         totals->rows, totals->waiting, totals->failed, totals->unknown, totals->suppressed));
    if (totals->waiting > 0 && !trouble_.empty()) {
      app_.say(fmt::format("what waits: {}; the next sync goes on, or: mailmgr bulk resume {}", trouble_, run_));
    }
  }

  App& app_;
  std::string run_;
  const AccountRecord& account_;
  std::size_t rows_, told_ = 0;
  std::string trouble_;
  Outcome outcome_;
  output::Progress progress_;
};

BulkWorld bulk_world(store::MailStore& mail, const Sender& sender) {
  return {*sender.world, mail.bulk(), mail.suppressions(), {mail.signatures(), mail.signature_defaults()}, {}};
}

class BulkSend : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("--csv", csv_, "The list, a message per row; or - for standard input")
        ->required()
        ->check(refuse_empty);
    cli.add_option("--template", template_, "What each row fills (mailmgr template)")->required()->check(refuse_empty);
    cli.add_option("--from", from_, "The sending address: one of the account's own")->check(refuse_empty);
    cli.add_option("--key", key_, "A name of this list: repeating the command goes on with it")->check(refuse_empty);
    cli.add_option("--row-key", row_key_, "The column that tells rows apart (default: their addresses)")
        ->check(refuse_empty);
    cli.add_option("--attach-root", attach_root_, "The folder of what the column attach names")->check(refuse_empty);
    cli.add_option("--rate", rate_, "At most so many: 30/min, 2/s, 500/h")->check(refuse_empty);
    cli.add_option("--signature", signature_, "The signature below each, or none (default: the sender's)")
        ->check(refuse_empty);
    add_repeated(cli, "--reply-to", reply_to_, "Where answers go");
    add_repeated(cli, "--attach", attachments_, "A file to attach to each");
    add_repeated(cli, "--header", headers_, "A further header of each: 'X-Name: value'");
    guard_.attach(cli);
    cli.add_flag("-n,--dry-run", dry_run_, "Check everything and show what would be sent");
  }

  Status run(App& app) override {
    BulkOrder order;
    auto csv = read_text_input(csv_, "bulk send: --csv");
    if (!csv) return csv.error();
    if (auto read = read_order(order); !read) return read.error().within("bulk send");
    auto rows = read_bulk_list(*csv, row_key_);
    if (!rows) return rows.error().within("bulk send: --csv " + csv_);
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto pattern = find_template(template_, (*mail)->templates());
    if (!pattern) return pattern.error().within("bulk send");
    order.pattern = *std::move(pattern);
    auto identity = chosen_sender(app, from_);
    if (!identity) return identity.error().within("bulk send");
    order.sender = *std::move(identity);
    order.key = key_.empty() ? default_bulk_key(*csv, order) : key_;

    auto sender = sender_for(app, order.sender.account);
    if (!sender) return sender.error();
    order.access = sender->connection.grant.access;
    BulkWorld world = bulk_world(**mail, *sender);
    std::optional<FolderBeneath> root;
    if (!attach_root_.empty()) {
      auto opened = FolderBeneath::open(attach_root_);
      if (!opened) return opened.error().within("bulk send: --attach-root");
      root.emplace(*std::move(opened));
      world.attachment = [&root](std::string_view name) { return root->read(name); };
    }
    auto checked = check_bulk(*rows, order, world);
    if (!checked) return checked.error().within("bulk send: --csv " + csv_);
    if (dry_run_) return show(app, *checked, order);
    if (rows->empty()) return {};
    const auto& account = order.sender.account;
    auto messages = most_to_send(rows->size(), order, **mail);
    if (!messages) return messages.error();
    if (auto sure = guard_.check(app, *messages, account.name, "send", "bulk send"); !sure) return sure;
    const auto run = add_bulk(*rows, order, world, app.stop());
    if (!run) return with_login_hint(run.error(), account);
    BulkTeller teller(app, run->key, account, rows->size());
    return teller.finish(send_bulk(*run, {.account = account, .access = order.access, .thread = {}}, world,
                                   std::ref(teller), app.stop()));
  }

 private:
  // An earlier command with the same key may have left more rows waiting than this one brings.
  static Result<std::size_t> most_to_send(std::size_t rows, const BulkOrder& order, store::MailStore& mail) {
    auto runs = mail.bulk().runs();
    if (!runs) return runs.error();
    for (const auto& run : *runs) {
      if (run.key != order.key || run.account != order.sender.account.id) continue;
      auto totals = mail.bulk().totals(run.id);
      if (!totals) return totals.error();
      rows = std::max(rows, static_cast<std::size_t>(totals->waiting + totals->failed));
    }
    return rows;
  }

  Status read_order(BulkOrder& order) const {
    order.signature = signature_;
    if (auto fine = check_key(key_); !fine) return fine;
    if (!rate_.empty()) {
      auto pause = parse_rate(rate_);
      if (!pause) return pause.error().within("--rate");
      order.pause = *pause;
    }
    for (const auto& text : reply_to_) {
      auto parsed = parse_addresses(text);
      if (!parsed) return parsed.error().within("--reply-to");
      order.reply_to.insert(order.reply_to.end(), parsed->begin(), parsed->end());
    }
    for (const auto& header : headers_) {
      auto parsed = parse_extra_header(header);
      if (!parsed) return parsed.error().within("--header");
      order.headers.push_back(*std::move(parsed));
    }
    for (const auto& path : attachments_) {
      auto content = Blob::read_file(path);
      if (!content) return content.error().within("--attach");
      order.attachments.push_back(
          {.name = std::filesystem::path(path).filename().string(), .type = "", .content = *std::move(content)});
    }
    return {};
  }

  Status show(App& app, const std::vector<BulkRow>& rows, const BulkOrder& order) const {
    auto listing = app.listing(bulk_row_columns(), bulk_row_keys());
    if (!listing) return listing.error();
    for (const auto& row : rows) {
      auto json = to_json(row, order.key, order.sender.account.name);
      json.erase("message_id");  // each composing makes a new one
      if (app.form() == output::Form::json) json["dry_run"] = true;
      if (!(*listing)->row(json)) return {};
    }
    (*listing)->finish();
    return {};
  }

  std::string csv_, template_, from_, key_, row_key_, attach_root_, rate_, signature_;
  std::vector<std::string> reply_to_, attachments_, headers_;
  MassGuard guard_;
  bool dry_run_ = false;
};

// What the commands on a list that is there already begin with.
class ChangeBulk : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("key", key_, "The list's key (mailmgr bulk status)")->required()->check(refuse_empty);
    cli.add_flag("-n,--dry-run", dry_run_, "Show what it would be done to");
  }

  Status run(App& app) override {
    auto found = find_bulk_run(app, key_);
    if (!found) return found.error();
    const auto& [run, account] = *found;
    auto mail = app.mail();
    if (!mail) return mail.error();
    if (dry_run_) return show(app, run, account, (*mail)->bulk());
    auto sender = sender_for(app, account);
    if (!sender) return sender.error();
    return change(app, run, account, sender->connection.grant.access, bulk_world(**mail, *sender));
  }

 private:
  virtual Status change(App& app, const BulkRun& run, const AccountRecord& account, AccessLevel access,
                        const BulkWorld& world) = 0;

  static Status show(App& app, const BulkRun& run, const AccountRecord& account, BulkStore& lists) {
    auto listing = app.listing(bulk_row_columns(), bulk_row_keys());
    if (!listing) return listing.error();
    auto rows = lists.rows(run.id, nullptr, SIZE_MAX / 2);
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      if (!row.message || row.message->state == OutboxState::sent || row.message->state == OutboxState::cancelled)
        continue;
      auto json = to_json(row, run.key, account.name);
      if (app.form() == output::Form::json) json["dry_run"] = true;
      if (!(*listing)->row(json)) return {};
    }
    (*listing)->finish();
    return {};
  }

  std::string key_;
  bool dry_run_ = false;
};

class BulkResume : public ChangeBulk {
  Status change(App& app, const BulkRun& run, const AccountRecord& account, AccessLevel access,
                const BulkWorld& world) override {
    auto totals = world.lists.totals(run.id);
    if (!totals) return totals.error();
    BulkTeller teller(app, run.key, account, static_cast<std::size_t>(totals->rows));
    return teller.finish(
        send_bulk(run, {.account = account, .access = access, .thread = {}}, world, std::ref(teller), app.stop()));
  }
};

class BulkCancel : public ChangeBulk {
  Status change(App& app, const BulkRun& run, const AccountRecord& account, AccessLevel,
                const BulkWorld& world) override {
    std::size_t cancelled = 0, uncertain = 0;
    const auto told = [&](const BulkRow& row, bool before) {
      if (!before) ++cancelled;
      const bool may_leave =
          row.message && (row.message->state == OutboxState::sending || row.message->state == OutboxState::unknown);
      if (may_leave) ++uncertain;
      if (before && !may_leave) return;
      if (app.form() != output::Form::json) return;
      app.print_json(to_json(row, run.key, account.name));
    };
    if (auto done = cancel_bulk(run, world, told, app.stop()); !done) return done;
    app.say(fmt::format("{}: {} messages cancelled", run.key, cancelled));
    if (uncertain == 0) return {};
    return Error{Code::partial,
                 fmt::format("cancelling the list {}: {} messages may have been sent", run.key, uncertain),
                 fmt::format("mailmgr bulk status {} --only unknown", run.key)};
  }
};

}  // namespace

std::unique_ptr<Command> make_bulk_send() {
  return std::make_unique<BulkSend>();
}
std::unique_ptr<Command> make_bulk_resume() {
  return std::make_unique<BulkResume>();
}
std::unique_ptr<Command> make_bulk_cancel() {
  return std::make_unique<BulkCancel>();
}

}  // namespace mailmgr
