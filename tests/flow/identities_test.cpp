#include "core/flow/identities.h"

#include "tests/flow/sending_world.h"

using namespace mailmgr;

namespace {

struct ToldIdentities final : Identities {
  Result<std::vector<SendingIdentity>> list(const Stop&) override { return told; }
  Result<std::vector<SendingIdentity>> told = std::vector<SendingIdentity>{};
};

AccountRecord account_called(std::int64_t id, const std::string& email, const std::string& name = "") {
  AccountRecord account;
  account.id = AccountId(id);
  account.email = email;
  account.name = name.empty() ? email : name;
  account.provider = "google";
  return account;
}

struct TwoAccounts {
  std::vector<AccountRecord> accounts{account_called(1, "ada@example.org", "work"),
                                      account_called(2, "home@example.com")};
  std::vector<Alias> aliases{
      {AccountId(1), "ada@example.org", "Ada Berg", "", IdentityState::usable, true, true},
      {AccountId(1), "Sales@example.org", "Sales", "desk@example.org"},
      {AccountId(1), "bare@example.org"},
      {AccountId(1), "new@example.org", "", "", IdentityState::pending},
      {AccountId(1), "both@example.org"},
      {AccountId(2), "both@example.org"},
      {AccountId(2), "proxy@example.com", "", "", IdentityState::unproven},
  };

  Result<SenderIdentity> choose(std::string_view from, std::optional<std::size_t> account = {}) const {
    SenderChoice choice{accounts, aliases, from};
    if (account) choice.account = accounts[*account];
    return choose_sender(choice);
  }
};

}  // namespace

TEST_CASE_FIXTURE(TwoAccounts, "an address decides the account, whatever its case, and brings its name and Reply-To") {
  const auto sales = choose("sales@EXAMPLE.org").value();
  CHECK(sales.account.name == "work");
  CHECK(sales.from == Address{"Sales", "Sales@example.org"});
  CHECK(sales.reply_to == "desk@example.org");
  CHECK(choose("Somebody <sales@example.org>").value().from.name == "Somebody");
  const auto home = choose("home@example.com").value();
  CHECK(home.account.id == AccountId(2));
  CHECK_FALSE(home.reply_to);
  Draft draft;
  set_sender(sales, draft);
  CHECK(draft.from.email == "Sales@example.org");
  REQUIRE(draft.reply_to.size() == 1);
  CHECK(draft.reply_to[0].email == "desk@example.org");
  draft.reply_to = {{"", "else@example.org"}};
  set_sender(sales, draft);
  CHECK(draft.reply_to[0].email == "else@example.org");
}

TEST_CASE_FIXTURE(TwoAccounts, "an address without a name is called as the account is, else as the mailbox") {
  CHECK(choose("bare@example.org").value().from.name == "Ada Berg");
  accounts[0].sender_name = "Ada at work";
  CHECK(choose("bare@example.org").value().from.name == "Ada at work");
  CHECK(choose("ada@example.org").value().from.name == "Ada at work");
  CHECK(choose("sales@example.org").value().from.name == "Sales");
}

TEST_CASE_FIXTURE(TwoAccounts, "an address that several accounts have is a question, unless the account is named") {
  const auto error = choose("both@example.org").error();
  CHECK(error.code == Code::usage);
  CHECK(error.message.find("work, home@example.com") != std::string::npos);
  CHECK(choose("both@example.org", 1).value().account.id == AccountId(2));
  accounts[1].state = AccountState::disconnected;
  CHECK(choose("both@example.org").value().account.id == AccountId(1));
}

TEST_CASE_FIXTURE(TwoAccounts, "what the provider would not honour is refused, and the hint says what helps") {
  const auto stranger = choose("stranger@example.org").error();
  CHECK(stranger.code == Code::refused);
  CHECK(stranger.hint == "mailmgr alias sync");
  const auto not_theirs = choose("ada@example.org", 1).error();
  CHECK(not_theirs.code == Code::refused);
  CHECK(not_theirs.hint == "mailmgr alias sync home@example.com");
  const auto pending = choose("new@example.org").error();
  CHECK(pending.code == Code::refused);
  CHECK(pending.message.find("not confirmed") != std::string::npos);
  const auto unproven = choose("proxy@example.com").error();
  CHECK(unproven.code == Code::refused);
  CHECK(unproven.hint.find("--trust") != std::string::npos);
  for (const auto* nonsense : {"a@example.org, b@example.org", "no address", ""}) {
    CAPTURE(nonsense);
    CHECK(choose(nonsense).error().code == Code::usage);  // the last: which account?
  }
}

TEST_CASE_FIXTURE(TwoAccounts, "without a wish mail comes from the account's own address") {
  CHECK(choose("", 0).value().from == Address{"Ada Berg", "ada@example.org"});
  accounts[1].is_default = true;
  CHECK(choose("").value().account.id == AccountId(2));
  CHECK(choose("").value().from == Address{"", "home@example.com"});
}

TEST_CASE_FIXTURE(TwoAccounts, "the addresses one answers from are the account's own and those that are usable") {
  std::string all;
  for (const auto& address : sending_addresses(accounts[0], aliases)) all += address.email + " ";
  CHECK(all == "ada@example.org Sales@example.org bare@example.org both@example.org ");
  CHECK(sending_addresses(accounts[1], {}).size() == 1);
}

TEST_CASE("what the provider told replaces what was known; what is no address, or repeats one, is left out") {
  test::SendingMailbox world(ProviderKind::google);
  auto& store = world.store->aliases();
  ToldIdentities identities;
  identities.told =
      std::vector<SendingIdentity>{{.email = "a@gmail.test", .name = "Ada\r\nBcc: x@example.org", .is_primary = true},
                                   {.email = "A@gmail.test"},
                                   {.email = "b@example.org\r\nBcc: c@example.org"},
                                   {.email = "Evil <evil@example.org>"},
                                   {.email = "x@example.org, y@example.org"},
                                   {.email = ""},
                                   {.email = "ok@example.org", .reply_to = "bad\naddress"}};
  const auto account = world.request.account;
  const auto first = sync_aliases(account, identities, Unproven::keep, store, {}).value();
  REQUIRE(first.size() == 2);
  CHECK(first[0].name == "Ada Bcc: x@example.org");
  CHECK(first[1].email == "ok@example.org");
  CHECK(first[1].reply_to.empty());
  CHECK((store.list().value() == first));
  identities.told = std::vector<SendingIdentity>{{.email = "a@gmail.test"}};
  CHECK(ask_aliases(account, identities, Unproven::keep, store, {}).value().size() == 1);
  CHECK((store.list().value() == first));  // who only asks changes nothing
  REQUIRE(sync_aliases(account, identities, Unproven::keep, store, {}));
  CHECK(store.list().value().size() == 1);
  identities.told = Error{Code::unreachable, "no network"};
  CHECK_FALSE(sync_aliases(account, identities, Unproven::keep, store, {}));
  CHECK(store.list().value().size() == 1);
}

TEST_CASE("an address whose use a person vouched for stays usable, new ones do not become so by themselves") {
  test::SendingMailbox world(ProviderKind::microsoft);
  auto& store = world.store->aliases();
  const auto account = world.request.account;
  ToldIdentities identities;
  const auto sync = [&](Unproven unproven) {
    std::string states;
    const auto aliases = sync_aliases(account, identities, unproven, store, {}).value();
    for (const auto& alias : aliases) {
      states += alias.state == IdentityState::usable ? "usable " : "unproven ";
    }
    return states;
  };
  SendingIdentity proxy{.email = "p@example.org", .state = IdentityState::unproven};
  identities.told = std::vector{proxy};
  CHECK(sync(Unproven::keep) == "unproven ");
  CHECK(sync(Unproven::trust) == "usable ");
  proxy.email = "q@example.org";
  identities.told->push_back(proxy);
  CHECK(sync(Unproven::keep) == "usable unproven ");
  CHECK(sync(Unproven::distrust) == "unproven unproven ");
}

TEST_CASE("a login that may not list its addresses is told which login may") {
  const auto& google = provider_spec(ProviderKind::google);
  GrantRecord grant;
  grant.scopes = {"https://www.googleapis.com/auth/gmail.compose"};
  const auto refused = may_list_identities(account_called(1, "a@gmail.test"), grant, google);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::auth_required);
  CHECK(refused.error().hint == "mailmgr login --account a@gmail.test --with settings");
  for (const auto& scope : google.scopes(AccessLevel::send_only, {"settings"})) grant.scopes.insert(scope);
  CHECK(may_list_identities(account_called(1, "a@gmail.test"), grant, google));
  grant.scopes = {"Mail.Send"};
  CHECK(may_list_identities(account_called(1, "b@outlook.test"), grant, provider_spec(ProviderKind::microsoft)));
}
