// Changing mail ends in the state that was asked for, at the provider and here, whatever goes wrong on the way.
#include "core/flow/edit.h"

#include <doctest/doctest.h>

#include "tests/flow/edit_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

using Place = EditOrder::Place;

std::uint64_t unread_in(EditedMailbox& world, Role role) {
  const auto rows = world.store->reader().folders().value();
  for (const auto& row : rows) {
    if (row.folder.role == role) return row.unread;
  }
  return 0;
}

}  // namespace

TEST_CASE("every change of a message ends in exactly the state asked for, here and at the provider") {
  struct Case {
    const char* name;
    const char* from;
    std::function<EditOrder(EditedMailbox&)> order;
    const char* becomes;  // marks and places
  };
  const auto place = [](Place to) { return [to](EditedMailbox&) { return order_to(to); }; };
  EditOrder star;
  star.starred = true;
  star.unread = false;
  EditOrder read_spam = order_to(Place::spam);
  read_spam.unread = false;
  const std::vector<Case> cases{
      {"read", "inbox", [](EditedMailbox&) { return order_unread(false); }, "in inbox as "},
      {"unread", "inbox", [](EditedMailbox&) { return order_unread(true); }, "unread in inbox as "},
      {"star and read", "trash", [&](EditedMailbox&) { return star; }, "starred in trash as "},
      {"spam", "inbox", place(Place::spam), "unread in spam as "},
      {"spam and read", "inbox", [&](EditedMailbox&) { return read_spam; }, "in spam as "},
      {"no spam", "spam", place(Place::not_spam), "unread in inbox as "},
      {"no spam, which it was not", "archive", place(Place::not_spam), "unread in archive as "},
      {"archive", "inbox", place(Place::archive), "unread in archive as "},
      {"archive from the trash", "trash", place(Place::archive), "unread in archive as "},
      {"archive twice", "archive", place(Place::archive), "unread in archive as "},
      {"trash", "inbox", place(Place::trash), "unread in trash as "},
      {"trash spam", "spam", place(Place::trash), "unread in trash as "},
      {"untrash", "trash", place(Place::untrash), "unread in inbox as "},
      {"untrash what is not there", "inbox", place(Place::untrash), "unread in inbox as "},
      {"move to the inbox", "spam", [](EditedMailbox& w) { return w.move_to("inbox"); }, "unread in inbox as "},
      {"+label", "inbox",
       [](EditedMailbox& w) {
         return w.labels({{"Urgent"}, {}});
       },
       "unread in inbox as Urgent"},
      {"+label -inbox", "inbox",
       [](EditedMailbox& w) {
         return w.labels({{"Urgent"}, {"inbox"}});
       },
       "unread in archive as Urgent"},
      {"+spam", "inbox",
       [](EditedMailbox& w) {
         return w.labels({{"spam"}, {}});
       },
       "unread in spam as "},
      {"-trash", "trash",
       [](EditedMailbox& w) {
         return w.labels({{}, {"trash"}});
       },
       "unread in inbox as "},
  };
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    // Somebody else's message carries the label, so that there is one.
    const auto other = put_mail(world, 999);
    world.box.control("label", nlohmann::json{{"id", other}, {"label", "Urgent"}}.dump());
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < cases.size(); ++i) ids.push_back(put_mail(world, static_cast<int>(i), cases[i].from));
    REQUIRE(world.sync().complete);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      CAPTURE(cases[i].name);
      const auto done = world.edit(cases[i].order(world), world.target(ids[i]));
      if (!done) FAIL_CHECK(done.error().message);
      CHECK(world.told.at(ids[i]));
      const auto key = fmt::format("<{}@example.org>", i);
      CHECK(world.local().at(key) == cases[i].becomes);
      CHECK(world.remote().at(key) == cases[i].becomes);
    }
    check_settled(world);
  }
}

TEST_CASE("a label is taken off, and mail is moved into a folder of one's own") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    const bool by_label = world.box.spec.files_by_label;
    world.box.control("create_folder", R"({"name":"Projects/Now"})");
    const auto id = put_mail(world, 1);
    world.box.control("label", nlohmann::json{{"id", id}, {"label", "Urgent"}}.dump());
    REQUIRE(world.sync().complete);
    REQUIRE(world.edit(world.labels({{}, {"urgent"}}), world.target(id)));
    REQUIRE(world.edit(world.move_to("projects/now"), world.target(id)));
    const auto* state = by_label ? "unread in archive as Projects/Now" : "unread in Projects/Now as ";
    CHECK(world.local().at("<1@example.org>") == state);
    check_settled(world);
    // Out of it again: on Gmail a folder is a label, which stays.
    REQUIRE(world.edit(order_to(Place::trash), world.target(id)));
    CHECK(world.local().at("<1@example.org>") ==
          (by_label ? "unread in trash as Projects/Now" : "unread in trash as "));
    check_settled(world);
  }
}

TEST_CASE("a folder or label is found in whatever case it is named, the one that is written so first") {
  using Kind = Folder::Kind;
  const std::vector<Folder> folders{{FolderId("1"), Kind::folder, Role::none, "\u00c4pfel"},
                                    {FolderId("2"), Kind::folder, Role::none, "\u00e4pfel"},
                                    {FolderId("3"), Kind::folder, Role::none, "\u00dcbersicht"},
                                    {FolderId("4"), Kind::label, Role::none, "\u00c4rger"},
                                    {FolderId("5"), Kind::label, Role::none, "\u00e4rger"}};
  const Places places{folders, false};
  CHECK(order_of_move("\u00fcbersicht", places).value().folder->id == FolderId("3"));
  CHECK(order_of_move("\u00c4pfel", places).value().folder->id == FolderId("1"));
  CHECK(order_of_move("\u00e4pfel", places).value().folder->id == FolderId("2"));
  CHECK(order_of_move("\u00c4PFEL", places).error().code == Code::refused);
  CHECK(order_of_move("Ubersicht", places).error().code == Code::not_found);
  CHECK(order_of_labels({{"\u00e4rger"}, {}}, places).value().order.add.at(0).id == FolderId("5"));
  CHECK(order_of_labels({{"\u00c4RGER"}, {}}, places).value().order.add.at(0).id == FolderId("4"));
  CHECK(order_of_labels({{"\u00c4RGER"}, {"\u00e4rger"}}, places).error().code == Code::usage);
  CHECK(order_of_labels({{"\u00d6l", "\u00f6l"}, {}}, places).value().unknown.size() == 1);
}

TEST_CASE("a message that is deleted for good is gone here at once, and stays so") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    const auto id = put_mail(world, 1);
    put_mail(world, 2);
    REQUIRE(world.sync().complete);
    REQUIRE(world.edit(order_to(Place::destroy), world.target(id)));
    CHECK(world.local().size() == 1);
    CHECK(world.remote().size() == 1);
    CHECK(world.store->reader().count(kAccount).value() == 1);
    check_settled(world);
  }
}

TEST_CASE("the counts of unread mail are right as soon as a change is made") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(put_mail(world, i));
    REQUIRE(world.sync().complete);
    CHECK(unread_in(world, Role::inbox) == 5);
    REQUIRE(world.edit(order_unread(false), world.target(ids[0])));
    CHECK(unread_in(world, Role::inbox) == 4);
    REQUIRE(world.edit(order_to(Place::trash), world.target(ids[1])));
    CHECK(unread_in(world, Role::inbox) == 3);
    CHECK(unread_in(world, Role::trash) == 1);
    CHECK(world.store->reader().unread(kAccount).value() == 3);
    REQUIRE(world.edit(order_to(Place::destroy), world.target(ids[2])));
    CHECK(world.store->reader().unread(kAccount).value() == 2);
  }
}

TEST_CASE("an interruption leaves everything that was done in the store, and says what was not") {
  for (const auto kind : kKinds) {
    for (int at = 1; at <= 3; ++at) {
      CAPTURE(to_string(kind));
      CAPTURE(at);
      EditedMailbox world(kind);
      for (int i = 0; i < 50; ++i) put_mail(world, i);
      REQUIRE(world.sync().complete);
      std::stop_source stop;
      int requests = 0;
      world.box.http.after_requests([&] {
        if (++requests == at) stop.request_stop();
      });
      const auto done = world.edit(order_to(Place::archive), world.all_targets(), Stop(stop.get_token()));
      world.box.http.after_requests(nullptr);
      CHECK(world.told.size() == 50);
      CHECK(world.difference() == "");
      std::size_t left = 0;
      for (const auto& [id, status] : world.told) left += status ? 0 : 1;
      if (left > 0) CHECK(done.error().code == Code::interrupted);
      REQUIRE(world.edit(order_to(Place::archive), world.all_targets()));
      check_settled(world);
    }
  }
}

TEST_CASE("a login that may not change mail, or not delete it for good, is told what login would do") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    const auto id = put_mail(world, 1);
    REQUIRE(world.sync().complete);
    const auto targets = world.target(id);
    world.grant.access = AccessLevel::drafts_only;
    CHECK(world.edit(order_unread(false), targets).error().code == Code::refused);
    world.grant.access = AccessLevel::full;
    world.grant.scopes.erase("https://mail.google.com/");
    const auto done = world.edit(order_to(Place::destroy), targets);
    if (kind == ProviderKind::microsoft) {
      CHECK(done);
      continue;
    }
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Code::auth_required);
    CHECK(done.error().hint.find("--with permanent-delete") != std::string::npos);
    CHECK(world.remote().size() == 1);
  }
}

TEST_CASE("when the provider only lacks patience, the rest is told as that, and the same command goes on") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    for (int i = 0; i < 3; ++i) put_mail(world, i);
    REQUIRE(world.sync().complete);
    world.box.control_all("/_sandbox/faults",
                          R"({"match":{"path":"batch"},"action":{"status":429,"headers":{"Retry-After":"86000"}}})");
    const auto done = world.edit(order_unread(false), world.all_targets());
    CHECK(exit_class(done.error().code).code == Code::try_later);
    CHECK(world.told.size() == 3);
    world.box.remove_faults();
    CHECK(world.edit(order_unread(false), world.all_targets()));
    check_settled(world);
  }
}

TEST_CASE("Gmail: one message that a change is refused for does not keep the others from it") {
  EditedMailbox world(ProviderKind::google);
  const auto other = put_mail(world, 100);
  world.box.control("label", nlohmann::json{{"id", other}, {"label", "Urgent"}}.dump());
  for (int i = 0; i < 9; ++i) put_mail(world, i);
  const auto draft = world.box.deliver_id(own_mail(world, 50), R"("folder":"drafts")");
  REQUIRE(world.sync().complete);
  const auto done = world.edit(world.labels({{"Urgent"}, {}}), world.all_targets());
  CHECK(done.error().code == Code::partial);
  CHECK(world.told.at(draft).error().code == Code::refused);
  std::size_t labelled = 0;
  for (const auto& [id, state] : world.local()) labelled += state.ends_with("Urgent") ? 1 : 0;
  CHECK(labelled == 10);
  check_settled(world);
}

TEST_CASE("Gmail: a label that was deleted meanwhile is named, and nothing is labelled") {
  EditedMailbox world(ProviderKind::google);
  const auto other = put_mail(world, 100);
  world.box.control("label", nlohmann::json{{"id", other}, {"label", "Urgent"}}.dump());
  for (int i = 0; i < 9; ++i) put_mail(world, i);
  REQUIRE(world.sync().complete);
  const auto order = world.labels({{"Urgent"}, {}});
  world.box.control("delete_folder", R"({"name":"Urgent"})");
  const auto done = world.edit(order, world.all_targets());
  CHECK(done.error().code == Code::refused);
  REQUIRE(world.sync().complete);
  check_settled(world);
}

TEST_CASE("a message is put into one place, or taken out of one, at a time") {
  EditedMailbox world(ProviderKind::google);
  put_mail(world, 1);
  REQUIRE(world.sync().complete);
  const auto known = world.folders();
  const auto order = [&](const LabelWords& words) { return order_of_labels(words, {known, true}); };
  CHECK(order({{}, {"inbox", "trash"}}).error().code == Code::usage);
  CHECK(order({{"archive"}, {"inbox"}}));
  CHECK(order({{"new", "New"}, {}})->unknown.size() == 1);
}
