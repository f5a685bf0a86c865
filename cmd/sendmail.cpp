// `mailmgr sendmail`: what programs know as sendmail(8). A message that was taken is in the outbox: it leaves at once
// or with a later flush, and is never lost for trouble that passes.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/app.h"
#include "cmd/identities.h"
#include "cmd/message_input.h"
#include "cmd/outbox_json.h"
#include "cmd/output/terminal.h"
#include "cmd/sending.h"
#include "cmd/sendmail_words.h"
#include "cmd/sysexits.h"
#include "core/base/encoding.h"
#include "core/flow/accounts.h"
#include "core/flow/local_recipients.h"
#include "core/flow/send.h"
#include "core/system/shared_folder.h"

namespace mailmgr {

std::unique_ptr<Command> make_outbox_list();
std::unique_ptr<Command> make_outbox_flush();

namespace {

constexpr std::string_view kAliasesPath = "/etc/aliases";

void append_addresses(std::vector<Address>& list, const std::vector<Address>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

Result<AliasFile> read_aliases(std::vector<std::string>& warnings) {
  const char* named = std::getenv("MAILMGR_ALIASES");
  const std::string path(named && *named ? std::string_view(named) : kAliasesPath);
  const auto slash = path.rfind('/');
  const auto name = path.substr(slash == std::string::npos ? 0 : slash + 1);
  auto text = SharedFolder(slash == std::string::npos ? "." : path.substr(0, slash)).read(name);
  if (!text && text.error().code == Code::not_found) return AliasFile();
  if (!text) return text.error();
  auto aliases = AliasFile::parse(*text);
  for (const auto& problem : aliases.problems()) warnings.push_back(path + ": " + problem);
  return aliases;
}

class Sendmail : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("--from-policy", from_policy_,
                   "What is done with a From that is not the account's address: rewrite or refuse")
        ->check(CLI::IsMember({"rewrite", "refuse"}));
    cli.add_flag("--no-queue", no_queue_, "Send it now or fail; leave nothing in the outbox for later");
    cli.add_option("--key", key_, "A name of this message: repeating the command does not send it twice")
        ->check(refuse_empty);
    add_operands(cli, "argument", words_, "Recipients, and the options of sendmail(8): -t -i -f -F -bp -q …");
  }

  Status run(App& app) override {
    auto words = read_sendmail_words(words_);
    if (!words) return words.error();
    switch (words->mode) {
      case SendmailWords::Mode::list_queue:
        return make_outbox_list()->run(app);
      case SendmailWords::Mode::flush_queue:
        return make_outbox_flush()->run(app);
      case SendmailWords::Mode::rebuild_aliases:
        return {};  // they are read anew for every message
      case SendmailWords::Mode::deliver:
        break;
    }
    words_read_ = *std::move(words);
    return deliver(app);
  }

  int exit_code(const Error& error) const override { return has_bad_data_ ? kBadData : sysexit(error.code); }

 private:
  Status deliver(App& app) {
    std::vector<Address> recipients;
    for (const auto& word : words_read_.recipients) {
      auto parsed = parse_local_addresses(word);
      if (!parsed) return parsed.error().within("sendmail");
      append_addresses(recipients, *parsed);
    }
    if (recipients.empty() && !words_read_.recipients_in_header) {
      return Error{Code::usage, "sendmail: to whom? No recipient is given", "-t takes them from the message"};
    }
    if (auto fine = check_key(key_); !fine) return fine;
    auto raw = read_message(STDIN_FILENO, words_read_.dot_ends, app.clock(), app.stop());
    if (!raw) return raw.error().within("sendmail");
    const auto head = read_finished_head(*raw, true);
    if (!head) return bad_data(head.error());
    if (words_read_.recipients_in_header) add_named(*head, recipients);

    FinishedRequest request;
    request.raw = *std::move(raw);
    if (auto found = find_recipients(app, std::move(recipients), request); !found) return found;
    if (request.recipients->empty()) {
      tell(app, "nobody is meant: the aliases say /dev/null");
      return {};
    }
    auto account = sender(app, *head);
    if (!account) return account.error();
    request.account = *std::move(account);
    return send(app, request);
  }

  // With -t: to whom the header says, besides those that are given.
  void add_named(const FinishedHead& head, std::vector<Address>& recipients) const {
    if (!head.resent_to.empty()) {
      append_addresses(recipients, head.resent_to);
      return;
    }
    for (const auto* list : {&head.to, &head.cc, &head.bcc}) append_addresses(recipients, *list);
  }

  Status find_recipients(App& app, std::vector<Address> given, FinishedRequest& request) {
    if (given.empty()) {
      return bad_data({Code::usage, "sendmail: nobody is named who gets it", "a To, Cc or Bcc field in the message"});
    }
    std::vector<Address> postmaster;
    if (!app.options().postmaster_to.empty()) {
      auto parsed = parse_addresses(app.options().postmaster_to);
      if (!parsed) return Error{Code::config, "postmaster_to: " + parsed.error().message, parsed.error().hint};
      postmaster = *std::move(parsed);
    }
    std::vector<std::string> warnings;
    AliasFile aliases;
    const bool any_local =
        std::any_of(given.begin(), given.end(), [](const Address& address) { return is_local_address(address.email); });
    if (any_local && words_read_.use_aliases) {
      auto read = read_aliases(warnings);
      if (!read) return read.error();
      aliases = *std::move(read);
    }
    auto found = find_local_recipients(given, {aliases, std::move(postmaster)});
    if (!found) return found.error();
    append_to(warnings, found->warnings);
    for (const auto& warning : warnings) app.warn(warning);
    request.recipients = std::move(found->recipients);
    request.local_names = std::move(found->names);
    return {};
  }

  static void append_to(std::vector<std::string>& list, const std::vector<std::string>& more) {
    list.insert(list.end(), more.begin(), more.end());
  }

  // The account that is named, else the one whose address From or -f has, else the acting one.
  Result<AccountRecord> sender(App& app, const FinishedHead& head) const {
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    const auto& named = words_read_.account;
    if (!named.empty() && app.options().accounts.empty()) return find_account(*accounts, named);
    if (!named.empty()) return Error{Code::usage, "several accounts are named; this command acts on one"};
    if (!app.options().accounts.empty()) return app.acting_account();
    auto acting = app.acting_account();
    std::vector<std::string> identities;
    for (const auto& address : head.from) identities.push_back(address.email);
    identities.push_back(words_read_.sender);
    for (const auto& email : identities) {
      std::vector<AccountRecord> having;
      for (const auto& account : *accounts) {
        const bool fits = equals_ignoring_ascii_case(account.email, email) && account.state == AccountState::active;
        if (!fits) continue;
        if (acting && account.id == acting->id) return acting;
        having.push_back(account);
      }
      if (having.size() == 1) return having.front();
      if (!having.empty()) return find_account(*accounts, email);  // names those it fits
      auto by_alias = account_with_alias(app, *accounts, email);
      if (!by_alias) return by_alias.error();
      if (*by_alias) return **std::move(by_alias);
    }
    if (!acting && acting.error().code == Code::not_found) {
      return Error{Code::config, acting.error().message, acting.error().hint};
    }
    return acting;
  }

  // The one that can send from it besides from its own address, if it is one.
  static Result<std::optional<AccountRecord>> account_with_alias(App& app, const std::vector<AccountRecord>& accounts,
                                                                 const std::string& email) {
    std::optional<AccountRecord> having;
    for (const auto& account : accounts) {
      if (account.state != AccountState::active) continue;
      auto own = emails_of(app, account);
      if (!own) return own.error();
      if (!has_email(*own, email)) continue;
      if (having) return std::optional<AccountRecord>();
      having = account;
    }
    return having;
  }

  static bool has_email(const std::vector<std::string>& list, const std::string& email) {
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& known) { return equals_ignoring_ascii_case(known, email); });
  }

  Status send(App& app, FinishedRequest& request) {
    const auto& account = request.account;
    auto own = emails_of(app, account);
    if (!own) return own.error();
    request.aliases = *std::move(own);
    request.from_policy = from_policy_ == "refuse" ? FromPolicy::refuse : FromPolicy::rewrite;
    if (request.from_policy == FromPolicy::refuse && !words_read_.sender.empty() &&
        !has_email(request.aliases, words_read_.sender)) {
      return Error{Code::refused,
                   fmt::format("sendmail: -f {} is not an address of {}", words_read_.sender, account.name),
                   fmt::format("-f {}, or --from-policy rewrite", account.email)};
    }
    request.from_name = words_read_.full_name;
    request.header_may_end_early = true;
    request.key = key_;
    request.later = !no_queue_;
    auto sender = sender_for(app, account);
    if (!sender) return with_login_hint(sender.error(), account);
    request.access = sender->connection.grant.access;
    const auto& world = *sender->world;
    auto prepared = prepare_finished(request, world);
    if (!prepared) return prepared.error().code == Code::usage ? bad_data(prepared.error()) : prepared.error();
    for (const auto& email : prepared->left_out) tell(app, fmt::format("{} does not get it: not a recipient", email));
    const bool queue_only = words_read_.queue_only && !no_queue_;
    auto sending = no_queue_    ? send_message(*prepared, world, app.stop())
                   : queue_only ? send_later(*prepared, world)
                                : send_or_queue(*prepared, world, app.stop());
    if (!sending) return with_login_hint(sending.error(), account);
    return conclude(app, *sending, account);
  }

  Status conclude(App& app, const Sending& sending, const AccountRecord& account) const {
    const auto& row = sending.row;
    if (app.options().json) {
      auto json = to_json(row, account.name);
      if (sending.repeated) json["repeated"] = true;
      app.print_json(json);
    } else {
      tell(app, fmt::format("message {} is {}{}", row.id.value, to_string(row.state),
                            row.error.empty() ? "" : ": " + row.error));
    }
    const auto ended = outcome(row);
    if (!ended && row.state == OutboxState::unknown && !no_queue_) {
      // It was taken and may have been sent: a caller that tried again would send it twice.
      app.warn(ended.error().message + "; " + ended.error().hint);
      return {};
    }
    if (!ended) return with_login_hint(ended.error(), account);
    if (row.error_code == exit_class(Code::auth_required).name) {
      app.warn(fmt::format("message {} waits in the outbox for a login: mailmgr login --account {}", row.id.value,
                           account.name));
    }
    return {};
  }

  Status bad_data(Error error) {
    has_bad_data_ = true;
    return error;
  }

  void tell(App& app, const std::string& text) const {
    if (!words_read_.verbose) return app.say(text);
    app.warn(text);
  }

  std::vector<std::string> words_;
  std::string from_policy_ = "rewrite", key_;
  bool no_queue_ = false;
  SendmailWords words_read_;
  bool has_bad_data_ = false;
};

}  // namespace

std::unique_ptr<Command> make_sendmail() {
  return std::make_unique<Sendmail>();
}

}  // namespace mailmgr
