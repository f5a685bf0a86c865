// Folders and labels that are made, renamed, coloured and deleted from here are so at the provider and in the store.
#include "core/flow/folder_change.h"

#include <doctest/doctest.h>

#include "core/flow/export.h"
#include "tests/flow/folder_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

TEST_CASE("folders are made within each other, renamed with what is below them, moved and deleted") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    REQUIRE(made(world, "Projects"));
    const auto now = made(world, "Projects/Now");
    if (!now) FAIL(now.error().message);
    CHECK(now->path == "Projects/Now");
    check_folders(world);
    CHECK(made(world, "projects").error().code == Code::refused);
    CHECK(made(world, "inbox").error().code == Code::refused);
    CHECK(made(world, "A//B").error().code == Code::usage);

    const auto id = world.box.deliver_id(mail(1));
    REQUIRE(world.sync_all().complete);
    REQUIRE(world.edit(world.move_to("Projects/Now"), world.target(id)));
    REQUIRE(renamed(world, "Projects", "Plans"));
    CHECK(world.difference() == "");
    check_folders(world);
    REQUIRE(renamed(world, "Plans/Now", "Later"));
    CHECK(world.difference() == "");
    check_folders(world);
    CHECK(renamed(world, "Nothing", "Later").error().code == Code::not_found);
    CHECK(renamed(world, "Later", "Plans").error().code == Code::refused);
    CHECK(renamed(world, "inbox", "Other").error().code == Code::refused);

    REQUIRE(made(world, "Plans/Next"));
    CHECK(dropped(world, "Plans").error().code == Code::refused);  // with something in it
    REQUIRE(dropped(world, "Plans/Next"));
    REQUIRE(dropped(world, "Plans"));
    check_folders(world);
    // With mail in it: on Gmail only the label goes.
    REQUIRE(dropped(world, "Later"));
    CHECK(world.difference() == "");
    CHECK(world.local().size() == (kind == ProviderKind::google ? 1 : 0));
    check_folders(world);
    CHECK(dropped(world, "Later").error().code == Code::not_found);
  }
}

TEST_CASE("folders are made, renamed and deleted by names that differ in case alone from those that there are") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    REQUIRE(made(world, "\u00c4pfel/Rot"));
    CHECK(made(world, "\u00e4PFEL/rot").error().code == Code::refused);
    REQUIRE(made(world, "Obst"));
    CHECK(renamed(world, "obst", "\u00e4pfel/rot").error().code == Code::refused);
    REQUIRE(renamed(world, "\u00e4pfel/rot", "\u00c4pfel/ROT"));
    check_folders(world);
    REQUIRE(dropped(world, "\u00e4PFEL/Rot"));
    check_folders(world);
  }
}

TEST_CASE("the folders above are written as they are, in whatever letters they were named") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    REQUIRE(made(world, "Lists"));
    REQUIRE(made(world, "lists/a"));
    REQUIRE(made(world, "Other"));
    REQUIRE(renamed(world, "Other", "LISTS/b"));
    check_folders(world);
    CHECK(dropped(world, "Lists").error().code == Code::refused);
    REQUIRE(renamed(world, "Lists", "Letters"));
    CHECK(made(world, "Letters/a").error().code == Code::refused);
    CHECK(made(world, "Letters/b").error().code == Code::refused);
    check_folders(world);
    if (kind == ProviderKind::google) continue;  // whose labels may be within themselves
    const auto into_itself = world.change_folders(false, [&](FolderRequest request, const auto& folders) {
      request.dry_run = true;
      return change_folder(request, "Letters", "letters/c", "", folders, {});
    });
    REQUIRE_FALSE(into_itself);
    CHECK(into_itself.error().code == Code::usage);
  }
}

TEST_CASE("a folder gets no name that stands for one of the provider's own") {
  for (const auto kind : kKinds) {
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    for (const bool label : {false, true}) {
      const auto refused = made(world, "Archive", "", label);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == Code::refused);
      CHECK(refused.error().message.find("already") == std::string::npos);
    }
  }
}

TEST_CASE("a folder within one that there is not is made with it") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    REQUIRE(made(world, "One/Two/Three"));
    check_folders(world);
  }
}

TEST_CASE("mail that was put into a new folder is found again when somebody deletes that before the next sync") {
  for (const bool here : {false, true}) {
    EditedMailbox world(ProviderKind::microsoft);
    const auto id = world.box.deliver_id(mail(1));
    REQUIRE(world.sync_all().complete);
    REQUIRE(made(world, "New"));
    REQUIRE(world.edit(world.move_to("New"), world.target(id)));
    if (here) {
      REQUIRE(dropped(world, "New"));
    } else {
      world.box.control("delete_folder", R"({"name":"New"})");
      REQUIRE(world.sync_all().complete);
    }
    CHECK(world.difference() == "");
    check_folders(world);
  }
}

TEST_CASE(
    "a folder that was made from here leaves all mail here, and one that a sync has listed does once it is read") {
  EditedMailbox world(ProviderKind::microsoft);
  put_mail(world, 1);
  REQUIRE(world.sync_all().complete);
  const auto all_here = [&] { return is_all_here(world.account, world.store->sync()).value(); };
  REQUIRE(all_here());
  REQUIRE(made(world, "Empty"));
  CHECK(all_here());
  REQUIRE(renamed(world, "Empty", "Still empty"));
  CHECK(all_here());
  // A sync that ends before it reads the folder.
  const auto list_folders = [&] {
    const auto listed = world.box.spec.mailbox(world.full_deps())->refresh({}, {}).value();
    REQUIRE(world.store->sync().save_folders(kAccount, listed.folders, world.box.clock.now()));
  };
  list_folders();
  CHECK_FALSE(all_here());
  REQUIRE(renamed(world, "Still empty", "Renamed"));
  CHECK_FALSE(all_here());
  REQUIRE(world.sync_all().complete);
  CHECK(all_here());
  world.box.control("create_folder", R"({"name":"Theirs"})");
  list_folders();
  CHECK_FALSE(all_here());
}

TEST_CASE("labels have colours, by common names and by the provider's own words") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    const bool google = kind == ProviderKind::google;
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    CHECK(made(world, "Red", "red", true).value().color == (google ? "#fb4c2f" : "preset0"));
    CHECK(made(world, "Own", google ? "#CC3A21" : "preset24", true).value().color == (google ? "#cc3a21" : "preset24"));
    check_folders(world);
    const auto refused = made(world, "Odd", "#123456", true);
    CHECK(refused.error().code == Code::usage);
    CHECK(refused.error().hint.find(google ? "#fb4c2f" : "cranberry") != std::string::npos);
    REQUIRE(renamed(world, "Red", std::nullopt, "dark-blue", true));
    check_folders(world);
    if (google) continue;
    CHECK(made(world, "Folder", "red").error().code == Code::refused);
    CHECK(renamed(world, "Red", "Green", "", true).error().code == Code::refused);  // messages carry the name
    REQUIRE(renamed(world, "Red", std::nullopt, "none", true));
    check_folders(world);
  }
}

TEST_CASE("a label that is deleted goes off mail on Gmail; on Outlook mail keeps the word") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    const auto id = world.box.deliver_id(mail(1));
    REQUIRE(world.sync_all().complete);
    REQUIRE(made(world, "Urgent", "red", true));
    REQUIRE(world.edit(world.labels({{"Urgent"}, {}}), world.target(id)));
    REQUIRE(dropped(world, "Urgent", true));
    CHECK(world.difference() == "");
    CHECK(world.local().at("<1@example.org>").ends_with("as Urgent") == (kind == ProviderKind::microsoft));
    REQUIRE(world.sync_all().complete);
    CHECK(world.difference() == "");
  }
}

TEST_CASE("Outlook's categories need more of the login, and the error names it") {
  EditedMailbox world(ProviderKind::microsoft);
  REQUIRE(world.sync().complete);
  world.grant.scopes.erase("MailboxSettings.ReadWrite");
  const auto refused = made(world, "Urgent", "", true);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::auth_required);
  CHECK(refused.error().hint.find("--with settings") != std::string::npos);
  CHECK(made(world, "A folder"));
}

TEST_CASE("a sync without the right to read settings keeps the categories that mail carries") {
  EditedMailbox world(ProviderKind::microsoft);
  const auto id = world.box.deliver_id(mail(1));
  REQUIRE(world.sync_all().complete);
  REQUIRE(made(world, "Urgent", "red", true));
  REQUIRE(made(world, "Unused", "red", true));
  REQUIRE(world.edit(world.labels({{"Urgent"}, {}}), world.target(id)));
  REQUIRE(world.sync().complete);
  CHECK(world.difference() == "");
  REQUIRE(world.sync_all().complete);
  CHECK(world.difference() == "");
  check_folders(world);
}

TEST_CASE("a dry run checks everything and makes nothing") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    const auto before = world.box.control("state");
    const auto planned = world.change_folders(true, [&](FolderRequest request, const auto& folders) {
      request.dry_run = true;
      return create_folder(request, "Urgent", "red", folders, {});
    });
    CHECK(planned);
    CHECK(world.box.control("state") == before);
    check_folders(world);
  }
}

TEST_CASE("what the provider has in a folder decides whether it is deleted, and is what is asked about") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    REQUIRE(made(world, "Plans"));
    world.box.deliver_id(mail(1), R"("folder":"Plans")");  // not known here
    if (kind == ProviderKind::microsoft) {
      world.box.control("create_folder", R"({"name":"Plans/Now"})");
      const auto refused = dropped(world, "Plans");
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == Code::refused);
      world.box.control("delete_folder", R"({"name":"Plans/Now"})");
    }
    std::vector<std::uint64_t> asked;
    const auto drop = [&](const Status& answer, bool dry_run = false) {
      return world.change_folders(false, [&](FolderRequest request, const auto& folders) {
        request.dry_run = dry_run;
        const auto question = [&](const Folder& folder, const FolderContent& content) {
          CHECK(folder.path == "Plans");
          asked.push_back(content.messages);
          return answer;
        };
        return delete_folder(request, "Plans", folders, {}, question);
      });
    };
    CHECK(drop({}, true));
    CHECK(asked.empty());
    const auto kept = drop(Error{Code::usage, "no"});
    REQUIRE_FALSE(kept);
    CHECK(kept.error().code == Code::usage);
    check_folders(world);
    CHECK(drop({}));
    CHECK(asked == std::vector<std::uint64_t>{1, 1});
    check_folders(world);
  }
}

TEST_CASE("a folder that somebody deleted already is deleted here too") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    REQUIRE(made(world, "Plans"));
    world.box.control("delete_folder", R"({"name":"Plans"})");
    CHECK(dropped(world, "Plans"));
    check_folders(world);
  }
}

TEST_CASE("labels within a label are renamed before it, and the same command goes on with those that were not") {
  EditedMailbox world(ProviderKind::google);
  REQUIRE(world.sync_all().complete);
  for (const std::string name : {"Old", "Old/A", "Old/B", "Old/C", "New/B"}) REQUIRE(made(world, name));
  const auto before = described(world.folders());
  CHECK(renamed(world, "Old", "New").error().code == Code::refused);  // "New/B" is taken
  CHECK(described(world.folders()) == before);
  check_folders(world);
  REQUIRE(dropped(world, "New/B"));

  const std::vector<std::pair<std::string, std::string>> renames = {
      {"Old", "New"}, {"New", "New/Within"}, {"New/Within", "New"}, {"New", "NEW"}};
  for (const auto& rename : renames) {
    const auto& from = rename.first;
    const auto& to = rename.second;
    CAPTURE(to);
    world.box.control_all("/_sandbox/faults",
                          R"({"match":{"method":"PATCH","path":"/labels/","nth":2},"action":{"status":400}})");
    const auto ended = renamed(world, from, to);
    REQUIRE_FALSE(ended);
    CHECK(ended.error().code == Code::partial);
    CHECK(ended.error().hint.find("same command") != std::string::npos);
    check_folders(world);
    world.box.remove_faults();
    REQUIRE(renamed(world, from, to));
    check_folders(world);
    std::set<std::string> labels;
    for (const auto& folder : world.folders()) {
      if (folder.kind == Folder::Kind::label) labels.insert(folder.path);
    }
    CHECK(labels == std::set<std::string>{to, to + "/A", to + "/B", to + "/C"});
  }
}

TEST_CASE("a folder or label whose answer was lost is in the store; of one that is not there the error says so") {
  constexpr const char* kCreating = "(labels|mailFolders|childFolders|masterCategories)$";
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    REQUIRE(world.sync_all().complete);
    const auto creating_fails = [&](const std::string& more) {
      world.box.control_all("/_sandbox/faults",
                            fmt::format(R"({{"match":{{"method":"POST","path":"{}"}},{}}})", kCreating, more));
    };
    creating_fails(R"("action":"reset_after")");
    CHECK(made(world, "One/Two/Three"));
    CHECK(made(world, "Red", "red", true));
    world.box.remove_faults();
    check_folders(world);

    const auto before = described(world.folders());
    for (const bool label : {false, true}) {
      creating_fails(R"("action":"reset_before","times":1)");
      const auto unclear = made(world, "Other", "", label);
      REQUIRE_FALSE(unclear);
      CHECK(exit_class(unclear.error().code).exit_code == 7);
      CHECK(unclear.error().hint.find("mailmgr folder list") != std::string::npos);
      CHECK(described(world.folders()) == before);
      // As the hint says: it is not there, so the same again.
      REQUIRE(world.sync_all().complete);
      CHECK(described(world.folders()) == before);
      CHECK(made(world, "Other", "", label));
      check_folders(world);
      CHECK(dropped(world, "Other", label));
    }
  }
}
