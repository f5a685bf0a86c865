// What of a mailbox is synced, against both providers' stand-in: what is out of scope stays away, and what was stored
// is never lost because of it.
#include "core/flow/sync_scope.h"

#include "tests/flow/sync_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

// Message-IDs of what is stored, in order, separated by spaces: "1 2 3".
std::string stored(SyncedMailbox& world) {
  std::set<std::string> ids;
  for (const auto& [id, marks] : world.local()) ids.insert(id.substr(1, id.find('@') - 1));
  return fmt::format("{}", fmt::join(ids, " "));
}

// How many single messages were asked for so far, in batches or alone.
int fetches(SyncedMailbox& world) {
  sandbox::Request ask;
  ask.method = "GET";
  ask.path = "/_sandbox/stats";
  ask.headers = {{"Host", "127.0.0.1"}};
  const auto stats = nlohmann::json::parse(world.box.sandbox.handle(ask).body);
  int count = 0;
  for (const auto* table : {"by_path", "batch_parts_by_path"}) {
    for (const auto& [path, times] : stats[table].items()) {
      if (path.find("/messages/{id}") != std::string::npos) count += times.get<int>();
    }
  }
  return count;
}

std::string in(const std::string& folder) {
  return R"("folder":")" + folder + "\"";
}

std::vector<Folder> outlook_folders() {
  using Kind = Folder::Kind;
  return {{FolderId("i"), Kind::folder, Role::inbox, "Posteingang"},
          {FolderId("a"), Kind::folder, Role::archive, "Archiv"},
          {FolderId("p"), Kind::folder, Role::none, "Projects"},
          {FolderId("pq"), Kind::folder, Role::none, "Projects/Quarry"},
          {FolderId("ps"), Kind::folder, Role::none, "Projects simple"},
          {FolderId("Red"), Kind::label, Role::none, "Red"}};
}

MarksPatch filed(const std::string& folder, std::vector<FolderId> labels = {}) {
  MarksPatch marks;
  marks.folder = FolderId(folder);
  marks.labels = std::move(labels);
  marks.complete = true;
  return marks;
}

}  // namespace

TEST_CASE("folders are named by role, path or label, with their subfolders, and exclude wins") {
  const auto folders = outlook_folders();
  const SyncScope scope({{}, {"INBOX", "projects"}, {"Projects/Quarry"}}, folders);
  CHECK_FALSE(scope.leaves_out(filed("i"), {}));
  CHECK_FALSE(scope.leaves_out(filed("p"), {}));
  CHECK(scope.leaves_out(filed("pq"), {}));
  CHECK(scope.leaves_out(filed("ps"), {}));
  CHECK(scope.leaves_out(filed("a"), {}));
  CHECK(scope.follows(StreamId("i")));
  CHECK_FALSE(scope.follows(StreamId("pq")));
  CHECK_FALSE(scope.follows(StreamId("a")));
  CHECK(scope.follows(StreamId("a stream of no folder")));
}

TEST_CASE("folders and labels of a scope are named in any case, in every alphabet") {
  auto folders = outlook_folders();
  folders.push_back({FolderId("u"), Folder::Kind::folder, Role::none, "\u00dcbersicht"});
  const SyncScope scope({{}, {}, {"\u00fcbersicht", "\u00c4rger"}}, folders);
  CHECK(scope.leaves_out(filed("u"), {}));
  CHECK(scope.leaves_out(filed("i", {FolderId("\u00e4rger")}), {}));
  CHECK_FALSE(scope.leaves_out(filed("i"), {}));
}

TEST_CASE("a label may be anywhere, so every folder is followed for it") {
  const auto folders = outlook_folders();
  const SyncScope scope({{}, {"red"}, {}}, folders);
  CHECK(scope.follows(StreamId("a")));
  CHECK_FALSE(scope.leaves_out(filed("a", {FolderId("Red")}), {}));
  CHECK(scope.leaves_out(filed("a"), {}));
  const SyncScope unlisted({{}, {}, {"Blue"}}, folders);
  CHECK(unlisted.leaves_out(filed("i", {FolderId("Blue")}), {}));
}

TEST_CASE("only what is certain is left out") {
  const SyncScope scope({from_rfc3339("2026-01-01T00:00:00Z"), {"inbox"}, {"red"}}, outlook_folders());
  MarksPatch sparse;
  sparse.unread = true;
  CHECK_FALSE(scope.leaves_out(sparse, {}));
  sparse.add = {FolderId("Red")};
  CHECK(scope.leaves_out(sparse, {}));
  CHECK(scope.leaves_out(filed("i"), from_rfc3339("2025-12-31T23:59:59Z")));
  CHECK_FALSE(scope.leaves_out(filed("i"), from_rfc3339("2026-01-01T00:00:00Z")));
}

TEST_CASE("the text of a scope tells every difference, and that of the whole mailbox is empty") {
  CHECK(ScopeWish{}.text().empty());
  const Time day = from_rfc3339("2026-01-01T00:00:00Z").value();
  const std::vector<ScopeWish> wishes{
      {{}, {}, {}}, {day, {}, {}}, {{}, {"inbox"}, {}}, {{}, {}, {"inbox"}}, {{}, {"inbox", "sent"}, {}}};
  std::set<std::string> texts;
  for (const auto& wish : wishes) texts.insert(wish.text());
  CHECK(texts.size() == wishes.size());
}

TEST_CASE("what is in an excluded folder is never fetched") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.deliver(mail(1));
    world.box.deliver(mail(2), in("spam"));
    world.scope.exclude = {"spam"};
    const SyncReport first = world.sync();
    CHECK(first.complete);
    CHECK(first.fetched == 1);
    CHECK(stored(world) == "1");
    CHECK(fetches(world) == 1);

    world.box.deliver(mail(3), in("spam"));
    world.box.deliver(mail(4));
    CHECK(world.sync().complete);
    CHECK(stored(world) == "1 4");
    CHECK(world.sync().fetched == 0);
  }
}

TEST_CASE("with --include only those folders come, and what moves there later too") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.control("create_folder", R"({"name":"Work"})");
    world.box.control("create_folder", R"({"name":"Work/Now"})");
    world.box.deliver(mail(1), in("Work"));
    world.box.deliver(mail(2), in("Work/Now"));
    const auto later = world.box.deliver_id(mail(3), in("archive"));
    world.box.deliver(mail(4));
    world.scope.include = {"work"};
    CHECK(world.sync().complete);
    CHECK(stored(world) == "1 2");

    world.box.control("move", nlohmann::json{{"id", later}, {"folder", "Work"}}.dump());
    CHECK(world.sync().complete);
    CHECK(stored(world) == "1 2 3");
  }
}

TEST_CASE("the archive can be included and excluded, where it is a folder and where it is not") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.deliver(mail(1), in("archive"));
    world.box.deliver(mail(2));
    world.scope.exclude = {"archive"};
    CHECK(world.sync().complete);
    CHECK(stored(world) == "2");
    world.scope = {{}, {"archive"}, {}};
    CHECK(world.sync().complete);
    CHECK(stored(world) == "1 2");  // what was stored before stays
  }
}

TEST_CASE("mail that leaves the scope is kept, and comes to no harm by listing again") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    const auto leaving = world.box.deliver_id(mail(1));
    world.box.deliver(mail(2), in("trash"));
    world.scope.exclude = {"trash"};
    REQUIRE(world.sync().complete);
    CHECK(stored(world) == "1");
    world.box.control("move", nlohmann::json{{"id", leaving}, {"folder", "trash"}}.dump());
    const SyncReport moved = world.sync();
    CHECK(moved.complete);
    CHECK(moved.deleted == 0);
    CHECK(world.local().begin()->second.find("trash") != std::string::npos);
    world.box.control("expire_cursors");
    CHECK(world.sync().complete);
    CHECK(world.sync(true).complete);
    CHECK(stored(world) == "1");
  }
}

TEST_CASE("what is deleted in scope goes, with folders left out as without") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    const auto doomed = world.box.deliver_id(mail(1));
    const auto missed = world.box.deliver_id(mail(2));
    world.box.deliver(mail(3));
    world.scope = {{}, {"inbox"}, {"spam"}};
    REQUIRE(world.sync().complete);
    world.box.control("delete", nlohmann::json{{"id", doomed}}.dump());
    CHECK(world.sync().deleted == 1);
    world.box.control("delete", nlohmann::json{{"id", missed}}.dump());
    world.box.control("expire_cursors");
    CHECK(world.sync().deleted == 1);
    CHECK(stored(world) == "3");
  }
}

TEST_CASE("a wider scope lists again and fetches only what is missing; a narrower one loses nothing") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.deliver(mail(1), R"("received":"2025-06-01T00:00:00Z")");
    world.box.deliver(mail(2), R"("received":"2025-12-01T00:00:00Z")");
    world.box.deliver(mail(3), R"("received":"2026-01-15T00:00:00Z")");
    world.scope.since = from_rfc3339("2026-01-01T00:00:00Z");
    CHECK(world.sync().fetched == 1);
    world.scope.since = from_rfc3339("2025-11-01T00:00:00Z");
    const SyncReport wider = world.sync();
    CHECK(wider.complete);
    CHECK(wider.fetched == 1);
    world.scope.since.reset();
    CHECK(world.sync().fetched == 1);
    CHECK(stored(world) == "1 2 3");

    world.scope.since = from_rfc3339("2026-01-01T00:00:00Z");
    CHECK(world.sync().complete);
    world.box.control("expire_cursors");
    CHECK(world.sync().complete);
    const SyncReport again = world.sync(true);
    CHECK(again.complete);
    CHECK(again.deleted == 0);
    CHECK(stored(world) == "1 2 3");
    CHECK(world.sync().fetched == 0);
  }
}

TEST_CASE("what was queued and is out of the new scope is not fetched any more") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.deliver(mail(1));
    world.box.deliver(mail(2), in("spam"));
    world.box.control_all("/_sandbox/faults",
                          R"({"match":{"path":"format=raw|[$]value|internetMessageHeaders"},"action":{"status":500}})");
    CHECK(world.sync().remaining == 2);
    world.box.remove_faults();
    world.scope.exclude = {"spam"};
    CHECK(world.sync().complete);
    CHECK(stored(world) == "1");
  }
}

TEST_CASE("a sync in a narrow scope that is cut off anywhere ends where an uninterrupted one does") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    for (int i = 1; i <= 8; ++i) world.box.deliver(mail(i), in(i % 2 == 0 ? "spam" : "inbox"));
    REQUIRE(world.sync().complete);
    for (int i = 9; i <= 12; ++i) world.box.deliver(mail(i), in(i % 2 == 0 ? "spam" : "inbox"));
    world.scope.exclude = {"spam"};
    world.box.control_all("/_sandbox/faults",
                          R"({"match":{"probability":0.1,"path":"gmail/v1|v1.0"},"action":{"status":400}})");
    for (int round = 0; round < 200 && !world.sync().complete; ++round) {
      world.box.clock.advance(std::chrono::hours(25));
    }
    CHECK(stored(world) == "1 11 2 3 4 5 6 7 8 9");
  }
}
