// Everything a login touches: the real store in a folder of its own, a listener that hears what the test's person does
// in the browser, and a provider that answers from a script.
#pragma once

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "core/flow/login.h"
#include "core/flow/provider_setup.h"
#include "store/store.h"
#include "tests/oauth/oauth_world.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"

namespace mailmgr::test {

// A listener whose visitors are queued. When there are no more, the time passes until the deadline; or, with `blocks`,
// it waits until it is told to stop.
class TestListeners final : public CallbackListeners {
 public:
  explicit TestListeners(FakeClock& clock) : clock_(clock) {}

  std::deque<QueryParams> visits;
  std::vector<CallbackAddress> bound;
  bool port_taken = false;
  bool blocks = false;
  std::function<void()> on_idle;  // nobody visits any more

  Result<std::unique_ptr<CallbackListener>> listen(const CallbackAddress& address) override {
    if (port_taken) return Error{Code::config, "listening on port 8080: it is taken", "choose another --port"};
    bound.push_back(address);
    return std::unique_ptr<CallbackListener>(std::make_unique<Listener>(*this, address.port.value_or(40'001)));
  }

 private:
  struct Listener final : CallbackListener {
    Listener(TestListeners& owner, std::uint16_t port) : owner_(owner), port_(port) {}
    std::uint16_t port() const override { return port_; }
    int rejected() const override { return rejected_; }
    Result<QueryParams> wait(const std::function<CallbackVerdict(const QueryParams&)>& judge,
                             const Stop& stop) override {
      for (; !owner_.visits.empty(); owner_.visits.pop_front()) {
        if (judge(owner_.visits.front()) == CallbackVerdict::accept) return owner_.visits.front();
        ++rejected_;
      }
      if (owner_.on_idle) owner_.on_idle();
      if (owner_.blocks) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any().wait(lock, stop.token(), [] { return false; });
      } else if (!stop.interrupted()) {
        owner_.clock_.sleep_for(std::chrono::hours(1), stop);
      }
      return Stop::error();
    }
    TestListeners& owner_;
    std::uint16_t port_;
    int rejected_ = 0;
  };

  FakeClock& clock_;
};

// Reads its own address from the API: GET /profile answers with it as plain text.
class TestMailbox final : public Mailbox {
 public:
  explicit TestMailbox(const ProviderDeps& deps) : deps_(deps) {}

  Result<Profile> profile(const Stop& stop) override {
    const auto token = deps_.tokens.get(stop);
    if (!token) return token.error();
    HttpRequest request;
    request.url = deps_.endpoints.api.with_path("/profile");
    request.headers = {{"Authorization", "Bearer " + std::string(token->reveal())}};
    const auto response = deps_.http.send(request, stop);
    if (!response) return response.error();
    if (response->status == 404) return Error{Code::not_found, "there is no mailbox", ""};
    return Profile{response->body, ""};
  }
  Result<Refresh> refresh(const Known&, const Stop&) override { return unexpected(); }
  std::vector<Result<Page>> changes(std::span<const StreamCursor>, const Stop&) override { return {}; }
  Result<IdPage> list(const StreamId&, const ListScope&, const Cursor&, const Stop&) override { return unexpected(); }
  Status fetch(std::span<const RemoteId>, Want, const FetchSink&, const Stop&) override { return unexpected(); }

 private:
  static Error unexpected() { return {Code::internal, "a login has no business here", ""}; }
  ProviderDeps deps_;
};

inline std::string param(const QueryParams& params, std::string_view name) {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return "(none)";
}

struct LoginTest {
  TempFolder folder;
  std::unique_ptr<store::TokenStore> tokens = store::TokenStore::open(folder.path(), store::OpenMode::write).value();
  ProviderStore& providers = tokens->providers();
  GrantStore& grants = tokens->grants();
  AccountStore& accounts = tokens->accounts();
  VaultStore& vault_store = tokens->vault();
  MemoryKeys keys;
  FakeClock clock;
  SeededRandom random;
  Vault vault{keys, vault_store, random};
  MemoryLeases leases;
  TestListeners listeners{clock};
  RecordingBrowser browser;
  ScriptedHttp http;
  std::vector<ProviderSpec> specs{test_spec(ProviderKind::google), test_spec(ProviderKind::microsoft)};

  LoginRequest request;
  LoginFront front;
  std::vector<LoginPrompt> prompts;
  std::vector<std::string> remarks;
  std::stop_source stop;

  LoginTest() {
    for (auto& spec : specs) {
      spec.mailbox = [](const ProviderDeps& deps) -> std::unique_ptr<Mailbox> {
        return std::make_unique<TestMailbox>(deps);
      };
    }
    front.on_url = [this](const LoginPrompt& prompt) { prompts.push_back(prompt); };
    front.remark = [this](std::string_view text) { remarks.emplace_back(text); };
    request.provider = "google";
    consent();
  }

  LoginWorld world() {
    return {specs,
            providers,
            grants,
            accounts,
            vault,
            leases,
            listeners,
            browser,
            clock,
            random,
            [this](const ProviderConfig&) -> HttpClient& { return http; }};
  }
  ProviderSetupWorld setup_world() { return {specs, providers, grants, accounts, vault, leases, clock}; }

  void set_provider(const std::string& name, std::optional<ProviderKind> kind = std::nullopt) {
    ProviderChange change;
    change.name = name;
    change.kind = kind;
    change.client_id = "client-1";
    change.client_secret = Secret("s3cret");
    REQUIRE(mailmgr::set_provider(change, setup_world()));
  }

  // The person clicks "allow" as soon as the browser opens.
  void consent(const std::string& code = "4/code") {
    browser.on_open = [this, code](const Url& url) { visit(url, {{"code", code}}); };
  }
  // The browser is sent back with `answer` and the right state.
  void visit(const Url& url, QueryParams answer) {
    answer.emplace_back("state", param(decode_query(url.query).value(), "state"));
    listeners.visits.push_back(std::move(answer));
  }
  // What the provider answers to the exchange, and whose mailbox it then shows.
  void answer_tokens(const std::string& number = "1", const std::string& more = "") {
    http.answer(200, R"({"access_token":"at-)" + number +
                         R"(","expires_in":3600,"token_type":"Bearer","refresh_token":"rt-)" + number + "\"" + more +
                         "}");
  }
  void answer_login(const std::string& email, const std::string& number = "1", const std::string& more = "") {
    answer_tokens(number, more);
    http.answer(200, email);
  }

  Result<LoginResult> run() { return login(request, world(), front, Stop(stop.get_token())); }

  std::vector<AccountRecord> all() { return accounts.list().value(); }
  GrantRecord grant_of(const AccountRecord& account) { return grants.find(account.grant).value().value(); }
  std::string refresh_token(const AccountRecord& account) {
    const GrantRecord grant = grant_of(account);
    const auto token = vault.open(grant.sealed_refresh_token, token_context(grant, SealKind::refresh_token));
    return token ? std::string(token->reveal()) : token.error().message;
  }
};

// A world with Google set up and one account, a@b.test, logged in with rt-1.
struct LoggedIn : LoginTest {
  LoggedIn() {
    set_provider("google");
    answer_login("a@b.test");
    REQUIRE(run());
  }
  void check_untouched() {
    REQUIRE(all().size() == 1);
    CHECK(refresh_token(all()[0]) == "rt-1");
    CHECK(grant_of(all()[0]).state == GrantState::active);
  }
};

}  // namespace mailmgr::test
