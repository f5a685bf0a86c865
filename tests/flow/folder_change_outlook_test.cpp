// Outlook's folders, which are within each other and may have slashes in their names, under other names and in other
// places.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/flow/folder_change.h"
#include "tests/flow/folder_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

TEST_CASE("a name that two of Outlook's folders have is refused") {
  EditedMailbox world(ProviderKind::microsoft);
  const auto curator = world.box.spec.curator(world.full_deps());
  REQUIRE(curator->create({Folder::Kind::folder, "A/B", "A/B"}, {}));
  world.box.control("create_folder", R"({"name":"A/B"})");  // B in A
  REQUIRE(world.sync_all().complete);
  const auto known = world.folders();
  const auto check_refused = [](const auto& result) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Code::refused);
    CHECK(result.error().message.find("two folders") != std::string::npos);
  };
  for (const std::string name : {"A/B", "a/b"}) {
    check_refused(order_of_move(name, {known, false}));
    check_refused(dropped(world, name));
    check_refused(renamed(world, name, "C"));
    check_refused(made(world, name + "/C"));
    CHECK(made(world, name).error().code == Code::refused);
    CHECK(order_of_labels({{name}, {}}, {known, false}).error().code == Code::refused);
  }
  check_folders(world);
  CHECK(made(world, "A/C"));
  world.box.control("rename_folder", R"({"name":"A/B","to":"A/D"})");
  REQUIRE(world.sync_all().complete);
  CHECK(dropped(world, "A/B"));
  check_folders(world);
  CHECK(dropped(world, "A/D"));
}

TEST_CASE("one of Outlook's folders that has a slash in its name is renamed where it is") {
  EditedMailbox world(ProviderKind::microsoft);
  const auto curator = world.box.spec.curator(world.full_deps());
  REQUIRE(curator->create({Folder::Kind::folder, "A/B", "A/B"}, {}));
  REQUIRE(world.sync_all().complete);
  world.box.http.forget_requests();
  REQUIRE(renamed(world, "A/B", "C"));
  for (const auto& request : world.box.http.requests()) CHECK(request.find("/move") == std::string::npos);
  check_folders(world);

  // A path always means levels: this puts it into A, which is made.
  REQUIRE(curator->create({Folder::Kind::folder, "A/B", "A/B"}, {}));
  REQUIRE(world.sync_all().complete);
  REQUIRE(renamed(world, "A/B", "A/D"));
  check_folders(world);
  CHECK(dropped(world, "A").error().code == Code::refused);  // there is something in it
  CHECK(dropped(world, "A/D"));
  CHECK(dropped(world, "A"));
}

TEST_CASE("what is in one of Outlook's folders gets its new name, and what only looks so by a slash keeps its own") {
  EditedMailbox world(ProviderKind::microsoft);
  const auto curator = world.box.spec.curator(world.full_deps());
  REQUIRE(curator->create({Folder::Kind::folder, "A/B", "A/B"}, {}));  // at the top
  REQUIRE(curator->create({Folder::Kind::folder, "A/C/D", "A/C/D"}, {}));
  REQUIRE(world.sync_all().complete);
  REQUIRE(made(world, "A/C/E"));
  REQUIRE(renamed(world, "A", "Z"));
  check_folders(world);
  REQUIRE(renamed(world, "Z/C", "Y"));
  check_folders(world);

  // Also where the one above is named in other letters than it has.
  REQUIRE(curator->create({Folder::Kind::folder, "Y/F", "Y/F"}, {}));  // at the top
  REQUIRE(world.sync_all().complete);
  REQUIRE(renamed(world, "Y", "z/y"));
  check_folders(world);
  REQUIRE(renamed(world, "Z/y", "Y"));

  // Nobody can be asked: the next sync tells.
  REQUIRE(made(world, "A"));
  world.box.control_all("/_sandbox/faults", R"({"match":{"path":"batch"},"action":{"status":400}})");
  CHECK(renamed(world, "A", "X"));
  CHECK(renamed(world, "Y", "W"));
  world.box.remove_faults();
  const auto known = world.folders();
  const auto has = [&](const std::string& path) {
    return std::any_of(known.begin(), known.end(), [&](const Folder& folder) { return folder.path == path; });
  };
  CHECK(has("X/B"));
  CHECK(has("W/E"));
  REQUIRE(world.sync_all().complete);
  check_folders(world);
}

TEST_CASE("one of Outlook's folders that was moved and not renamed yet is renamed by the same command") {
  EditedMailbox world(ProviderKind::microsoft);
  REQUIRE(world.sync_all().complete);
  for (const std::string name : {"New", "Old/Folder"}) REQUIRE(made(world, name));
  world.box.control_all("/_sandbox/faults", R"([
    {"match":{"method":"POST","path":"/move$"},"action":"reset_after","times":1},
    {"match":{"method":"PATCH","path":"/mailFolders/"},"action":{"status":400}}])");
  const auto half = renamed(world, "Old/Folder", "New/Name");
  REQUIRE_FALSE(half);
  CHECK(half.error().code == Code::partial);
  CHECK(half.error().hint.find("New/Folder New/Name") != std::string::npos);
  world.box.remove_faults();
  world.box.http.forget_requests();
  CHECK(renamed(world, "Old/Folder", "New/Name"));
  for (const auto& request : world.box.http.requests()) CHECK(request.find("/move") == std::string::npos);
  check_folders(world);
}

TEST_CASE("one of Outlook's folders is moved and renamed in the order in which its names on the way are free") {
  EditedMailbox world(ProviderKind::microsoft);
  REQUIRE(world.sync_all().complete);
  for (const std::string name : {"A/x", "A/z", "B/x", "B/v", "x"}) REQUIRE(made(world, name));
  REQUIRE(renamed(world, "A/x", "B/y"));  // B has an x
  check_folders(world);
  REQUIRE(renamed(world, "B/y", "A/x"));
  REQUIRE(renamed(world, "x", "B/z"));  // from the top
  check_folders(world);
  REQUIRE(renamed(world, "B/v", "A/w"));
  REQUIRE(renamed(world, "A/w", "B/x/z"));  // both are free
  check_folders(world);

  // A has a z, and B an x.
  REQUIRE(dropped(world, "B/z"));
  const auto before = described(world.folders());
  world.box.http.forget_requests();
  const auto refused = renamed(world, "A/x", "B/z");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::refused);
  for (const std::string name : {"B/x", "A/z"}) CHECK(refused.error().message.find(name) != std::string::npos);
  for (const auto& request : world.box.http.requests()) CHECK(request.starts_with("GET "));
  CHECK(described(world.folders()) == before);
  check_folders(world);
}

TEST_CASE("one of Outlook's folders stays where it is while its new name is taken there, known here or not") {
  EditedMailbox world(ProviderKind::microsoft);
  REQUIRE(world.sync_all().complete);
  for (const std::string name : {"A/x", "B/v"}) REQUIRE(made(world, name));
  world.box.control("create_folder", R"({"name":"B/Y"})");
  world.box.http.forget_requests();
  const auto refused = renamed(world, "A/x", "B/y");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::refused);
  CHECK(refused.error().message.find("there is a folder B/y") != std::string::npos);
  for (const auto& request : world.box.http.requests()) CHECK(request.starts_with("GET "));
  REQUIRE(world.sync_all().complete);
  check_folders(world);
}

TEST_CASE("one of Outlook's folders that was renamed and not moved yet is moved by the same command") {
  EditedMailbox world(ProviderKind::microsoft);
  REQUIRE(world.sync_all().complete);
  for (const std::string name : {"New/Folder", "Old/Folder"}) REQUIRE(made(world, name));
  world.box.control_all("/_sandbox/faults", R"({"match":{"method":"POST","path":"/move$"},"action":{"status":400}})");
  const auto half = renamed(world, "Old/Folder", "New/Name");
  REQUIRE_FALSE(half);
  CHECK(half.error().code == Code::partial);
  CHECK(half.error().hint.find("Old/Name New/Name") != std::string::npos);
  world.box.remove_faults();
  CHECK(renamed(world, "Old/Folder", "New/Name"));
  check_folders(world);
}
