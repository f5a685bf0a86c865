#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

const auto kAt = at(kNoon);

struct Writing : MailFixture {};

NamedSignature imported(const std::string& name, AccountId account) {
  return {name, {"Ada", std::nullopt}, account, kAt};
}

TEST_CASE_FIXTURE(Writing,
                  "a template comes back as it was saved, with parts that are absent and parts that are empty") {
  auto& templates = mail->templates();
  REQUIRE(templates.put({"shipped", {"Order {{id}}", "Dear {{name}}\n", std::nullopt}, kAt}));
  REQUIRE(templates.put({"news", {"", std::nullopt, ""}, kAt}));
  reopen();
  const auto found = mail->templates().find("shipped").value();
  REQUIRE(found);
  CHECK(found->content.subject == "Order {{id}}");
  CHECK(found->content.text == "Dear {{name}}\n");
  CHECK_FALSE(found->content.html);
  CHECK(found->changed == kAt);
  const auto all = mail->templates().list().value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "news");
  CHECK_FALSE(all[0].content.text);
  CHECK(all[0].content.html == "");
  CHECK_FALSE(mail->templates().find("Shipped").value());
}

TEST_CASE_FIXTURE(Writing, "saving under a name replaces; deleting says whether there was something") {
  auto& templates = mail->templates();
  REQUIRE(templates.put({"t", {"one", "text", "html"}, kAt}));
  REQUIRE(templates.put({"t", {"two", "text", std::nullopt}, kAt}));
  CHECK(templates.find("t").value()->content.subject == "two");
  CHECK_FALSE(templates.find("t").value()->content.html);
  CHECK(templates.remove("t").value());
  CHECK_FALSE(templates.remove("t").value());
  CHECK(templates.list().value().empty());
}

TEST_CASE_FIXTURE(Writing, "a signature that is deleted is nobody's default, and an express none stays") {
  auto& signatures = mail->signatures();
  auto& defaults = mail->signature_defaults();
  REQUIRE(signatures.put({"work", {"Ada", "<b>Ada</b>"}, std::nullopt, kAt}));
  REQUIRE(defaults.put({account, "", "work"}));
  REQUIRE(defaults.put({account, "Sales@example.org", ""}));
  REQUIRE(defaults.put({account, "sales@EXAMPLE.org", ""}));
  REQUIRE(defaults.put({account, "ada@example.org", "work"}));
  reopen();
  CHECK(mail->signature_defaults().list().value().size() == 3);  // an address is one, whatever its case
  CHECK(mail->signatures().find("work").value()->content.html == "<b>Ada</b>");
  CHECK(mail->signatures().remove("work").value());
  const auto left = mail->signature_defaults().list().value();
  REQUIRE(left.size() == 1);
  CHECK(left[0].address == "sales@EXAMPLE.org");
  CHECK(left[0].signature.empty());
  REQUIRE(mail->signature_defaults().remove(account, "SALES@example.org"));
  CHECK(mail->signature_defaults().list().value().empty());
}

TEST_CASE_FIXTURE(Writing, "the aliases of an account are replaced together, and keep their order") {
  auto& aliases = mail->aliases();
  const std::vector<Alias> first{{account, "z@example.org", "Ada", "", IdentityState::usable, true, false},
                                 {account, "a@example.org", "", "b@example.org", IdentityState::pending, false, true},
                                 {account, "u@example.org", "", "", IdentityState::unproven, false, false}};
  REQUIRE(aliases.replace(account, first));
  REQUIRE(aliases.replace(AccountId(2), {{AccountId(2), "other@example.com"}}));
  reopen();
  auto all = mail->aliases().list().value();
  REQUIRE(all.size() == 4);
  CHECK((std::vector<Alias>(all.begin(), all.begin() + 3) == first));
  REQUIRE(mail->aliases().replace(account, {{account, "new@example.org"}}));
  all = mail->aliases().list().value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].email == "new@example.org");
}

TEST_CASE_FIXTURE(Writing, "a draft keeps every version that differs, and the last one counts") {
  auto& drafts = mail->local_drafts();
  LocalDraft draft{.account = account,
                   .sender = "ada@example.org",
                   .recipients = "bob@example.com",
                   .kind = LocalDraftKind::reply,
                   .original = MessageId(7),
                   .updated = kAt};
  const std::string binary{"To: bob\0\xff\n", 10};
  draft.id = drafts.create(draft, binary).value();
  CHECK(drafts.save_version(draft, binary).value() == 1);
  draft.updated = at(kNoon + 5);
  draft.recipients = "carol@example.com";
  draft.account.reset();
  draft.remote_id = "r-1";
  CHECK(drafts.save_version(draft, "second").value() == 2);
  CHECK(drafts.save_version(draft, binary).value() == 3);
  reopen();
  const auto latest = mail->local_drafts().latest(draft.id).value();
  REQUIRE(latest);
  CHECK((latest->latest.content == binary));
  CHECK(latest->latest.version == 3);
  CHECK(latest->latest.saved == at(kNoon + 5));
  CHECK(latest->draft.recipients == "carol@example.com");
  CHECK(latest->draft.remote_id == "r-1");
  CHECK(latest->draft.kind == LocalDraftKind::reply);
  CHECK(latest->draft.original == MessageId(7));
  CHECK_FALSE(latest->draft.account);
}

TEST_CASE_FIXTURE(Writing, "of a draft's versions the first and the last twenty are kept, and can be read") {
  auto& drafts = mail->local_drafts();
  LocalDraft draft{.updated = at(1)};
  draft.id = drafts.create(draft, "1").value();
  for (int version = 2; version <= 30; ++version) {
    draft.updated = at(version);
    REQUIRE(drafts.save_version(draft, std::to_string(version)).value() == version);
  }
  const auto versions = drafts.versions(draft.id).value();
  REQUIRE(versions.size() == 21);
  CHECK(versions.front().version == 30);
  CHECK(versions[19].version == 11);
  CHECK(versions.back().version == 1);
  CHECK(drafts.version(draft.id, 11).value()->content == "11");
  CHECK(drafts.version(draft.id, 11).value()->saved == at(11));
  CHECK_FALSE(drafts.version(draft.id, 10).value());
}

TEST_CASE_FIXTURE(Writing,
                  "drafts are listed last changed first; a deleted one is gone, and its number not used again") {
  auto& drafts = mail->local_drafts();
  const auto old = drafts.create({.sender = "a", .updated = at(1)}, "x").value();
  const auto newer = drafts.create({.sender = "b", .updated = at(2)}, "").value();
  auto list = drafts.list().value();
  REQUIRE(list.size() == 2);
  CHECK(list[0].id == newer);
  CHECK(drafts.latest(newer).value()->latest.content.empty());
  CHECK(drafts.remove(newer).value());
  CHECK_FALSE(drafts.remove(newer).value());
  CHECK_FALSE(drafts.latest(newer).value());
  CHECK(drafts.save_version({.id = newer}, "late").error().code == Code::not_found);
  CHECK(drafts.list().value().size() == 1);
  CHECK(drafts.list().value()[0].id == old);
  CHECK(drafts.create({.sender = "c", .updated = at(3)}, "y").value().value > newer.value);
}

TEST_CASE_FIXTURE(Writing,
                  "purging an account takes its aliases, drafts, choices and imported signatures, and no others") {
  const AccountId other(2);
  REQUIRE(mail->templates().put({"t", {"s", "x", std::nullopt}, kAt}));
  REQUIRE(mail->signatures().put(imported("mine", account)));
  REQUIRE(mail->signatures().put(imported("theirs", other)));
  REQUIRE(mail->signatures().put({"own", {"Ada", std::nullopt}, std::nullopt, kAt}));
  REQUIRE(mail->signature_defaults().put({account, "", "own"}));
  REQUIRE(mail->signature_defaults().put({other, "", "mine"}));
  REQUIRE(mail->signature_defaults().put({other, "x@example.com", "own"}));
  REQUIRE(mail->aliases().replace(account, {{account, "needle@example.org"}}));
  REQUIRE(mail->aliases().replace(other, {{other, "x@example.com"}}));
  const auto draft = mail->local_drafts().create({.account = account}, "needle in a draft").value();
  const auto undecided = mail->local_drafts().create({}, "nobody's").value();

  REQUIRE(mail->sync().purge(account, kParser));
  CHECK(mail->templates().list().value().size() == 1);
  const auto signatures = mail->signatures().list().value();
  REQUIRE(signatures.size() == 2);
  CHECK(signatures[0].name == "own");
  CHECK(signatures[1].name == "theirs");
  const auto defaults = mail->signature_defaults().list().value();
  REQUIRE(defaults.size() == 1);
  CHECK(defaults[0].address == "x@example.com");
  const auto aliases = mail->aliases().list().value();
  REQUIRE(aliases.size() == 1);
  CHECK(aliases[0].account == other);
  CHECK_FALSE(mail->local_drafts().latest(draft).value());
  CHECK(mail->local_drafts().latest(undecided).value());
}

}  // namespace
}  // namespace mailmgr::store
