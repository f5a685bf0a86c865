// Drafts that live on under another id keep their rows.
#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

struct Drafts : MailFixture {
  Drafts() { gmail_folders(account); }

  std::int64_t public_id(const std::string& id) { return row(id).id.value; }
  void store_draft(const std::string& id, const std::string& thread, const std::string& body = "text") {
    store({.id = id, .labels = {"DRAFT"}, .body = body, .thread = thread, .draft = true});
  }
  // A page of history as Gmail tells of a save: the new message comes, the old one goes.
  void saved(const std::string& before, const std::string& after, const std::string& thread) {
    auto added = present(after, marks({"DRAFT"}));
    added.thread = ThreadId(thread);
    added.marks.draft = true;
    apply("mailbox", {added, gone(before)});
  }
  std::uint64_t give_up() {
    const auto outcome = sync().remove_gone_drafts(account);
    REQUIRE(outcome);
    return outcome->deleted;
  }
};

TEST_CASE_FIXTURE(Drafts, "a draft that was saved again keeps its public id and gets the new text") {
  store_draft("d1", "t", "first");
  const auto id = public_id("d1");
  saved("d1", "d2", "t");
  CHECK(wanted() == "d2+");
  CHECK(list() == "d1");  // readable until its successor is here
  store_draft("d2", "t", "second");
  CHECK(list() == "d2");
  CHECK(public_id("d2") == id);
  CHECK(find("second in:drafts") == "d2");
  CHECK(find("first in:drafts").empty());
  CHECK(give_up() == 0);
  CHECK(wanted().empty());
}

TEST_CASE_FIXTURE(Drafts, "saving several times between two syncs is one change") {
  store_draft("d1", "t");
  const auto id = public_id("d1");
  saved("d1", "d2", "t");
  saved("d2", "d3", "t");
  CHECK(wanted() == "d3+");
  store_draft("d3", "t");
  CHECK(public_id("d3") == id);
  CHECK(list() == "d3");
}

TEST_CASE_FIXTURE(Drafts, "a draft that was deleted goes once nothing came in its place") {
  store_draft("d1", "t");
  store_draft("other", "t2");
  apply("mailbox", {gone("d1")});
  CHECK(give_up() == 1);
  CHECK(list() == "other");
}

TEST_CASE_FIXTURE(Drafts, "neither other drafts nor other mail of the thread take a draft's place") {
  store_draft("d1", "t");
  apply("mailbox", {gone("d1")});
  store_draft("d9", "t9");
  store({.id = "reply", .labels = {"INBOX"}, .thread = "t"});
  CHECK(give_up() == 1);
  CHECK(list() == "reply d9");
}

TEST_CASE_FIXTURE(Drafts, "a draft that was sent under another id is known by its Message-ID") {
  NewMessage draft = make({.id = "d", .labels = {"DRAFT"}, .draft = true});
  draft.parsed.message_id = "<same@example.org>";
  REQUIRE(sync().store_messages(account, {&draft, 1}, at(kNoon)));
  const auto id = public_id("d");
  const RemoteId missing("d");
  apply("mailbox", {present("s", marks({"SENT"}))});
  REQUIRE(sync().settle_departed(account, {}, {&missing, 1}));
  NewMessage sent = make({.id = "s", .labels = {"SENT"}});
  sent.parsed.message_id = "<same@example.org>";
  REQUIRE(sync().store_messages(account, {&sent, 1}, at(kNoon + 60)));
  CHECK(public_id("s") == id);
  CHECK(join(row("s").folders) == "sent");
  CHECK_FALSE(row("s").draft);
  CHECK(list() == "s");
  CHECK(sync().counts(account)->messages == 1);
}

TEST_CASE_FIXTURE(Drafts, "a draft on its way to its new id survives a restart") {
  store_draft("d1", "t");
  const auto id = public_id("d1");
  saved("d1", "d2", "t");
  reopen();
  store_draft("d2", "t");
  CHECK(public_id("d2") == id);
}

}  // namespace
}  // namespace mailmgr::store
