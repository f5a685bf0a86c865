// Mailboxes of an organisation and shared ones, connected against both providers' stand-in in process, with the real
// stores, on virtual time.
#include "core/flow/connect.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/flow/accounts.h"
#include "core/flow/connect_list.h"
#include "core/flow/disconnect.h"
#include "core/flow/provider_setup.h"
#include "core/flow/send.h"
#include "core/flow/sync.h"
#include "core/oauth/token_source.h"
#include "store/store.h"
#include "tests/providers/fixture.h"
#include "tests/sandbox/organisation.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"
#include "tests/vault/vault_world.h"

using namespace mailmgr;
using nlohmann::json;

namespace {

constexpr std::string_view kBase = "http://127.0.0.1:8080";

// Made once: keys take a while.
struct Credentials {
  TempFolder folder;
  sandbox::Options options;
  Credentials() {
    options.accounts = {"microsoft:boss@microsoft-corp.test", "google:carl@google-corp.test"};
    options.auto_consent = true;
    sandbox::add_organisation(options, folder.path(), FakeClock().now());
  }
};

struct World {
  static const Credentials& credentials() {
    static const Credentials made;
    return made;
  }

  FakeClock clock;
  SeededRandom random;
  sandbox::Sandbox sandbox{credentials().options, clock};
  SandboxHttp http{sandbox};
  TempFolder folder;
  std::unique_ptr<store::TokenStore> tokens = store::TokenStore::open(folder.path(), store::OpenMode::write).value();
  std::unique_ptr<store::MailStore> mail = store::MailStore::open(folder.path(), store::OpenMode::write).value();
  FixedKeys keys;
  Vault vault{keys, tokens->vault(), random};
  MemoryLeases leases;
  ConnectRequest request;

  World() {
    ProviderChange google;
    google.name = "google";
    google.base_url = kBase;
    google.service_account = Secret(read_text(credentials().folder.file("service-account.json")));
    set(google);
    ProviderChange microsoft;
    microsoft.name = "microsoft";
    microsoft.base_url = kBase;
    microsoft.client_id = "22222222-3333-4444-5555-666666666666";
    microsoft.tenant = "microsoft-corp.test";
    microsoft.app_only = true;
    microsoft.client_certificate = Secret(read_text(credentials().folder.file("client-certificate.pem")));
    set(microsoft);
  }

  void set(const ProviderChange& change) {
    const auto setup = set_provider(
        change, {provider_specs(), tokens->providers(), tokens->grants(), tokens->accounts(), vault, leases, clock});
    REQUIRE_MESSAGE(setup, setup.error().message);
  }
  void set_access(const std::string& provider, AccessLevel access) {
    ProviderChange change;
    change.name = provider;
    change.access = access;
    set(change);
  }

  ConnectWorld world() {
    return {provider_specs(),
            tokens->providers(),
            tokens->grants(),
            tokens->accounts(),
            vault,
            leases,
            clock,
            random,
            [this](const ProviderConfig&) -> HttpClient& { return http; }};
  }
  Result<AccountRecord> connect(const std::string& email, const std::string& provider, const std::string& via = "") {
    request.email = email;
    request.provider = provider;
    request.via = via;
    const auto asked = std::exchange(request, {});
    const auto plan = plan_connect(asked, world());
    if (!plan) return plan.error();
    if (plan->already) return Error{Code::internal, "already", ""};
    return connect_mailbox(*plan, world(), Stop());
  }
  AccountRecord connected(const std::string& email, const std::string& provider, const std::string& via = "") {
    const auto account = connect(email, provider, via);
    REQUIRE_MESSAGE(account, account.error().message);
    return *account;
  }
  bool is_connected_already(const std::string& email, const std::string& provider) {
    ConnectRequest again;
    again.email = email;
    again.provider = provider;
    return plan_connect(again, world()).value().already;
  }

  std::vector<AccountRecord> all() { return tokens->accounts().list().value(); }
  GrantRecord grant_of(const AccountRecord& account) { return tokens->grants().find(account.grant).value().value(); }

  // A person of microsoft-corp.test who logged in through a public client, with these extras.
  AccountRecord logged_in(const std::string& email, const std::set<std::string>& with) {
    ProviderChange change;
    change.name = "logins";
    change.kind = ProviderKind::microsoft;
    change.client_id = std::string(sandbox::kMicrosoftClientId);
    change.base_url = kBase;
    set(change);
    const auto config = tokens->providers().find("logins").value().value();
    const auto& spec = provider_spec(ProviderKind::microsoft);
    const auto endpoints = spec.endpoints(config).value();
    GrantRecord grant;
    grant.provider = config.name;
    grant.client_id = config.client_id;
    grant.origins = origins_of(endpoints);
    grant.email = email;
    const auto scopes = spec.scopes(AccessLevel::full, with);
    grant.scopes = {scopes.begin(), scopes.end()};
    grant.id = tokens->grants().create(grant).value();
    SandboxTokens login(http, spec, endpoints, email, scopes);
    grant.sealed_access_token =
        vault.seal(login.get(Stop()).value(), token_context(grant, SealKind::access_token)).value();
    grant.access_expires = clock.now() + std::chrono::minutes(50);
    REQUIRE(tokens->grants().update(grant).value());
    AccountRecord account;
    account.name = account.email = email;
    account.grant = grant.id;
    account.provider = config.name;
    account.kind = config.kind;
    account.id = tokens->accounts().add(account).value();
    return account;
  }

  int token_requests() {
    const auto asked = http.requests();
    return static_cast<int>(std::count_if(asked.begin(), asked.end(), [](const std::string& line) {
      return line.starts_with("POST ") && line.ends_with("/token");
    }));
  }

  json control(const std::string& email, const std::string& verb, const json& args = json::object()) {
    sandbox::Request request;
    request.method = "POST";
    request.path = "/_sandbox/mailbox/" + email + "/" + verb;
    request.headers = {{"Host", "127.0.0.1"}};
    request.body = args.dump();
    const auto response = sandbox.handle(request);
    REQUIRE_MESSAGE(response.status == 200, response.body);
    return json::parse(response.body);
  }
  void deliver(const std::string& email, const std::string& subject) {
    control(email, "deliver", {{"raw", "From: x@example.org\r\nSubject: " + subject + "\r\n\r\nHello.\r\n"}});
  }

  // The account's mailbox and courier as commands build them.
  struct Open {
    TokenSource source;
    UsageMeter usage;
    std::unique_ptr<Mailbox> mailbox;
    std::unique_ptr<Courier> courier;
  };
  std::unique_ptr<Open> open(const AccountRecord& account) {
    const auto config = tokens->providers().find(account.provider).value().value();
    const auto& spec = provider_spec(config.kind);
    const TokenSource::World token_world{tokens->grants(), vault, leases, http, clock, random};
    auto opened = std::unique_ptr<Open>(
        new Open{TokenSource(token_world, config, spec, account.grant, account.name), {}, nullptr, nullptr});
    const ProviderDeps deps{http,
                            opened->source,
                            clock,
                            random,
                            spec.endpoints(config).value(),
                            api_user(account, grant_of(account).kind),
                            &opened->usage};
    opened->mailbox = spec.mailbox(deps);
    opened->courier = spec.courier(deps);
    return opened;
  }
  SyncReport sync(const AccountRecord& account) {
    const auto opened = open(account);
    const SyncWorld world{*opened->mailbox, mail->sync(), mail->runs(), leases, clock, opened->usage};
    return sync_account({account.id, {account.since, {}, {}}, false, provider_spec(account.kind).snapshots_streams},
                        world, nullptr, Stop());
  }
  OutboxRow send(const AccountRecord& account) {
    const auto opened = open(account);
    const SendWorld world{*opened->courier, mail->outbox(), leases, clock, random};
    SendRequest letter;
    letter.account = account;
    letter.draft.to = {{"", "someone@example.org"}};
    letter.draft.subject = "Report";
    letter.draft.text = "Here.";
    return send_message(prepare_message(letter, world).value(), world, Stop()).value().row;
  }
};

bool says(const std::string& text, std::string_view part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a service account reaches each mailbox through a grant of its own, without a login") {
  World world;
  const auto ada = world.connected("ada@google-corp.test", "google");
  const auto bob = world.connected("bob@google-corp.test", "google");
  CHECK(ada.state == AccountState::active);
  CHECK(ada.name == "ada@google-corp.test");
  CHECK(ada.grant != bob.grant);
  const GrantRecord grant = world.grant_of(ada);
  CHECK(grant.kind == GrantKind::service_account);
  CHECK(grant.email == "ada@google-corp.test");
  CHECK(grant.scopes == std::set<std::string>{"https://www.googleapis.com/auth/gmail.modify"});
  CHECK(grant.sealed_refresh_token.empty());
  CHECK_FALSE(grant.sealed_access_token.empty());
}

TEST_CASE("an application reaches all mailboxes through one grant, and asks for one token") {
  World world;
  const auto ada = world.connected("ada@microsoft-corp.test", "microsoft");
  const auto team = world.connected("team@microsoft-corp.test", "microsoft");
  CHECK(ada.grant == team.grant);
  CHECK(world.grant_of(ada).email.empty());
  world.deliver("ada@microsoft-corp.test", "for ada");
  world.deliver("team@microsoft-corp.test", "for the team");
  CHECK(world.sync(ada).fetched == 1);
  CHECK(world.sync(team).fetched == 1);
  CHECK(world.token_requests() == 1);
  world.clock.advance(std::chrono::hours(2));
  CHECK(world.sync(ada).complete);
  CHECK(world.sync(team).complete);
  CHECK(world.token_requests() == 2);
}

TEST_CASE("mail of an organisation's mailbox is synced and sent from the mailbox itself, on both providers") {
  for (const std::string provider : {"google", "microsoft"}) {
    CAPTURE(provider);
    World world;
    const std::string email = "ada@" + provider + "-corp.test";
    const auto account = world.connected(email, provider);
    world.deliver(email, "hello");
    const auto report = world.sync(account);
    CHECK(report.fetched == 1);
    CHECK(report.complete);
    CHECK(world.send(account).state == OutboxState::sent);
    CHECK(world.sync(account).fetched == 1);  // what was sent is in that mailbox's Sent
    const auto sent = world.control(email, "sent");
    CHECK(sent.dump().find("someone@example.org") != std::string::npos);
    for (const auto& line : world.http.requests()) CHECK(line.find("/v1.0/me") == std::string::npos);
  }
}

TEST_CASE("nothing is stored when the mailbox cannot be opened") {
  World world;
  const Error nobody = world.connect("nobody@google-corp.test", "google").error();
  CHECK(nobody.code == Code::refused);
  CHECK(says(nobody.message, "nobody@google-corp.test"));
  CHECK(exit_class(world.connect("nobody@microsoft-corp.test", "microsoft").error().code).code == Code::not_found);
  const Error foreign = world.connect("a@gmail.test", "google").error();
  CHECK(foreign.code == Code::refused);
  CHECK(says(foreign.hint, "client ID 100200300400500600700"));
  CHECK(world.all().empty());
  CHECK(world.tokens->grants().list().value().empty());
}

TEST_CASE("scopes that are not delegated, and permissions that are not granted, are named") {
  World world;
  ProviderChange change;
  change.name = "google";
  change.with = std::set<std::string>{"permanent-delete"};
  world.set(change);
  const Error google = world.connect("ada@google-corp.test", "google").error();
  CHECK(google.code == Code::refused);
  CHECK(says(google.hint, "https://mail.google.com/,https://www.googleapis.com/auth/gmail.modify"));

  sandbox::OAuthClient client;
  client.provider = sandbox::Provider::microsoft;
  client.id = "daemon";
  client.secret = "s3cret";
  sandbox::Request request;
  request.method = "POST";
  request.path = "/_sandbox/clients";
  request.headers = {{"Host", "127.0.0.1"}};
  request.body = client.to_json().dump();
  REQUIRE(world.sandbox.handle(request).status == 200);
  change = {};
  change.name = "microsoft";
  change.client_id = "daemon";
  change.client_secret = Secret("s3cret");
  world.set(change);
  const Error microsoft = world.connect("ada@microsoft-corp.test", "microsoft").error();
  CHECK(microsoft.code == Code::refused);
  CHECK(says(microsoft.hint, "the application permissions Mail.ReadWrite, Mail.Send with admin consent"));
}

TEST_CASE("a mailbox that is connected stays as it is, and one that was let go comes back with its mail") {
  for (const std::string provider : {"google", "microsoft"}) {
    CAPTURE(provider);
    World world;
    const std::string email = "ada@" + provider + "-corp.test";
    const auto first = world.connected(email, provider);
    world.deliver(email, "hello");
    REQUIRE(world.sync(first).fetched == 1);
    CHECK(world.is_connected_already(email, provider));

    const LogoutWorld logout{provider_specs(),
                             world.tokens->providers(),
                             world.tokens->grants(),
                             world.tokens->accounts(),
                             world.vault,
                             world.leases,
                             world.clock,
                             world.random,
                             [&](const ProviderConfig&) -> HttpClient& { return world.http; }};
    REQUIRE(disconnect_account({first}, {logout, world.mail->sync()}, Stop()));
    CHECK_FALSE(world.is_connected_already(email, provider));
    world.request.set_since = true;
    world.request.since = world.clock.now();
    const auto again = world.connected(email, provider);
    CHECK(again.id == first.id);
    CHECK(again.state == AccountState::active);
    CHECK(again.since == world.clock.now());
    CHECK(world.all().size() == 1);
    CHECK(world.tokens->grants().list().value().size() == 1);
    CHECK(world.sync(again).fetched == 0);
  }
}

TEST_CASE("after a change of the provider's settings the accounts are connected again by their names") {
  World world;
  world.request.name = "ada";
  const auto ada = world.connected("ada@google-corp.test", "google");
  world.set_access("google", AccessLevel::read_only);
  CHECK_FALSE(world.is_connected_already("ada", "google"));
  const auto again = world.connected("ada", "");  // its own way
  CHECK(again.id == ada.id);
  CHECK(again.name == "ada");
  CHECK(world.grant_of(again).access == AccessLevel::read_only);
  CHECK(world.grant_of(again).scopes.contains("https://www.googleapis.com/auth/gmail.readonly"));
}

TEST_CASE("who may only send is connected without being read") {
  World world;
  world.set_access("google", AccessLevel::send_only);
  world.set_access("microsoft", AccessLevel::send_only);
  CHECK(world.connect("ada@google-corp.test", "google"));
  CHECK(world.connect("ada@microsoft-corp.test", "microsoft"));
}

TEST_CASE("a shared mailbox is reached through the login of a person it is shared with, and sends as itself") {
  World world;
  const auto boss = world.logged_in("boss@microsoft-corp.test", {"shared"});
  const auto team = world.connected("team@microsoft-corp.test", "", "boss@microsoft-corp.test");
  CHECK(team.via == boss.id);
  CHECK(team.grant == boss.grant);
  CHECK(team.provider == "logins");
  world.deliver("team@microsoft-corp.test", "for the team");
  world.deliver("boss@microsoft-corp.test", "for the boss");
  CHECK(world.sync(team).fetched == 1);
  CHECK(world.send(team).state == OutboxState::sent);
  CHECK(world.sync(team).fetched == 1);  // filed in the shared mailbox's Sent
  CHECK(world.sync(boss).fetched == 1);  // and not in the person's
}

TEST_CASE("when the login behind a shared mailbox is dead, it is that person who has to log in") {
  World world;
  const auto boss = world.logged_in("boss@microsoft-corp.test", {"shared"});
  const auto team = world.connected("team@microsoft-corp.test", "", boss.name);
  CHECK(login_name(team, world.all()) == "boss@microsoft-corp.test");
  CHECK(login_name(boss, world.all()) == "boss@microsoft-corp.test");
  GrantRecord grant = world.grant_of(boss);
  grant.state = GrantState::needs_login;
  REQUIRE(world.tokens->grants().update(grant).value());
  const Error error = world.connect("ada@microsoft-corp.test", "", boss.name).error();
  CHECK(error.code == Code::auth_required);
  CHECK(error.hint == "mailmgr login --account boss@microsoft-corp.test");
}

TEST_CASE("a shared mailbox asks for the shared scopes first") {
  World world;
  world.logged_in("boss@microsoft-corp.test", {});
  const Error error = world.connect("team@microsoft-corp.test", "", "boss@microsoft-corp.test").error();
  CHECK(error.code == Code::auth_required);
  CHECK(error.hint == "mailmgr login --account boss@microsoft-corp.test --with shared");
}

TEST_CASE("what cannot be a way to a mailbox is refused with the way that is one") {
  World world;
  const auto ada = world.connected("ada@google-corp.test", "google");
  const Error delegated = world.connect("bob@google-corp.test", "", "ada@google-corp.test").error();
  CHECK(delegated.code == Code::refused);
  CHECK(says(delegated.hint, "--service-account"));
  CHECK(world.connect("bob@google-corp.test", "google", "ada@google-corp.test").error().code == Code::usage);
  CHECK(world.connect("bob@google-corp.test", "nobody").error().code == Code::not_found);
  CHECK(world.connect("not an address", "google").error().code == Code::usage);
  CHECK(world.connect("Ada <ada@google-corp.test>", "google").error().code == Code::usage);
  CHECK(world.connect("bob@google-corp.test", "").error().code == Code::usage);  // two organisations are set

  const auto boss = world.logged_in("boss@microsoft-corp.test", {"shared"});
  CHECK(says(world.connect("team@microsoft-corp.test", "logins").error().hint, "mailmgr login logins"));
  world.connected("team@microsoft-corp.test", "", boss.name);
  CHECK(world.connect("ada@microsoft-corp.test", "", "team@microsoft-corp.test").error().code == Code::usage);
  CHECK(says(world.connect("team@microsoft-corp.test", "microsoft").error().message, "in another way"));
  CHECK(world.connect("ada@google-corp.test", "microsoft").error().code == Code::usage);
}

TEST_CASE("while a mailbox is connected a lease keeps others of the provider out, so an application has one grant") {
  World world;
  world.connected("ada@microsoft-corp.test", "microsoft");
  const auto history = world.leases.history();
  CHECK(std::any_of(history.begin(), history.end(), [](const auto& name) { return name.starts_with("connect-"); }));
  world.connected("team@microsoft-corp.test", "microsoft");
  CHECK(world.tokens->grants().list().value().size() == 1);
}

TEST_CASE("a list is read with and without a header, and rows that are there already are planned as such") {
  World world;
  world.connected("ada@microsoft-corp.test", "microsoft");
  const auto plan = [&](std::string_view csv) {
    const auto plans = plan_connect_list(csv, "microsoft", world.world());
    REQUIRE_MESSAGE(plans, plans.error().message);
    return *plans;
  };
  const auto rows =
      plan("since,EMAIL,name\r\n2026-01-01,team@microsoft-corp.test,\"Team, the\"\r\n,ada@microsoft-corp.test\r\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].account.name == "Team, the");
  CHECK(rows[0].account.since);
  CHECK_FALSE(rows[0].already);
  CHECK(rows[1].already);
  CHECK(plan("team@microsoft-corp.test,Team,90d\n").front().account.name == "Team");
  CHECK(plan("email\n").empty());
}

TEST_CASE("a list with mistakes names its lines and connects nothing") {
  World world;
  const auto refusal = [&](std::string_view csv) {
    const auto plans = plan_connect_list(csv, "microsoft", world.world());
    REQUIRE_FALSE(plans);
    CHECK(plans.error().code == Code::usage);
    return plans.error().message;
  };
  const auto many = refusal(
      "email,name\nnobody\nteam@microsoft-corp.test\nTEAM@microsoft-corp.test\nx@y.test,team@microsoft-corp.test\na@b."
      "test,b,c,d\n");
  CHECK(says(many, "line 2: "));
  CHECK_FALSE(says(many, "line 3: "));
  CHECK(says(many, "line 4: TEAM@microsoft-corp.test is there twice"));
  CHECK(says(many, "line 5: the name team@microsoft-corp.test is there twice"));
  CHECK(says(many, "line 6: too many fields"));
  CHECK(says(refusal("name\nx\n"), "no column \"email\""));
  CHECK(says(refusal("email,phone\n"), "\"phone\""));
  CHECK(says(refusal("a@b.test,,yesterday\n"), "line 1"));
  CHECK(says(refusal("\"a@b.test\n"), "line 1"));
  CHECK(world.all().empty());
}
