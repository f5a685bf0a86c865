// Changing mail that somebody else changes too, or that a sync brings here meanwhile.
#include <doctest/doctest.h>

#include "core/flow/edit.h"
#include "tests/flow/edit_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

using Place = EditOrder::Place;

}  // namespace

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
