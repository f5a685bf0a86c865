// Mailboxes of an organisation and shared ones, connected against both providers' stand-in in process, with the real
// stores, on virtual time.
#include "tests/flow/connect_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

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
