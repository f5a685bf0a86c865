// What was imported, and the notes that wait for it.
#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

const std::string kHash("\0imported\xff", 10);

}  // namespace

TEST_CASE_FIXTURE(MailFixture, "an import that begins is not known to have arrived until it is done") {
  gmail_folders(account);
  auto& log = mail->imports();
  CHECK_FALSE(log.find(account, kHash).value());
  REQUIRE(log.begin(account, kHash, "<a@b>", at(kNoon)));
  CHECK_FALSE(log.find(account, kHash).value()->remote_id);
  CHECK_FALSE(log.brought(account, "<a@b>", RemoteId("m1")).value());
  REQUIRE(log.done(account, kHash, RemoteId("m1"), {}, at(kNoon)));
  CHECK(log.find(account, kHash).value()->remote_id == RemoteId("m1"));
  CHECK(log.brought(account, "<a@b>", RemoteId("m1")).value());
  CHECK_FALSE(log.brought(account, "<a@b>", RemoteId("m2")).value());
  // Another try that fails takes nothing back.
  REQUIRE(log.begin(account, kHash, "<a@b>", at(kNoon)));
  REQUIRE(log.forget(account, kHash));
  CHECK(log.find(account, kHash).value()->remote_id == RemoteId("m1"));
  CHECK_FALSE(log.find(AccountId(2), kHash).value());
  REQUIRE(log.begin(account, "other", "", at(kNoon)));
  REQUIRE(log.forget(account, "other"));
  CHECK_FALSE(log.find(account, "other").value());
  REQUIRE(sync().purge(account, kParser));
  CHECK_FALSE(log.find(account, kHash).value());
}

TEST_CASE_FIXTURE(MailFixture, "notes of an imported message are its own once a sync brings it, or at once") {
  gmail_folders(account);
  auto& log = mail->imports();
  store({.id = "m2"});
  for (const std::string id : {"m1", "m2"}) {
    REQUIRE(log.begin(account, id, "<" + id + "@b>", at(kNoon)));
    REQUIRE(log.done(account, id, RemoteId(id), {"call " + id, Todo{at(kNoon), at(kNoon), {}}}, at(kNoon)));
  }
  CHECK(row("m2").note == "call m2");
  store({.id = "m1"});
  CHECK(row("m1").note == "call m1");
  CHECK(row("m1").todo);
  CHECK(row("m1").todo_due == at(kNoon));
}

}  // namespace mailmgr::store
