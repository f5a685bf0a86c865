// What every provider promises about changing messages (core/ports/curator.h), held against the sandbox: each case runs
// for Google and Microsoft.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/providers/changing.h"

using namespace mailmgr;
using namespace mailmgr::contract;

TEST_CASE("marks are set on many messages in few requests") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    Changing box(kind);
    std::vector<Edit> edits;
    for (int i = 0; i < 45; ++i) {
      Edit edit{box.put(i), {}};
      edit.wish.unread = false;
      edit.wish.starred = i % 3 == 0;
      edits.push_back(edit);
    }
    box.http.forget_requests();
    const auto told = box.apply(edits);
    CHECK(box.outcome);
    CHECK(told.size() == 45);
    for (const auto& [index, edited] : told) {
      CHECK(edited.status);
      CHECK(edited.marks.unread == false);
      const auto row = box.message(edits[index].id);
      CHECK(row["unread"] == false);
      CHECK(row["starred"] == (index % 3 == 0));
    }
    const bool google = kind == ProviderKind::google;
    CHECK(requests_to(box, google ? "/batchModify" : "/$batch") == (google ? 2 : 3));
  }
}

TEST_CASE("messages are moved and destroyed, and what is gone or elsewhere is told of each") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    Changing box(kind);
    const auto moved = box.put(1), elsewhere = box.put(2), gone = box.put(3), destroyed = box.put(4),
               twice = box.put(5);
    const auto position = box.position();
    box.control("move", nlohmann::json{{"id", elsewhere.value}, {"folder", "spam"}}.dump());
    box.control("delete", nlohmann::json{{"id", gone.value}}.dump());
    box.control("delete", nlohmann::json{{"id", twice.value}}.dump());
    Edit destroy{destroyed, {}, true};
    destroy.expected = std::vector<FolderId>{box.roles.at(Role::inbox)};
    Edit again = destroy;
    again.id = twice;
    const auto told = box.apply(
        {box.to(moved, Role::trash), box.to(elsewhere, Role::trash), box.to(gone, Role::trash), destroy, again},
        position);
    CHECK(box.outcome);
    REQUIRE(told.size() == 5);
    CHECK(told.at(0).status);
    CHECK(box.message(moved)["folders"] == nlohmann::json{"trash"});
    CHECK(told.at(1).status.error().code == Code::partial);
    CHECK_FALSE(told.at(1).marks.empty());
    CHECK(box.message(elsewhere)["folders"] == nlohmann::json{"spam"});
    CHECK(told.at(2).status.error().code == Code::gone);
    CHECK(told.at(3).status);
    CHECK(told.at(3).removed);
    CHECK(box.message(destroyed).is_null());
    CHECK(told.at(4).status);  // it is gone, as was asked
    CHECK(told.at(4).removed);
  }
}

TEST_CASE("a change whose answer was lost is made once more, and that does no harm") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    Changing box(kind);
    std::vector<Edit> edits;
    for (int i = 0; i < 5; ++i) edits.push_back(box.to(box.put(i), Role::trash));
    const auto position = box.position();
    box.control_all("/_sandbox/faults",
                    R"({"match":{"path":"batchModify|\\$batch"},"action":"reset_after","times":1})");
    const auto told = box.apply(edits, position);
    CHECK(box.outcome);
    for (const auto& [index, edited] : told) {
      CHECK(edited.status);
      CHECK(box.message(edits[index].id)["folders"] == nlohmann::json{"trash"});
    }
    CHECK(told.size() == 5);
  }
}

TEST_CASE("a page that a portal answers with to everything has changed nothing, and nobody says that it has") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    Changing box(kind);
    const auto made = box.curator->create(wishes_of(kind)[1], {}).value();
    for (int i = 0; i < 3; ++i) box.put(i);
    const auto state = box.control("state");
    const auto messages = nlohmann::json::parse(state)["messages"];
    for (const std::string action : {"html", "malformed_json"}) {
      std::vector<std::vector<Edit>> all(2);
      for (const auto& row : messages) {
        Edit destroyed{RemoteId(row["id"].get<std::string>()), {}};
        destroyed.destroy = true;
        all[0].push_back(destroyed);
        all[1].push_back(box.to(destroyed.id, Role::trash));
      }
      const auto position = box.position();
      nlohmann::json faults;
      for (const std::string method : {"POST", "PATCH", "DELETE"}) {
        faults.push_back({{"match", {{"method", method}}}, {"action", action}});
      }
      box.control_all("/_sandbox/faults", faults.dump());
      for (const auto& edits : all) {
        const auto told = box.apply(edits, position);
        const bool none_done =
            std::none_of(told.begin(), told.end(), [](const auto& one) { return one.second.status; });
        CHECK(none_done);
        CHECK((!box.outcome || told.size() == edits.size()));
      }
      CHECK(box.curator->remove(made, {}).error().code == Code::try_later);
      box.remove_faults();
      CHECK(box.control("state") == state);
      CHECK(box.listed(made.path).size() == 1);
    }
  }
}

TEST_CASE("Microsoft: parts that are throttled within a batch are made later, the others at once") {
  Changing box(ProviderKind::microsoft);
  std::vector<Edit> edits;
  for (int i = 0; i < 20; ++i) {
    Edit edit{box.put(i), {}};
    edit.wish.unread = false;
    edits.push_back(edit);
  }
  box.control_all("/_sandbox/faults", R"({"match":{"method":"PATCH","every":3},
    "action":{"status":429,"headers":{"Retry-After":"7"}},"times":6})");
  const auto slept = box.clock.slept();
  const auto told = box.apply(edits);
  CHECK(box.outcome);
  CHECK(told.size() == 20);
  for (const auto& [index, edited] : told) CHECK(box.message(edits[index].id)["unread"] == false);
  CHECK(box.clock.slept() - slept >= std::chrono::seconds(7));
}

TEST_CASE("without a position Gmail's messages are looked at before they are destroyed") {
  Changing box(ProviderKind::google);
  const auto here = box.put(1), elsewhere = box.put(2);
  box.control("move", nlohmann::json{{"id", elsewhere.value}, {"folder", "archive"}}.dump());
  std::vector<Edit> edits;
  for (const auto& id : {here, elsewhere}) {
    edits.push_back({id, {}, true});
    edits.back().expected = std::vector<FolderId>{box.roles.at(Role::inbox)};
  }
  const auto told = box.apply(edits);
  CHECK(told.at(0).removed);
  CHECK(told.at(1).status.error().code == Code::partial);
  CHECK(box.message(here).is_null());
  CHECK_FALSE(box.message(elsewhere).is_null());
}

TEST_CASE("a sink that has had enough ends the rest") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    Changing box(kind);
    std::vector<Edit> edits;
    for (int i = 0; i < 3; ++i) {
      Edit edit{box.put(i), {}};
      edit.wish.unread = false;
      edits.push_back(edit);
    }
    int told = 0;
    (void)box.curator->apply(edits, {}, [&](std::size_t, Edited) { return ++told < 2; }, {});
    CHECK(told == 2);
  }
}

TEST_CASE("Microsoft: marks that the server wrote without showing them are told as they were asked for") {
  Changing box(ProviderKind::microsoft);
  Edit edit{box.put(1), {}};
  edit.wish.unread = false;
  edit.wish.add = {FolderId("Red category")};
  box.control_all("/_sandbox/faults", R"({"match":{"method":"PATCH"},"action":{"status":204}})");
  const auto told = box.apply({edit});
  REQUIRE(box.outcome);
  REQUIRE(told.at(0).status);
  CHECK(told.at(0).marks.unread == false);
  CHECK(told.at(0).marks.labels == std::vector<FolderId>{FolderId("Red category")});
  CHECK(box.message(edit.id)["unread"] == true);  // the fault answered in the sandbox's place
}
