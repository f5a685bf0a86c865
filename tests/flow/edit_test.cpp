// Changing mail ends in the state that was asked for, at the provider and here, whatever goes wrong on the way.
#include "core/flow/edit.h"

#include <doctest/doctest.h>

#include "tests/flow/edit_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

using Place = EditOrder::Place;

std::string put_mail(EditedMailbox& world, int number, const std::string& folder = "inbox") {
  return world.box.deliver_id(mail(number), fmt::format(R"("folder":"{}","unread":true)", folder));
}

// Nothing differs, and a sync, also one that lists everything again, finds nothing to do.
void check_settled(EditedMailbox& world) {
  CHECK(world.difference() == "");
  for (const bool full : {false, true}) {
    const auto report = world.sync(full);
    CHECK(report.changed == 0);
    CHECK(report.deleted == 0);
    CHECK(report.fetched == 0);
    CHECK(report.complete);
  }
  CHECK(world.difference() == "");
}

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

TEST_CASE("what somebody else moved meanwhile is left alone, told, and known here afterwards") {
  for (const auto kind : kKinds) {
    for (const auto place : {Place::archive, Place::trash, Place::destroy}) {
      CAPTURE(to_string(kind));
      CAPTURE(static_cast<int>(place));
      EditedMailbox world(kind);
      const auto moved = put_mail(world, 1);
      put_mail(world, 2);
      REQUIRE(world.sync().complete);
      const auto targets = world.all_targets();
      move(world, moved, "spam");
      const auto done = world.edit(order_to(place), targets);
      REQUIRE_FALSE(done);
      CHECK(done.error().code == Code::partial);
      CHECK(world.told.at(moved).error().code == Code::partial);
      CHECK(world.remote().at("<1@example.org>") == "unread in spam as ");
      CHECK(world.local().at("<1@example.org>") == "unread in spam as ");
      CHECK(world.remote().size() == (place == Place::destroy ? 1 : 2));
      CHECK(world.difference() == "");
      // Now that it is known, the same is no conflict any more.
      REQUIRE(world.edit(order_to(place), world.target(moved)));
      REQUIRE(world.sync().complete);
      check_settled(world);
    }
  }
}

TEST_CASE("marks and labels do not care where somebody else has put a message meanwhile") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    const auto moved = put_mail(world, 1);
    put_mail(world, 2);
    REQUIRE(world.sync().complete);
    move(world, moved, "spam");
    CHECK(world.edit(order_unread(false), world.all_targets()));
    CHECK(world.remote().at("<1@example.org>") == "in spam as ");
    REQUIRE(world.sync().complete);
    check_settled(world);
  }
}

TEST_CASE("a message that is gone at the provider is told, and the others are changed") {
  for (const auto kind : kKinds) {
    for (const bool moves : {false, true}) {
      CAPTURE(to_string(kind));
      CAPTURE(moves);
      EditedMailbox world(kind);
      const auto gone = put_mail(world, 1);
      put_mail(world, 2);
      REQUIRE(world.sync().complete);
      world.box.control("delete", id_json(gone));
      const auto done = world.edit(moves ? order_to(Place::trash) : order_unread(false), world.all_targets());
      REQUIRE_FALSE(done);
      CHECK(done.error().code == Code::partial);
      CHECK(exit_class(world.told.at(gone).error().code).code == Code::not_found);
      CHECK(world.remote().at("<2@example.org>") == (moves ? "unread in trash as " : "in inbox as "));
      CHECK(world.local().at("<2@example.org>") == world.remote().at("<2@example.org>"));
      // Alone it is what the whole comes to.
      CHECK(world.edit(order_unread(true), world.target(gone)).error().code != Code::partial);
      CHECK(world.sync().deleted == 1);
      check_settled(world);
    }
  }
}

TEST_CASE("a category that somebody else adds between reading and writing is not lost") {
  EditedMailbox world(ProviderKind::microsoft);
  const auto id = put_mail(world, 1);
  world.box.control("label", nlohmann::json{{"id", id}, {"label", "Urgent"}}.dump());
  REQUIRE(world.sync().complete);
  int requests = 0;
  world.box.http.between_requests([&] {
    if (++requests == 2) world.box.control("label", nlohmann::json{{"id", id}, {"label", "Blue"}}.dump());
  });
  const auto done = world.edit(world.labels({{}, {"Urgent"}}), world.target(id));
  world.box.http.between_requests(nullptr);
  CHECK(done);
  CHECK(requests == 4);  // read, refused, read, written
  CHECK(world.remote().at("<1@example.org>") == "unread in inbox as Blue");
  check_settled(world);
}

TEST_CASE("what a sync read before a change and stores after it does not undo the change in the end") {
  for (const auto kind : kKinds) {
    for (int at = 1; at <= 4; ++at) {
      CAPTURE(to_string(kind));
      CAPTURE(at);
      EditedMailbox world(kind);
      const auto id = put_mail(world, 1);
      REQUIRE(world.sync().complete);
      const auto targets = world.all_targets();
      // Something is on its way that a sync will tell of: the message in its old place, with another mark.
      world.box.control("mark", nlohmann::json{{"id", id}, {"starred", true}}.dump());
      SandboxHttp own_http(world.box.sandbox);
      ProviderDeps deps = world.full_deps();
      const auto own_store = world.open();
      SandboxTokens own_tokens(own_http, world.box.spec, world.box.endpoints, world.box.email,
                               world.box.spec.scopes(AccessLevel::full, {}));
      REQUIRE(own_tokens.get({}));
      const ProviderDeps own{own_http, own_tokens, deps.clock, deps.random, deps.endpoints};
      const auto curator = world.box.spec.curator(own);
      int requests = 0;
      EditOrder order = order_to(Place::archive);
      order.unread = false;
      world.box.http.after_requests([&] {
        if (++requests != at) return;
        CHECK(edit_messages({world.account, world.grant, world.box.spec, order, targets},
                            {*curator, own_store->edits(), own_store->sync()}, nullptr, {}));
      });
      (void)world.sync();
      world.box.http.after_requests(nullptr);
      if (requests < at) continue;
      REQUIRE(world.sync().complete);
      CHECK(world.local().at("<1@example.org>") == "starred in archive as ");
      check_settled(world);
    }
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

TEST_CASE("what is moved, and synced here, while a person is still asked is not changed as if it had stayed") {
  for (const auto kind : kKinds) {
    for (const auto place : {Place::destroy, Place::trash}) {
      CAPTURE(to_string(kind));
      EditedMailbox world(kind);
      const auto moved = put_mail(world, 1);
      put_mail(world, 2);
      REQUIRE(world.sync().complete);
      const auto chosen = world.target(moved);
      move(world, moved, "spam");
      REQUIRE(world.sync().complete);
      const auto done = world.edit(order_to(place), chosen);
      REQUIRE_FALSE(done);
      CHECK(done.error().code == Code::partial);
      CHECK(world.remote().at("<1@example.org>") == "unread in spam as ");
      check_settled(world);
    }
  }
}

TEST_CASE("what is already as it is to be is no conflict, whoever did it") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    EditedMailbox world(kind);
    const auto id = put_mail(world, 1);
    REQUIRE(world.sync().complete);
    const auto chosen = world.target(id);
    move(world, id, "archive");
    CHECK(world.edit(order_to(Place::archive), chosen));
    REQUIRE(world.sync().complete);
    check_settled(world);
  }
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
