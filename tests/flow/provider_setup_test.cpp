#include "core/flow/provider_setup.h"

#include <doctest/doctest.h>

#include "tests/flow/login_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

struct SetupTest : LoginTest {
  ProviderChange change;

  SetupTest() {
    change.name = "google";
    change.client_id = "client-1";
  }
  Result<ProviderSetup> set() { return mailmgr::set_provider(change, setup_world()); }
  ProviderConfig stored(const std::string& name) { return providers.find(name).value().value(); }
  std::string secret(const std::string& name) {
    const ProviderConfig config = stored(name);
    const auto opened = vault.open(config.sealed_client_secret, client_secret_context(name, config.client_id));
    return opened ? std::string(opened->reveal()) : "(damaged)";
  }
  Error refusal() {
    const auto result = set();
    REQUIRE_FALSE(result);
    return result.error();
  }
  bool warned(const ProviderSetup& setup, std::string_view part) {
    for (const auto& warning : setup.warnings) {
      if (warning.find(part) != std::string::npos) return true;
    }
    return false;
  }
};

constexpr std::string_view kClientFile =
    R"({"web":{"client_id":"client-9","client_secret":"GOCSPX-9","redirect_uris":["http://localhost:8080/cb"]}})";

}  // namespace

TEST_CASE("google and microsoft are known kinds, other names need one") {
  SetupTest test;
  CHECK(test.set().value().created);
  CHECK(test.stored("google").kind == ProviderKind::google);

  test.change.name = "contoso";
  CHECK(test.refusal().code == Code::usage);
  test.change.kind = ProviderKind::microsoft;
  CHECK(test.set());
  CHECK(test.stored("contoso").tenant == "common");
  test.change.kind = ProviderKind::google;
  CHECK(test.refusal().code == Code::usage);
  test.change.name = "google";
  test.change.kind = ProviderKind::microsoft;
  CHECK(test.refusal().code == Code::usage);
}

TEST_CASE("only what is given changes") {
  SetupTest test;
  test.change.client_secret = Secret("s3cret");
  test.change.access = AccessLevel::read_only;
  test.change.with = std::set<std::string>{"settings"};
  REQUIRE(test.set());

  test.change = {};
  test.change.name = "google";
  test.change.api_url = "http://127.0.0.1:9";
  const auto setup = test.set();
  REQUIRE(setup);
  CHECK_FALSE(setup->created);
  const ProviderConfig config = test.stored("google");
  CHECK(config.client_id == "client-1");
  CHECK(config.access == AccessLevel::read_only);
  CHECK(config.with == std::set<std::string>{"settings"});
  CHECK(config.api_url == "http://127.0.0.1:9");
  CHECK(test.secret("google") == "s3cret");

  test.change.api_url = "";
  REQUIRE(test.set());
  CHECK(test.stored("google").api_url.empty());
}

TEST_CASE("the client secret is stored sealed, and an empty one removes it") {
  SetupTest test;
  test.change.client_secret = Secret("s3cret");
  REQUIRE(test.set());
  CHECK(test.stored("google").sealed_client_secret.find("s3cret") == std::string::npos);
  CHECK(test.secret("google") == "s3cret");
  test.change.client_secret = Secret("");
  REQUIRE(test.set());
  CHECK(test.stored("google").sealed_client_secret.empty());
}

TEST_CASE("setting a provider without a secret needs no key") {
  SetupTest test;
  test.change.name = "microsoft";
  REQUIRE(test.set());
  CHECK(test.keys.loads == 0);
}

TEST_CASE("Google's file gives id, secret and redirect URI") {
  SetupTest test;
  test.change.client_id.reset();
  test.change.credentials = std::string(kClientFile);
  REQUIRE(test.set());
  CHECK(test.stored("google").client_id == "client-9");
  CHECK(test.stored("google").redirect_uri == "http://localhost:8080/cb");
  CHECK(test.secret("google") == "GOCSPX-9");

  test.change.client_id = "client-1";
  CHECK(test.refusal().code == Code::usage);
  test.change.client_id.reset();
  test.change.credentials = "{}";
  CHECK(test.refusal().code == Code::usage);
  test.change.name = "microsoft";
  test.change.credentials = std::string(kClientFile);
  CHECK(test.refusal().code == Code::usage);
}

TEST_CASE("bad settings are refused by name, and nothing is stored") {
  const auto refused = [](void (*spoil)(ProviderChange&), const std::string& named) {
    SetupTest test;
    spoil(test.change);
    const Error error = test.refusal();
    CHECK(error.code == Code::usage);
    CHECK_MESSAGE((error.message + error.hint).find(named) != std::string::npos, error.message);
    CHECK(test.providers.list().value().empty());
  };
  refused([](ProviderChange& change) { change.client_id.reset(); }, "client id");
  refused([](ProviderChange& change) { change.client_id = "a b"; }, "--client-id");
  refused([](ProviderChange& change) { change.name = "../x"; }, "name");
  refused([](ProviderChange& change) { change.name = ""; }, "name");
  refused([](ProviderChange& change) { change.tenant = "common"; }, "--tenant");
  refused([](ProviderChange& change) { change.with = std::set<std::string>{"everything"}; }, "--with everything");
  refused([](ProviderChange& change) { change.redirect_uri = "http://app.test/cb"; }, "--redirect-uri");
  refused([](ProviderChange& change) { change.redirect_uri = "urn:ietf:wg:oauth:2.0:oob"; }, "--redirect-uri");
  refused([](ProviderChange& change) { change.client_secret = Secret("two words"); }, "secret");
  refused([](ProviderChange& change) { change.base_url = "no url"; }, "");
  refused(
      [](ProviderChange& change) {
        change.name = "microsoft";
        change.tenant = "a/../b";
      },
      "--tenant");
}

TEST_CASE("a word of --with must mean something to the provider and to the access level") {
  SetupTest test;
  test.change.with = std::set<std::string>{"shared"};
  CHECK(test.refusal().hint == "choose among settings, imap");
  test.change.with = std::set<std::string>{"imap"};
  test.change.access = AccessLevel::read_only;
  CHECK(test.refusal().message.find("--access read-only") != std::string::npos);
  test.change.with = std::set<std::string>{"settings"};
  CHECK(test.set());
  test.change.with = std::set<std::string>{"imap"};
  test.change.access = AccessLevel::full;
  CHECK(test.set());
}

TEST_CASE("a login of less access leaves out what the provider asks for and it could not use") {
  SetupTest test;
  test.change.client_secret = Secret("s3cret");
  test.change.with = std::set<std::string>{"imap", "settings"};
  REQUIRE(test.set());
  test.request.access = AccessLevel::read_only;
  test.answer_login("a@b.test", "1", R"(,"scope":"mail.read mail.settings")");
  REQUIRE(test.run());
  const auto asked = param(decode_query(test.prompts.at(0).url.query).value(), "scope");
  CHECK(asked.find("mail.everything") == std::string::npos);
  CHECK(asked.find("mail.settings") != std::string::npos);
  // Asked for by word of mouth, it is a contradiction.
  test.request.with = {"imap"};
  CHECK(test.run().error().code == Code::usage);
}

TEST_CASE("a secret with a line break is never repeated in the refusal") {
  SetupTest test;
  test.change.client_secret = Secret("s3cret\nX");
  const Error error = test.refusal();
  CHECK((error.message + error.hint).find("s3cret") == std::string::npos);
}

TEST_CASE("what looks wrong is warned about") {
  SetupTest test;
  const auto google = test.set();
  REQUIRE(google);
  CHECK(test.warned(*google, "client secret"));
  CHECK(test.warned(*google, ".apps.googleusercontent.com"));
  test.change.name = "microsoft";
  CHECK(test.warned(test.set().value(), "36 characters"));
  test.change.base_url = "http://127.0.0.1:9";
  CHECK(test.set().value().warnings.empty());
}

TEST_CASE("a new client id ends the logins of the old one and drops its secret") {
  SetupTest test;
  test.set_provider("google");
  test.answer_login("a@b.test");
  REQUIRE(test.run());

  test.change.client_secret.reset();
  test.change.client_id = "client-1";
  CHECK(test.set().value().need_login.empty());
  test.change.client_id = "client-2";
  const auto setup = test.set();
  REQUIRE(setup);
  CHECK(setup->need_login == std::vector<std::string>{"a@b.test"});
  CHECK(test.warned(*setup, "old client id"));
  CHECK(test.stored("google").sealed_client_secret.empty());
  const GrantRecord grant = test.grant_of(test.all()[0]);
  CHECK(grant.state == GrantState::needs_login);
  CHECK(grant.state_reason == "the client id of provider google changed");
  CHECK_FALSE(grant.sealed_refresh_token.empty());
}

TEST_CASE("the limits that hold are chosen by name, and no login ends by it") {
  SetupTest test;
  test.set_provider("google");
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  test.change = {};
  test.change.name = "google";
  test.change.quota = "old";
  CHECK(test.set().value().need_login.empty());
  CHECK(test.stored("google").quota == "old");
  test.change.quota = "new:12000";
  CHECK(test.set());
  for (const auto* wrong : {"graph", "new:", "new:0", "newer"}) {
    CAPTURE(wrong);
    test.change.quota = wrong;
    CHECK(test.refusal().code == Code::usage);
    CHECK(test.refusal().message.find("--quota") != std::string::npos);
    CHECK(test.stored("google").quota == "new:12000");
  }
  test.change.quota = "";
  CHECK(test.set());
  CHECK(test.stored("google").quota.empty());
}

TEST_CASE("a client secret does not follow to another login host, and stays where only the API moves") {
  SetupTest test;
  test.set_provider("google");
  test.change.client_secret.reset();
  test.change.api_url = "https://api.example";
  CHECK_FALSE(test.warned(test.set().value(), "login host"));
  CHECK_FALSE(test.stored("google").sealed_client_secret.empty());

  test.change.base_url = "https://login.example";
  CHECK(test.warned(test.set().value(), "old login host"));
  CHECK(test.stored("google").sealed_client_secret.empty());
}

TEST_CASE("a provider that accounts use is not removed") {
  SetupTest test;
  test.set_provider("google");
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  const Status removed = remove_provider("google", false, test.setup_world());
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == Code::refused);
  CHECK(removed.error().message.find("a@b.test") != std::string::npos);
  CHECK(test.providers.find("google").value().has_value());
}

TEST_CASE("a provider whose accounts are all let go is removed") {
  SetupTest test;
  test.set_provider("google");
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  AccountRecord account = test.all()[0];
  account.state = AccountState::disconnected;
  REQUIRE(test.accounts.update(account));
  CHECK(remove_provider("google", false, test.setup_world()).error().code == Code::refused);  // it still has its tokens

  GrantRecord grant = test.grant_of(account);
  grant.sealed_refresh_token.clear();
  REQUIRE(test.grants.update(grant).value());
  CHECK(remove_provider("google", false, test.setup_world()));
  CHECK_FALSE(test.providers.find("google").value().has_value());
  CHECK(remove_provider("google", false, test.setup_world()).error().code == Code::config);
  CHECK(remove_provider("nobody", false, test.setup_world()).error().code == Code::not_found);
}
