// From a store to a backup and back, in process: what a restored home has, and what it refuses.
#include "core/flow/backup.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/flow/restore.h"
#include "core/system/key_file.h"
#include "core/system/restore_installation.h"
#include "core/vault/vault.h"
#include "store/store.h"
#include "store/store_copies.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
namespace fs = std::filesystem;

namespace {

struct TestHome {
  explicit TestHome(std::uint64_t seed) : random(seed) { REQUIRE(paths.prepare()); }

  TempFolder folder;
  Paths paths{folder.file("data"), folder.file("config"), folder.file("state")};
  SeededRandom random;
  KeyFile keys{paths.key_file(), random};
  store::SqliteStoreCopies copies{paths.data};
  RestoreInstallation installation{paths, random};

  std::unique_ptr<store::TokenStore> tokens() const {
    return store::TokenStore::open(paths.data, store::OpenMode::write).value();
  }
  std::unique_ptr<store::MailStore> mail() const {
    return store::MailStore::open(paths.data, store::OpenMode::write).value();
  }
  Result<RestoreReport> restore(RestoreRequest request) {
    return mailmgr::restore(request, {copies, installation}, {}, {});
  }
  // The sealed token of the only grant, opened with the key of this home.
  Result<Secret> token() {
    const auto store = tokens();
    Vault vault(keys, store->vault(), random);
    const auto grant = **store->grants().find(GrantId(1));
    return vault.open(grant.sealed_refresh_token, context());
  }
  static SealContext context() { return {GrantId(1), "google", "client", "origins", SealKind::refresh_token}; }
  bool is_empty() { return copies.is_empty().value(); }
};

// A home with an account, its token and a message to be sent, and a backup of it.
struct World {
  World() {
    const auto tokens = home.tokens();
    GrantRecord grant;
    grant.provider = "google";
    const auto id = tokens->grants().create(grant).value();
    Vault vault(home.keys, tokens->vault(), home.random);
    grant.sealed_refresh_token = vault.seal(Secret("1//refresh"), TestHome::context()).value();
    grant.id = id;
    REQUIRE(tokens->grants().update(grant).value());
    AccountRecord account;
    account.name = account.email = "ada@example.org";
    account.grant = id;
    account.provider = "google";
    REQUIRE(tokens->accounts().add(account));
    OutboxRow row;
    row.account = AccountId(1);
    row.subject = "Report";
    REQUIRE(home.mail()->outbox().add(row, Blob("mime")));
  }
  Result<BackupReport> back_up(bool with_key, Keys* keys = nullptr) {
    BackupRequest request;
    request.output = file;
    request.work_folder = home.folder.file("work");
    request.with_key = with_key;
    request.program = "mailmgr 1.2.3";
    fs::remove_all(request.work_folder);
    fs::create_directory(request.work_folder);
    return mailmgr::back_up(request, {home.copies, keys ? *keys : home.keys, clock}, {}, {});
  }

  FakeClock clock;
  TestHome home{1}, other{2};
  std::string file = home.folder.file("backup.tar.zst");
};

}  // namespace

TEST_CASE_FIXTURE(World, "a backup with its key makes an empty home what the old one was, but for mail to be sent") {
  const auto made = back_up(true);
  REQUIRE_MESSAGE(made, made.error().message);
  CHECK(made->manifest.created == clock.now());
  CHECK(made->contents.accounts == 1);

  const auto restored = other.restore({file});
  REQUIRE_MESSAGE(restored, restored.error().message);
  CHECK(restored->manifest.program == "mailmgr 1.2.3");
  CHECK(restored->key == KeyPlace::restored);
  CHECK(restored->adoption.held == 1);
  CHECK(other.tokens()->accounts().list()->front().name == "ada@example.org");
  CHECK(other.token()->reveal() == "1//refresh");
  CHECK((*other.mail()->outbox().find(OutboxId(1)))->state == OutboxState::held);
  CHECK((*home.mail()->outbox().find(OutboxId(1)))->state == OutboxState::queued);
}

TEST_CASE_FIXTURE(World, "without the key logins are sealed and mail is readable; the right key put back opens them") {
  REQUIRE(back_up(false));
  const auto restored = other.restore({file});
  REQUIRE(restored);
  CHECK_FALSE(restored->key.has_value());
  CHECK(other.mail()->outbox().mime(OutboxId(1))->bytes().value() == "mime");
  CHECK(other.token().error().code == Code::config);
  fs::copy_file(home.paths.key_file(), other.paths.key_file());
  CHECK(other.token()->reveal() == "1//refresh");
}

TEST_CASE_FIXTURE(World, "attack 50: a key that is there already is not replaced by the backup's") {
  REQUIRE(back_up(true));
  REQUIRE(other.keys.load_or_create());
  const std::string before = read_text(other.paths.key_file());
  CHECK(other.restore({file})->key == KeyPlace::other);
  CHECK(read_text(other.paths.key_file()) == before);
  CHECK(other.token().error().code == Code::config);
}

TEST_CASE_FIXTURE(World, "a copy neither takes the logins nor the key, and can have a key of its own") {
  REQUIRE(back_up(true));
  const auto restored = other.restore({file, RestoreAs::copy});
  REQUIRE(restored);
  CHECK_FALSE(restored->key.has_value());
  CHECK_FALSE(fs::exists(other.paths.key_file()));
  const auto tokens = other.tokens();
  const auto grant = **tokens->grants().find(GrantId(1));
  CHECK(grant.sealed_refresh_token.empty());
  CHECK(grant.state == GrantState::needs_login);
  CHECK(Vault(other.keys, tokens->vault(), other.random).prepare());
  CHECK(home.token()->reveal() == "1//refresh");
}

TEST_CASE_FIXTURE(World, "a home that has a store is not restored into") {
  REQUIRE(back_up(false));
  ProviderConfig config;
  config.name = "google";
  REQUIRE(other.tokens()->providers().put(config));
  CHECK(other.restore({file}).error().code == Code::refused);
  CHECK(other.tokens()->accounts().list()->empty());
}

TEST_CASE_FIXTURE(World, "a dry run reads the backup to its end and changes nothing") {
  REQUIRE(back_up(true));
  const auto report = other.restore({file, RestoreAs::move, true});
  REQUIRE(report);
  CHECK(report->contents.accounts == 1);
  CHECK(report->adoption.held == 1);
  CHECK(other.is_empty());
  CHECK_FALSE(fs::exists(other.paths.key_file()));
}

TEST_CASE_FIXTURE(World, "a damaged backup changes nothing") {
  REQUIRE(back_up(true));
  fs::resize_file(file, fs::file_size(file) - 1000);
  const auto restored = other.restore({file});
  REQUIRE_FALSE(restored);
  CHECK(restored.error().code == Code::store);
  CHECK(other.is_empty());
  CHECK_FALSE(fs::exists(other.paths.key_file()));
}

TEST_CASE_FIXTURE(World, "a store without a home's key cannot be backed up with it, and none is made for that") {
  fs::remove(home.paths.key_file());
  CHECK(back_up(true).error().code == Code::config);
  CHECK_FALSE(fs::exists(file));
  CHECK_FALSE(fs::exists(home.paths.key_file()));
  CHECK(back_up(false));
}

TEST_CASE_FIXTURE(World, "there is nothing to back up in an empty home") {
  BackupRequest request;
  request.output = other.folder.file("backup");
  const auto made = mailmgr::back_up(request, {other.copies, other.keys, clock}, {}, {});
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Code::not_found);
  CHECK_FALSE(fs::exists(request.output));
}
