// `mailmgr token`: a fresh access token for other programs.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/output/listing.h"
#include "core/flow/accounts.h"
#include "core/flow/program_token.h"

namespace mailmgr {
namespace {

class Token : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("account", name_, "Name or address (default: the default account)");
    cli.add_option("--for", for_, "What the token is for: api (the default), imap or smtp")
        ->check(CLI::IsMember({"api", "imap", "smtp"}));
    cli.add_flag("--sasl", sasl_, "Print what a mail program sends for AUTH XOAUTH2");
  }

  Status run(App& app) override {
    const TokenUse use = token_use(for_).value_or(TokenUse::api);
    auto account = choose(app);
    if (!account) return account.error().within("token");
    auto connection = app.connect(*account);
    if (!connection) return connection.error();
    auto token = program_token(*account, connection->grant, use, *connection->spec, *connection->tokens, app.stop());
    if (!token) return token.error();
    const std::string sasl = sasl_ ? xoauth2(account->email, token->token) : std::string();
    if (!app.options().json) {
      app.out() << (sasl_ ? std::string_view(sasl) : token->token.reveal()) << '\n';
      return {};
    }
    nlohmann::ordered_json json;
    json["account"] = account->name;
    json["email"] = account->email;
    json["for"] = to_string(use);
    json["access_token"] = token->token.reveal();
    json["expires"] = to_rfc3339(token->expires);
    if (sasl_) json["sasl"] = sasl;
    app.print_json(json);
    return {};
  }

 private:
  Result<AccountRecord> choose(App& app) {
    if (name_.empty()) return app.acting_account();
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    return find_account(*accounts, name_);
  }

  std::string name_, for_ = "api";
  bool sasl_ = false;
};

}  // namespace

std::unique_ptr<Command> make_token() {
  return std::make_unique<Token>();
}

}  // namespace mailmgr
