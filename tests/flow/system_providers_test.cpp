// Providers for all users of a machine, with the real folder, store and set-up.
#include "core/flow/system_providers.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "core/flow/provider_lookup.h"
#include "core/oauth/client.h"
#include "core/system/shared_folder.h"
#include "tests/flow/login_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

struct SystemTest : LoginTest {
  TempFolder etc;
  SharedFolder files{etc.path()};
  SystemProviders shared{files, specs};
  AllProviders all_providers{providers, shared};

  ProviderSetupWorld world_of(ProviderStore& store) { return {specs, store, grants, accounts, vault, leases, clock}; }
  // `provider set NAME [--system]`
  Result<ProviderSetup> set(const std::string& name, bool system, ProviderChange change = {}) {
    change.name = name;
    change.system = system;
    return mailmgr::set_provider(change, world_of(system ? static_cast<ProviderStore&>(shared) : all_providers));
  }
  static ProviderChange client(std::string id) {
    ProviderChange change;
    change.client_id = std::move(id);
    return change;
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(etc.file(name)) << text;
    REQUIRE(chmod(etc.file(name).c_str(), 0644) == 0);
  }
};

}  // namespace

TEST_CASE("a provider for all users is found and listed beside a user's own") {
  SystemTest test;
  REQUIRE(test.set("microsoft", true, SystemTest::client("shared-1")));
  REQUIRE(test.set("google", false, SystemTest::client("own-1")));
  CHECK(test.providers.list().value().size() == 1);
  const auto listed = test.all_providers.list().value();
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].client_id == "own-1");
  CHECK_FALSE(listed[0].system);
  CHECK(listed[1].client_id == "shared-1");
  CHECK(listed[1].system);
  CHECK(find_provider("microsoft", test.all_providers).value().system);
}

TEST_CASE("a user's own provider of the same name wins") {
  SystemTest test;
  REQUIRE(test.set("google", true, SystemTest::client("shared-1")));
  REQUIRE(test.set("google", false, SystemTest::client("own-1")));
  CHECK(test.all_providers.find("google").value()->client_id == "own-1");
  CHECK(test.all_providers.list().value().size() == 1);
  REQUIRE(remove_provider("google", false, test.world_of(test.all_providers)));
  CHECK(test.all_providers.find("google").value()->client_id == "shared-1");
}

TEST_CASE("no user's command changes what is set up for all") {
  SystemTest test;
  REQUIRE(test.set("google", true, SystemTest::client("shared-1")));
  ProviderChange narrower;
  narrower.access = AccessLevel::read_only;
  const auto changed = test.set("google", false, narrower);
  CHECK(changed.error().code == Code::usage);
  CHECK(changed.error().hint.find("--system") != std::string::npos);
  const Status removed = remove_provider("google", false, test.world_of(test.all_providers));
  CHECK(removed.error().code == Code::refused);
  CHECK(removed.error().hint == "mailmgr provider unset google --system, as root");
  CHECK(test.all_providers.find("google").value()->access == AccessLevel::full);

  REQUIRE(test.set("google", true, narrower));
  CHECK(test.all_providers.find("google").value()->access == AccessLevel::read_only);
  CHECK(test.all_providers.find("google").value()->client_id == "shared-1");
  REQUIRE(remove_provider("google", true, test.world_of(test.shared)));
  CHECK_FALSE(test.all_providers.find("google").value());
}

TEST_CASE("a desktop client's secret is written for all, with a warning, and used without a key") {
  SystemTest test;
  ProviderChange change = SystemTest::client("shared-1");
  change.client_secret = Secret("GOCSPX-1");
  const auto setup = test.set("google", true, change);
  REQUIRE(setup);
  CHECK(std::any_of(setup->warnings.begin(), setup->warnings.end(), [](const std::string& warning) {
    return warning.find("readable by every user") != std::string::npos;
  }));
  const auto config = test.all_providers.find("google").value().value();
  CHECK(config.has_client_secret());
  CHECK(open_client(config, test.specs[0], test.vault).value().client_secret->reveal() == "GOCSPX-1");
  CHECK(test.keys.loads == 0);
}

TEST_CASE("no confidential client is set up for all") {
  SystemTest test;
  ProviderChange microsoft = SystemTest::client("shared-1");
  microsoft.client_secret = Secret("s3cret");
  CHECK(test.set("microsoft", true, microsoft).error().code == Code::usage);
  ProviderChange web = microsoft;
  web.redirect_uri = "http://127.0.0.1:8080/cb";
  const auto refused = test.set("google", true, web);
  CHECK(refused.error().code == Code::usage);
  CHECK(refused.error().hint.find("Desktop app") != std::string::npos);
  CHECK(test.shared.list().value().empty());
}

TEST_CASE("a broken file breaks that provider alone, and says which file and why") {
  SystemTest test;
  REQUIRE(test.set("microsoft", true, SystemTest::client("shared-1")));
  test.write("google.json", R"({"kind":"google","client_id":"x","colour":"red"})");
  test.write("contoso.json", R"({"kind":"microsoft","client_id":"x","tenant":"a/../b"})");
  CHECK(test.all_providers.list().value().size() == 1);
  const Error error = find_provider("google", test.all_providers).error();
  CHECK(error.code == Code::config);
  CHECK(error.message == "reading " + test.etc.file("google.json") + ": \"colour\" is not a setting");
  CHECK(find_provider("contoso", test.all_providers).error().message.find("--tenant") != std::string::npos);
  CHECK(test.all_providers.broken().value().size() == 2);

  // A user helps themselves, an administrator repairs or removes it.
  REQUIRE(test.set("google", false, SystemTest::client("own-1")));
  CHECK(test.all_providers.broken().value().size() == 1);
  CHECK(test.all_providers.find("google").value()->client_id == "own-1");
  REQUIRE(test.set("google", true, SystemTest::client("shared-2")));
  CHECK(test.shared.find("google").value()->client_id == "shared-2");
  REQUIRE(remove_provider("contoso", true, test.world_of(test.shared)));
  CHECK(test.all_providers.broken().value().empty());
}

TEST_CASE("attack 46: a file that others may write to is not trusted, and the hint repairs it") {
  SystemTest test;
  REQUIRE(test.set("google", true, SystemTest::client("shared-1")));
  REQUIRE(chmod(test.etc.file("google.json").c_str(), 0666) == 0);
  const Error error = test.all_providers.find("google").error();
  CHECK(error.code == Code::config);
  CHECK(error.hint.find("chmod go-w " + test.etc.file("google.json")) != std::string::npos);
}

TEST_CASE("a name is no path, and files that are not named like providers are none") {
  SystemTest test;
  test.write("README", "for administrators");
  test.write(".hidden.json", "{}");
  test.write("a b.json", "{}");
  CHECK(test.shared.names().empty());
  CHECK_FALSE(test.shared.find("../google").value());
  CHECK(remove_provider("../google", true, test.world_of(test.shared)).error().code == Code::not_found);
}

TEST_CASE("people log in through a provider for all users as through their own") {
  SystemTest test;
  ProviderChange change = SystemTest::client("shared-1");
  change.client_secret = Secret("GOCSPX-1");
  REQUIRE(test.set("google", true, change));
  test.answer_login("a@b.test");
  LoginWorld world{test.specs,
                   test.all_providers,
                   test.grants,
                   test.accounts,
                   test.vault,
                   test.leases,
                   test.listeners,
                   test.browser,
                   test.clock,
                   test.random,
                   [&](const ProviderConfig&) -> HttpClient& { return test.http; }};
  const auto result = login(test.request, world, test.front, Stop());
  REQUIRE(result);
  CHECK(result->account.provider == "google");
  CHECK(sent(test.http, 0, "client_secret") == "GOCSPX-1");
}
