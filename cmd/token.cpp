// `mailmgr token`: a fresh access token for other programs.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/output/listing.h"
#include "core/flow/accounts.h"

namespace mailmgr {
namespace {

class Token : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("account", name_, "Name or address (default: the default account)");
  }

  Status run(App& app) override {
    auto account = choose(app);
    if (!account) return account.error().within("token");
    auto connection = app.connect(*account);
    if (!connection) return connection.error();
    auto token = connection->tokens->get(app.stop());
    if (!token) return token.error();
    if (!app.options().json) {
      app.out() << token->reveal() << '\n';
      return {};
    }
    nlohmann::ordered_json json;
    json["account"] = account->name;
    json["email"] = account->email;
    json["access_token"] = token->reveal();
    app.out() << output::as_json(json) << '\n';
    return {};
  }

 private:
  Result<AccountRecord> choose(App& app) {
    if (name_.empty()) return app.acting_account();
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    return find_account(*accounts, name_);
  }

  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_token() {
  return std::make_unique<Token>();
}

}  // namespace mailmgr
