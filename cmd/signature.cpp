// `mailmgr signature`: what stands under mail, and under whose.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/writing_files.h"
#include "core/flow/accounts.h"
#include "core/flow/writing.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

SignatureWorld signature_world(store::MailStore& mail) {
  return {mail.signatures(), mail.signature_defaults()};
}

std::string account_name(const std::vector<AccountRecord>& accounts, AccountId id) {
  const auto found = std::find_if(accounts.begin(), accounts.end(), [&](const auto& a) { return a.id == id; });
  return found == accounts.end() ? std::string() : found->name;
}

// Under whose mail it stands by default: accounts, and addresses of accounts.
Json default_uses(const std::string& name, const std::vector<SignatureDefault>& defaults,
                  const std::vector<AccountRecord>& accounts) {
  Json uses = Json::array();
  for (const auto& value : defaults) {
    if (value.signature != name) continue;
    Json use{{"account", account_name(accounts, value.account)}};
    if (!value.address.empty()) use["address"] = value.address;
    uses.push_back(std::move(use));
  }
  return uses;
}

std::string uses_as_text(const Json& row) {
  std::string text;
  for (const auto& use : row["default_for"]) {
    text += (text.empty() ? "" : ", ") + use.value("address", use.value("account", ""));
  }
  return output::one_line(text);
}

std::string first_line(const Json& row) {
  const auto text = row.value("text", "");
  return output::one_line(text.substr(0, text.find('\n')));
}

// A signature as rows show it.
class SignatureRows {
 public:
  static Result<SignatureRows> read(App& app) {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    auto defaults = (*mail)->signature_defaults().list();
    if (!defaults) return defaults.error();
    return SignatureRows(*std::move(accounts), *std::move(defaults));
  }

  Json json(const NamedSignature& named) const {
    Json row{{"name", named.name}, {"text", signature_text(named.content)}};
    if (named.content.html) row["html"] = *named.content.html;
    if (named.account) row["account"] = account_name(accounts_, *named.account);
    row["default_for"] = default_uses(named.name, defaults_, accounts_);
    row["changed"] = to_rfc3339(named.changed);
    return row;
  }

 private:
  SignatureRows(std::vector<AccountRecord> accounts, std::vector<SignatureDefault> defaults)
      : accounts_(std::move(accounts)), defaults_(std::move(defaults)) {}

  std::vector<AccountRecord> accounts_;
  std::vector<SignatureDefault> defaults_;
};

class SetSignature : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("name", name_, "What to call it")->required();
    texts_.attach(cli);
  }

  Status run(App& app) override {
    Outcome outcome(app);
    outcome.add_item(save(app), name_);
    return outcome.status();
  }

 private:
  Status save(App& app) const {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto& store = (*mail)->signatures();
    auto before = store.find(name_);
    if (!before) return before.error();
    NamedSignature named{name_, {}, std::nullopt, app.clock().now()};
    if (*before) named.content = std::move((*before)->content);
    if (auto read = texts_.read("signature set", named.content.text, named.content.html); !read) return read;
    return save_signature(std::move(named), store);
  }

  std::string name_;
  TextOptions texts_;
};

class ListSignatures : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto rows = SignatureRows::read(app);
    if (!rows) return rows.error();
    auto all = (*app.mail())->signatures().list();
    if (!all) return all.error();
    auto listing = app.listing({{"name", "NAME", 30},
                                {"default_for", "DEFAULT FOR", 40, false, uses_as_text},
                                {"text", "TEXT", 0, false, first_line}},
                               {"html", "account", "changed"});
    if (!listing) return listing.error();
    for (const auto& named : *all) {
      if (!(*listing)->row(rows->json(named))) return {};
    }
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }
};

class ShowSignature : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_option("name", name_, "Its name")->required(); }

  Status run(App& app) override {
    auto rows = SignatureRows::read(app);
    if (!rows) return rows.error();
    const auto named = find_signature(name_, (*app.mail())->signatures());
    if (!named) return named.error();
    const Json json = rows->json(*named);
    if (app.form() == output::Form::json) {
      app.print_json(json);
      return {};
    }
    app.out() << fmt::format("Name: {}\nDefault for: {}\n\n{}\n", output::as_text(json["name"]), uses_as_text(json),
                             output::many_lines(signature_text(named->content)));
    if (named->content.html) app.out() << '\n' << output::many_lines(*named->content.html) << '\n';
    return {};
  }

 private:
  std::string name_;
};

class DefaultSignature : public Command {
 public:
  void attach(CLI::App& cli) override {
    auto* name = cli.add_option("name", name_, "A signature's name, or none")->check(refuse_empty);
    cli.add_option("--for", address_, "For mail from this address of the account only")->check(refuse_empty);
    cli.add_flag("--unset", unset_, "Decide nothing any more")->excludes(name);
  }

  Status run(App& app) override {
    if (name_.empty() && !unset_) {
      return Error{Code::usage, "signature default: which one? Say a name, none, or --unset", "mailmgr signature list"};
    }
    auto account = app.acting_account();
    if (!account) return account.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto aliases = (*mail)->aliases().list();
    if (!aliases) return aliases.error();
    Outcome outcome(app);
    outcome.add_item(set_default_signature(*account, address_, name_, *aliases, signature_world(**mail)),
                     address_.empty() ? account->name : address_, account->name);
    return outcome.status();
  }

 private:
  std::string name_, address_;
  bool unset_ = false;
};

class DeleteSignature : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "name", names_, "Names")->required();
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be deleted");
  }

  Status run(App& app) override {
    auto mail = app.mail();
    if (!mail) return mail.error();
    Outcome outcome(app);
    for (const auto& name : names_) outcome.add_item(remove(app, name, (*mail)->signatures()), name);
    return outcome.status();
  }

 private:
  Status remove(App& app, const std::string& name, SignatureStore& store) const {
    if (const auto named = find_signature(name, store); !named) return named.error();
    if (dry_run_) {
      if (!app.options().json) app.out() << "would delete " << output::one_line(name) << '\n';
      return {};
    }
    const auto removed = store.remove(name);
    return removed ? Status() : Status(removed.error());
  }

  std::vector<std::string> names_;
  bool dry_run_ = false;
};

class ImportSignatures : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("account", account_, "Whose (default: the default account)");
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be imported");
  }

  Status run(App& app) override {
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    auto account = account_.empty() ? app.acting_account() : find_account(*accounts, account_);
    if (!account) return account.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto connection = app.connect(*account);
    if (!connection) return connection.error();
    if (auto may = may_list_identities(*account, connection->grant, *connection->spec); !may) return may;
    if (dry_run_) return tell_offered(app, *connection->identities);
    auto imported = import_signatures(*account, *connection->spec, *connection->identities, app.clock().now(),
                                      signature_world(**mail), app.stop());
    if (!imported) return imported.error();
    Outcome outcome(app);
    for (const auto& signature : *imported) {
      outcome.add_item(signature.outcome, signature.email, account->name);
      if (signature.outcome) app.say("imported: " + signature.email);
    }
    if (imported->empty()) app.say(account->name + " has no signatures");
    return outcome.status();
  }

 private:
  static Status tell_offered(App& app, Identities& identities) {
    auto offered = identities.list(app.stop());
    if (!offered) return offered.error();
    for (const auto& identity : *offered) {
      if (identity.signature_html.empty() || app.options().json) continue;
      app.out() << "would import " << output::one_line(identity.email) << '\n';
    }
    return {};
  }

  std::string account_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_signature_set() {
  return std::make_unique<SetSignature>();
}
std::unique_ptr<Command> make_signature_list() {
  return std::make_unique<ListSignatures>();
}
std::unique_ptr<Command> make_signature_show() {
  return std::make_unique<ShowSignature>();
}
std::unique_ptr<Command> make_signature_default() {
  return std::make_unique<DefaultSignature>();
}
std::unique_ptr<Command> make_signature_delete() {
  return std::make_unique<DeleteSignature>();
}
std::unique_ptr<Command> make_signature_import() {
  return std::make_unique<ImportSignatures>();
}

}  // namespace mailmgr
