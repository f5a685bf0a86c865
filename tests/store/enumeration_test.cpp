#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

struct Gmail : MailFixture {
  Gmail() { gmail_folders(account); }
  const StreamId stream{"mailbox"};

  void begin() { REQUIRE(sync().begin_enumeration(account, stream, Cursor("pinned"))); }
  std::uint64_t listed(const std::vector<std::string>& words) {
    std::vector<std::pair<RemoteId, ThreadId>> page;
    for (const auto& word : words) page.emplace_back(RemoteId(word), ThreadId());
    const auto outcome = sync().apply_listing(account, stream, page, ListingPass::wanted, "page");
    REQUIRE(outcome);
    return outcome->wanted;
  }
  void label(const std::string& name, const std::vector<std::string>& words) {
    std::vector<RemoteId> page;
    for (const auto& word : words) page.emplace_back(word);
    REQUIRE(sync().apply_label_listing(account, stream, FolderId(name), page, "labels"));
  }
  PageOutcome finish(bool rebuild = false, std::optional<Time> since = std::nullopt) {
    const auto from = rebuild ? std::optional(Cursor("pinned")) : std::nullopt;
    const auto outcome = sync().finish_enumeration(account, stream, from, since);
    REQUIRE(outcome);
    return *outcome;
  }
};

struct Outlook : MailFixture {
  Outlook() { outlook_folders(account); }
  void snapshot(const std::string& stream) { REQUIRE(sync().begin_enumeration(account, StreamId(stream), Cursor())); }
  static Change filed(const std::string& id, const std::string& folder) {
    auto change = present(id, marks({}));
    change.marks.folder = FolderId(folder);
    return change;
  }
  void store_in(const std::string& id, const std::string& folder) {
    NewMessage message = make({.id = id});
    message.marks = filed(id, folder).marks;
    REQUIRE(sync().store_messages(account, {&message, 1}, at(kNoon)));
  }
};

TEST_CASE_FIXTURE(Gmail, "what a listing leaves out is not wanted by a later page of the same enumeration") {
  const auto page = [](const std::string& id) {
    return std::vector<std::pair<RemoteId, ThreadId>>{{RemoteId(id), ThreadId()}, {RemoteId("in"), ThreadId()}};
  };
  const std::vector<std::pair<RemoteId, ThreadId>> outside{{RemoteId("out"), ThreadId()}};
  begin();
  REQUIRE(sync().apply_listing(account, stream, outside, ListingPass::left_out, "1"));
  CHECK(sync().apply_listing(account, stream, page("out"), ListingPass::seen, "2")->wanted == 0);
  CHECK(sync().apply_listing(account, stream, page("out"), ListingPass::wanted, "3")->wanted == 1);
  CHECK(wanted() == "in");
  finish();
  begin();  // the next enumeration knows nothing of it
  CHECK(sync().apply_listing(account, stream, page("out"), ListingPass::wanted, "1")->wanted == 1);
}

TEST_CASE_FIXTURE(Gmail, "stored mail that is only left out was still seen") {
  store({.id = "kept"});
  begin();
  const std::vector<std::pair<RemoteId, ThreadId>> outside{{RemoteId("kept"), ThreadId()}};
  REQUIRE(sync().apply_listing(account, stream, outside, ListingPass::left_out, "1"));
  finish();
  CHECK(departed().empty());
}

TEST_CASE_FIXTURE(Gmail, "a listing queues what is unknown and remembers how far it got") {
  begin();
  CHECK(listed({"new", "old"}) == 2);
  CHECK(listed({"new", "old"}) == 0);
  reopen();
  const auto position = sync().position(account);
  REQUIRE(position);
  REQUIRE(position->streams.size() == 1);
  CHECK(position->streams[0].cursor == Cursor("pinned"));
  CHECK(position->streams[0].enumerating);
  CHECK(position->streams[0].listing == "page");
  CHECK(position->folders_at == at(kNoon));
  CHECK(wanted() == "new old");
}

TEST_CASE_FIXTURE(Gmail, "mail that a finished listing did not name departs, newer mail does not") {
  store({.id = "kept"});
  store({.id = "deleted"});
  begin();
  listed({"kept"});
  store({.id = "arrived"});  // while the listing ran
  finish();
  CHECK(departed() == "deleted");
  CHECK_FALSE(sync().position(account)->streams[0].enumerating);
}

TEST_CASE_FIXTURE(Gmail, "finishing an enumeration twice concludes nothing") {
  store({.id = "kept"});
  begin();
  listed({"kept"});
  finish();
  finish();
  CHECK(departed().empty());
}

TEST_CASE_FIXTURE(Gmail, "beginning again forgets what an interrupted enumeration saw") {
  store({.id = "deleted"});
  begin();
  listed({"deleted"});
  begin();
  listed({"other"});
  finish();
  CHECK(departed() == "deleted");
}

TEST_CASE_FIXTURE(Gmail, "mail from before the scope that was listed stays") {
  store({.id = "old", .received = kNoon - 1000});
  store({.id = "deleted", .received = kNoon});
  begin();
  finish(false, at(kNoon - 10));
  CHECK(departed() == "deleted");
}

TEST_CASE_FIXTURE(Gmail, "after marks were rebuilt the changes since the listing began are replayed") {
  store({.id = "a", .labels = {"L1"}});
  begin();
  apply("mailbox", {present("a", marks({"L2"}))});  // followed meanwhile, up to a later position
  CHECK(sync().position(account)->streams[0].cursor != Cursor("pinned"));
  listed({"a"});
  finish(true);
  CHECK(sync().position(account)->streams[0].cursor == Cursor("pinned"));
}

TEST_CASE_FIXTURE(Gmail, "rebuilding gives older mail exactly the labels and marks it was listed under") {
  store({.id = "a", .labels = {"INBOX", "L1"}, .unread = true, .files = {"x.pdf"}});
  store({.id = "b", .labels = {"L1"}});
  store({.id = "d", .labels = {}, .starred = true});
  begin();
  listed({"a", "b", "d"});
  store({.id = "b", .labels = {"L2"}, .starred = true});  // brought its own marks meanwhile
  store({.id = "new", .labels = {"L3"}, .unread = true});
  label("L2", {"a"});
  label("SPAM", {"a", "unknown"});
  label("DRAFT", {"d"});
  label("UNREAD", {"d"});
  label("STARRED", {"a"});
  CHECK(finish(true).changed == 2);
  CHECK(join(row("a").folders) == "spam");
  CHECK(join(row("a").labels) == "Work/Old plans");
  CHECK_FALSE(row("a").unread);
  CHECK(row("a").starred);
  CHECK(row("a").has_attachments);
  CHECK(row("d").unread);
  CHECK(row("d").draft);
  CHECK_FALSE(row("d").starred);
  CHECK(join(row("d").folders) == "drafts");
  CHECK(join(row("b").labels) == "Work/Old plans");
  CHECK(row("b").starred);
  CHECK(join(row("new").labels) == "Büro");
  CHECK(row("new").unread);
}

TEST_CASE_FIXTURE(Outlook, "what a finished snapshot did not name departs") {
  store_in("kept", "f-inbox");
  store_in("missing", "f-inbox");
  store_in("elsewhere", "f-archive");
  snapshot("f-inbox");
  apply("f-inbox", {filed("kept", "f-inbox")}, true, true);
  CHECK(departed().empty());  // not before the last page
  CHECK(apply("f-inbox", {filed("new", "f-inbox")}, false, true).wanted == 1);
  CHECK(departed() == "missing");
  CHECK_FALSE(sync().position(account)->streams[0].enumerating);
}

TEST_CASE_FIXTURE(Outlook, "the last page of a snapshot can be applied twice") {
  store_in("kept", "f-inbox");
  snapshot("f-inbox");
  apply("f-inbox", {filed("kept", "f-inbox")}, true, true);
  apply("f-inbox", {filed("new", "f-inbox")}, false, true);
  apply("f-inbox", {filed("new", "f-inbox")}, false, true);
  CHECK(departed().empty());
}

TEST_CASE_FIXTURE(Outlook, "a snapshot continues after a restart") {
  store_in("kept", "f-inbox");
  snapshot("f-inbox");
  apply("f-inbox", {filed("kept", "f-inbox")}, true, true);
  reopen();
  CHECK(sync().position(account)->streams[0].enumerating);
  apply("f-inbox", {}, false, true);
  CHECK(departed().empty());
}

TEST_CASE_FIXTURE(Outlook, "a page that stands alone says nothing about what it does not name") {
  store_in("kept", "f-inbox");
  apply("f-inbox", {filed("new", "f-inbox")});
  CHECK(departed().empty());
}

}  // namespace
}  // namespace mailmgr::store
