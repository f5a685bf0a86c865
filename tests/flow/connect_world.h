// An organisation of both providers' stand-in in process, with the real stores, on virtual time.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/flow/accounts.h"
#include "core/flow/connect.h"
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

namespace mailmgr::test {

using nlohmann::json;

inline constexpr std::string_view kBase = "http://127.0.0.1:8080";

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

inline bool says(const std::string& text, std::string_view part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

}  // namespace mailmgr::test
