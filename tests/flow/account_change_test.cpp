#include "core/flow/account_change.h"

#include <doctest/doctest.h>

#include "store/store.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

struct ChangeTest {
  TempFolder folder;
  std::unique_ptr<store::TokenStore> tokens = store::TokenStore::open(folder.path(), store::OpenMode::write).value();
  AccountStore& accounts = tokens->accounts();
  AccountRecord ada = added("ada@example.org");
  AccountChange change;
  std::vector<Folder> known{{FolderId("INBOX"), Folder::Kind::folder, Role::inbox, "INBOX"},
                            {FolderId("L1"), Folder::Kind::label, Role::none, "Work"}};

  AccountRecord added(const std::string& email) {
    AccountRecord account;
    account.name = account.email = email;
    account.provider = "google";
    account.id = accounts.add(account).value();
    return account;
  }
  Result<AccountRecord> run() { return change_account(ada, change, known, accounts); }
  AccountRecord stored() { return accounts.list()->front(); }
};

}  // namespace

TEST_CASE("only what is given changes, and it is stored") {
  ChangeTest test;
  test.change.include = std::vector<std::string>{"work", "inbox"};
  test.change.sender_name = "Ada Lovelace";
  REQUIRE(test.run());
  CHECK(test.stored().include == std::vector<std::string>{"work", "inbox"});
  CHECK(test.stored().sender_name == "Ada Lovelace");
  CHECK(test.stored().exclude.empty());
  CHECK_FALSE(test.stored().since);

  test.ada = test.stored();
  test.change = {};
  test.change.set_since = true;
  test.change.since = from_rfc3339("2026-01-01T00:00:00Z");
  test.change.paused = true;
  REQUIRE(test.run());
  CHECK(test.stored().since == test.change.since);
  CHECK(test.stored().state == AccountState::paused);
  CHECK(test.stored().include.size() == 2);

  test.ada = test.stored();
  test.change = {};
  test.change.paused = false;
  test.change.include = std::vector<std::string>();
  REQUIRE(test.run());
  CHECK(test.stored().state == AccountState::active);
  CHECK(test.stored().include.empty());
}

TEST_CASE("a folder that is not there is refused once the folders are known") {
  ChangeTest test;
  test.change.exclude = std::vector<std::string>{"Wrok"};
  CHECK(test.run().error().code == Code::not_found);
  CHECK(test.stored().exclude.empty());
  test.known.clear();
  CHECK(test.run());
  test.change.exclude = std::vector<std::string>{"a\nb"};
  CHECK(test.run().error().code == Code::usage);
  test.change.exclude = std::vector<std::string>{""};
  CHECK(test.run().error().code == Code::usage);
}

TEST_CASE("attack 66: a sender's name with a line break is refused before it can reach a header") {
  ChangeTest test;
  for (const std::string& name : {std::string("Ada\r\nBcc: x@example.org"), std::string("Ada\n"),
                                  std::string("A\0B", 3), std::string("A\u2028B"), std::string("\xff")}) {
    test.change.sender_name = name;
    CHECK(test.run().error().code == Code::usage);
  }
  CHECK(test.stored().sender_name.empty());
}

TEST_CASE("an account that is not connected is not changed") {
  ChangeTest test;
  test.ada.state = AccountState::disconnected;
  test.change.paused = false;
  CHECK(test.run().error().code == Code::refused);
}

TEST_CASE("a new name must be free, and not the address of another account") {
  ChangeTest test;
  test.added("bob@example.org");
  CHECK(rename_account(test.ada, "work", test.accounts)->name == "work");
  CHECK(test.stored().name == "work");
  CHECK(test.stored().email == "ada@example.org");
  CHECK(rename_account(test.ada, "Bob@Example.org", test.accounts).error().code == Code::usage);
  CHECK(rename_account(test.ada, "bob@example.org", test.accounts).error().code == Code::usage);
  CHECK(rename_account(test.ada, "", test.accounts).error().code == Code::usage);
  CHECK(rename_account(test.ada, "-x", test.accounts).error().code == Code::usage);
  CHECK(rename_account(test.ada, "ada@example.org", test.accounts));
}
