#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

MarksPatch sparse(std::optional<bool> unread, std::optional<bool> starred = std::nullopt) {
  MarksPatch patch;
  patch.unread = unread;
  patch.starred = starred;
  return patch;
}

MarksPatch in_folder(const std::string& folder) {
  MarksPatch patch;
  patch.folder = FolderId(folder);
  return patch;
}

struct Gmail : MailFixture {
  Gmail() { gmail_folders(account); }
};

// Outlook messages are filed in one folder, which has its own stream.
struct Outlook : MailFixture {
  Outlook() { outlook_folders(account); }
  void store_in(const std::string& id, const std::string& folder, std::vector<std::string> categories = {}) {
    NewMessage message = make({.id = id});
    message.marks.folder = FolderId(folder);
    message.marks.labels = ids(categories);
    REQUIRE(sync().store_messages(account, {&message, 1}, at(kNoon)));
  }
  std::string folders_of(const std::string& id) { return join(row(id).folders); }
};

TEST_CASE_FIXTURE(Gmail, "absent fields of a patch leave what is stored as it is") {
  store({.id = "m", .labels = {"INBOX", "L1"}, .unread = true, .starred = true});
  CHECK(apply("mailbox", {present("m", sparse(false))}).changed == 1);
  const auto after = row("m");
  CHECK_FALSE(after.unread);
  CHECK(after.starred);
  CHECK(join(after.folders) == "inbox");
  CHECK(join(after.labels) == "Work");
}

TEST_CASE_FIXTURE(Gmail, "labels are replaced before add and remove apply, folders among them") {
  store({.id = "m", .labels = {"INBOX", "L1"}});
  MarksPatch patch;
  patch.labels = ids({"TRASH", "L2"});
  patch.add = ids({"L3", "L1"});
  patch.remove = ids({"L2"});
  CHECK(apply("mailbox", {present("m", patch)}).changed == 1);
  CHECK(join(row("m").folders) == "trash");
  CHECK(join(row("m").labels) == "Büro Work");
}

TEST_CASE_FIXTURE(Gmail, "a message in no folder is in the archive") {
  store({.id = "m", .labels = {"L1"}});
  CHECK(join(row("m").folders) == "archive");
  CHECK(find("in:archive") == "m");
}

TEST_CASE_FIXTURE(Gmail, "a page that is applied again changes nothing more") {
  store({.id = "m"});
  MarksPatch patch;
  patch.add = ids({"L1"});
  CHECK(apply("mailbox", {present("m", patch), present("new")}).changed == 1);
  const auto again = apply("mailbox", {present("m", patch), present("new")});
  CHECK(again.changed == 0);
  CHECK(again.wanted == 0);
  CHECK(wanted() == "new");
}

TEST_CASE_FIXTURE(Gmail, "a label that no list named appears under its id until the list names it") {
  store({.id = "m", .labels = {"INBOX", "L9"}});
  CHECK(join(row("m").labels) == "L9");
  Folders folders;
  folders.folders = {{FolderId("INBOX"), Folder::Kind::folder, Role::inbox, "INBOX"},
                     {FolderId("L9"), Folder::Kind::label, Role::none, "New"}};
  folders.streams = {StreamId("mailbox")};
  REQUIRE(sync().save_folders(account, folders, at(kNoon)));
  CHECK(join(row("m").labels) == "New");
  CHECK(find("label:new") == "m");
}

TEST_CASE_FIXTURE(Gmail, "a renamed label keeps its messages and a deleted one leaves them") {
  store({.id = "m", .labels = {"INBOX", "L1", "L2"}});
  Folders folders;
  folders.every_label = true;  // as Gmail tells; Outlook's categories stay on mail
  folders.folders = {{FolderId("INBOX"), Folder::Kind::folder, Role::inbox, "INBOX"},
                     {FolderId("L1"), Folder::Kind::label, Role::none, "Renamed"}};
  folders.streams = {StreamId("mailbox")};
  REQUIRE(sync().save_folders(account, folders, at(kNoon)));
  CHECK(join(row("m").labels) == "Renamed");
  CHECK(find("label:work").empty());
}

TEST_CASE_FIXTURE(Gmail, "folders count what is stored and what of it is unread") {
  store({.id = "a", .labels = {"INBOX", "L1"}, .unread = true});
  store({.id = "b", .labels = {"INBOX"}});
  apply("mailbox", {present("c", marks({"INBOX"}, true))});  // known, but not stored yet
  const auto folders = reader().folders();
  REQUIRE(folders);
  CHECK(folders->front().folder.path == "INBOX");  // roles first
  CHECK(folders->front().total == 2);
  CHECK(folders->front().unread == 1);
  apply("mailbox", {present("a", sparse(false)), gone("b")});
  CHECK(reader().folders()->front().total == 1);
  CHECK(reader().folders()->front().unread == 0);
}

TEST_CASE_FIXTURE(Outlook, "a folder replaces the other folder and leaves the categories") {
  store_in("m", "f-inbox", {"Red"});
  CHECK(folders_of("m") == "inbox");
  apply("f-archive", {present("m", in_folder("f-archive"))});
  CHECK(folders_of("m") == "archive");
  CHECK(join(row("m").labels) == "Red");
}

TEST_CASE_FIXTURE(Outlook, "categories are replaced without touching the folder") {
  store_in("m", "f-projects", {"Red"});
  MarksPatch patch;
  patch.labels = ids({"Blue", "Green"});
  apply("f-projects", {present("m", patch)});
  CHECK(folders_of("m") == "Projects/2026");
  CHECK(join(row("m").labels) == "Blue Green");
}

TEST_CASE_FIXTURE(Outlook, "categories survive a list of folders that names no categories") {
  store_in("m", "f-inbox", {"Red"});
  outlook_folders(account);
  CHECK(join(row("m").labels) == "Red");
}

TEST_CASE_FIXTURE(Outlook, "an id that left the folder it is filed in departs") {
  store_in("m", "f-inbox");
  apply("f-inbox", {left("m"), left("unknown")});
  CHECK(departed() == "m");
}

TEST_CASE_FIXTURE(Outlook, "a move departs nothing, whichever folder tells first") {
  store_in("m", "f-inbox");
  SUBCASE("the source first") {
    apply("f-inbox", {left("m")});
    apply("f-archive", {present("m", in_folder("f-archive"))});
  }
  SUBCASE("the destination first") {
    apply("f-archive", {present("m", in_folder("f-archive"))});
    apply("f-inbox", {left("m")});
  }
  SUBCASE("there and back") {
    apply("f-inbox", {left("m"), present("m", sparse(true))});
    CHECK(departed().empty());
    CHECK(folders_of("m") == "inbox");
    return;
  }
  CHECK(departed().empty());
  CHECK(folders_of("m") == "archive");
}

TEST_CASE_FIXTURE(Outlook, "departed messages are settled where they are found or removed") {
  store_in("kept", "f-inbox");
  store_in("deleted", "f-inbox");
  apply("f-inbox", {left("kept"), left("deleted")});
  const std::pair<RemoteId, MarksPatch> found{RemoteId("kept"), in_folder("f-projects")};
  const RemoteId missing("deleted");
  const auto outcome = sync().settle_departed(account, {&found, 1}, {&missing, 1});
  REQUIRE(outcome);
  CHECK(outcome->changed == 1);
  CHECK(outcome->deleted == 1);
  CHECK(departed().empty());
  CHECK(list() == "kept");
  CHECK(folders_of("kept") == "Projects/2026");
}

TEST_CASE_FIXTURE(Outlook, "the messages of a folder that is gone depart and its stream ends") {
  store_in("m", "f-projects");
  store_in("other", "f-inbox");
  Folders folders;
  folders.folders = {{FolderId("f-inbox"), Folder::Kind::folder, Role::inbox, "Posteingang"}};
  folders.streams = {StreamId("f-inbox")};
  REQUIRE(sync().save_folders(account, folders, at(kNoon)));
  CHECK(departed() == "m");
  CHECK(sync().position(account)->streams.size() == 1);
}

TEST_CASE_FIXTURE(Outlook, "a stored draft is fetched again when it is written on or sent") {
  NewMessage draft = make({.id = "d", .draft = true});
  draft.marks.folder = FolderId("f-projects");
  REQUIRE(sync().store_messages(account, {&draft, 1}, at(kNoon)));
  const std::pair<RemoteId, MarksPatch> looked_up{RemoteId("d"), in_folder("f-projects")};
  REQUIRE(sync().settle_departed(account, {&looked_up, 1}, {}));
  CHECK(wanted().empty());  // that says nothing about its content
  // Listed again after the changes were lost, it may be another.
  CHECK(apply("f-projects", {present("d", sparse(std::nullopt))}, false, true).wanted == 1);
  REQUIRE(sync().store_messages(account, {&draft, 1}, at(kNoon)));
  MarksPatch sent = in_folder("f-sent");
  sent.draft = false;
  CHECK(apply("f-sent", {present("d", sent)}).wanted == 1);
  CHECK(wanted() == "d+");
  CHECK(list() == "d");  // readable meanwhile
}

}  // namespace
}  // namespace mailmgr::store
