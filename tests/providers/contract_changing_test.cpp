// What every provider promises about changing mail (core/ports/curator.h), held against the sandbox: each case runs for
// Google and Microsoft.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/ports/curator.h"
#include "tests/providers/contract.h"

using namespace mailmgr;
using namespace mailmgr::contract;

namespace {

struct Changing : SandboxMailbox {
  explicit Changing(ProviderKind kind)
      : SandboxMailbox(kind),
        all_tokens(http, spec, endpoints, email, spec.scopes(AccessLevel::full, {"permanent-delete", "settings"})),
        curator(spec.curator({http, all_tokens, clock, random, endpoints})) {
    const auto folders = mailbox().refresh({}, {}).value().folders.folders;
    for (const auto& folder : folders) {
      if (folder.role != Role::none) roles[folder.role] = folder.id;
    }
  }

  RemoteId put(int number, const std::string& folder = "inbox") {
    const auto raw =
        fmt::format("From: a@example.org\r\nSubject: {0}\r\nMessage-ID: <{0}@example.org>\r\n\r\nx\r\n", number);
    return RemoteId(deliver_id(raw, fmt::format(R"("folder":"{}","unread":true)", folder)));
  }
  Edit to(const RemoteId& id, Role role) {
    Edit edit{id, {}};
    edit.expected = std::vector<FolderId>{roles.at(Role::inbox)};
    if (spec.files_by_label) {
      edit.wish.add = {roles.at(role)};
      edit.wish.remove = {roles.at(Role::inbox)};
    } else {
      edit.wish.folder = roles.at(role);
    }
    return edit;
  }
  std::map<std::size_t, Edited> apply(const std::vector<Edit>& edits, std::span<const StreamCursor> position = {}) {
    std::map<std::size_t, Edited> told;
    const auto sink = [&](std::size_t index, Edited edited) {
      CHECK(told.emplace(index, std::move(edited)).second);
      return true;
    };
    outcome = curator->apply(edits, position, sink, {});
    return told;
  }
  std::vector<StreamCursor> position() {
    if (!spec.files_by_label) return {};
    Mirror mirror;
    mirror.follow(*this);
    std::vector<StreamCursor> cursors;
    for (const auto& [stream, cursor] : mirror.cursors) cursors.push_back({stream, cursor});
    return cursors;
  }
  // What the provider lists under this path: folders and labels, and what else it takes for one.
  std::vector<Folder> listed(const std::string& path) {
    ProviderDeps deps{http, all_tokens, clock, random, endpoints};
    deps.reads_settings = true;
    auto folders = spec.mailbox(deps)->refresh({}, {}).value().folders.folders;
    std::erase_if(folders, [&](const Folder& folder) { return folder.path != path; });
    return folders;
  }
  nlohmann::json message(const RemoteId& id) {
    const auto state = nlohmann::json::parse(control("state"));
    for (const auto& row : state["messages"]) {
      if (row["id"] == id.value) return row;
    }
    return nullptr;
  }

  SandboxTokens all_tokens;
  std::unique_ptr<Curator> curator;
  std::map<Role, FolderId> roles;
  Status outcome;
};

std::size_t requests_to(SandboxMailbox& box, std::string_view part) {
  const auto all = box.http.requests();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& r) { return r.find(part) != std::string::npos; }));
}

constexpr const char* kMaking = "(labels|mailFolders|childFolders|masterCategories)([?]|$)";

void fail_making(SandboxMailbox& box, const std::string& method, const std::string& more) {
  box.control_all("/_sandbox/faults",
                  fmt::format(R"({{"match":{{"method":"{}","path":"{}"}},{}}})", method, kMaking, more));
}

// A folder, and a label with a colour.
std::vector<FolderWish> wishes_of(ProviderKind kind) {
  const std::string red = kind == ProviderKind::google ? "#fb4c2f" : "preset0";
  return {{Folder::Kind::folder, "Plans", "Plans"}, {Folder::Kind::label, "Urgent", "Urgent", {}, red}};
}

}  // namespace

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

TEST_CASE("every provider has a curator and knows its colours") {
  for (const auto kind : kKinds) {
    const auto& spec = provider_spec(kind);
    CAPTURE(spec.title);
    for (const std::string word : {"red", "Blue", "DARK-GREEN", "gray", "grey"}) CHECK(spec.color(word));
    const auto none = spec.color("rainbow");
    REQUIRE_FALSE(none);
    CHECK(none.error().code == Code::usage);
    CHECK(none.error().hint.find("red") != std::string::npos);
    // What a provider writes it takes.
    CHECK(spec.color(*spec.color("red")).value() == *spec.color("red"));
  }
}

TEST_CASE("what is in a folder or a label is counted, as it is at the provider") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    Changing box(kind);
    box.put(1, "Plans");
    box.put(2, "Plans");
    box.put(3, "Plans/Now");
    const auto folders = box.mailbox().refresh({}, {}).value().folders.folders;
    const auto content = [&](const std::string& path) {
      const auto found = std::find_if(folders.begin(), folders.end(), [&](const auto& f) { return f.path == path; });
      REQUIRE(found != folders.end());
      return box.curator->content(*found, {});
    };
    const auto plans = content("Plans");
    if (!plans) FAIL(plans.error().message);
    CHECK(plans->messages == 2);
    CHECK(plans->children == (kind == ProviderKind::google ? 0 : 1));
    CHECK(content("Plans/Now").value().messages == 1);
    CHECK(content("Plans/Now").value().children == 0);
    box.put(4, "Plans/Now");
    CHECK(content("Plans/Now").value().messages == 2);
    box.control("delete_folder", R"({"name":"Plans/Now"})");
    CHECK(content("Plans").value().children == 0);
    CHECK(content("Plans/Now").error().code == Code::gone);
  }
}

TEST_CASE("Microsoft: an answer that does not count what is in a folder is not taken for an empty one") {
  Changing box(ProviderKind::microsoft);
  const auto inbox = box.roles.at(Role::inbox);
  box.control_all("/_sandbox/faults",
                  R"({"match":{"path":"childFolderCount"},"action":{"status":200,"body":{"id":"x"}}})");
  const auto counted = box.curator->content({inbox, Folder::Kind::folder, Role::inbox, "Inbox"}, {});
  REQUIRE_FALSE(counted);
  CHECK(exit_class(counted.error().code).code == Code::try_later);
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

TEST_CASE("a folder or label whose answer was lost is asked for once, and found") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    for (const auto& wish : wishes_of(kind)) {
      CAPTURE(wish.path);
      for (const std::string action : {R"("reset_after")", R"("truncate")", R"({"status":502,"after":true})"}) {
        CAPTURE(action);
        Changing box(kind);
        CHECK(box.listed(wish.path).empty());
        fail_making(box, "POST", R"("times":1,"action":)" + action);
        box.http.forget_requests();
        const auto made = box.curator->create(wish, {});
        REQUIRE_MESSAGE(made, made.error().message);
        CHECK(requests_to(box, "POST ") == 1);
        const auto listed = box.listed(wish.path);
        REQUIRE(listed.size() == 1);
        CHECK(listed[0].id == made->id);
        CHECK(listed[0].kind == made->kind);
        CHECK(listed[0].color == made->color);
        CHECK(made->color == wish.color);
      }
    }
  }
}

TEST_CASE("of a folder or label that is not there after an answer was lost nobody says that it was made, or was not") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    for (const auto& wish : wishes_of(kind)) {
      CAPTURE(wish.path);
      Changing box(kind);
      const auto check_unclear = [&] {
        const auto unclear = box.curator->create(wish, {});
        REQUIRE_FALSE(unclear);
        CHECK(unclear.error().code == Code::partial);
        CHECK(unclear.error().hint.find("mailmgr sync, then mailmgr folder list") == 0);
      };
      fail_making(box, "POST", R"("times":1,"action":"reset_before")");
      check_unclear();
      CHECK(box.listed(wish.path).empty());
      // One that somebody else has made otherwise is not it.
      if (!wish.color.empty()) {
        auto other = wish;
        other.color = box.spec.color("blue").value();
        const auto made = box.curator->create(other, {});
        REQUIRE(made);
        fail_making(box, "POST", R"("times":1,"action":"reset_before")");
        check_unclear();
        CHECK(box.curator->remove(*made, {}));
      }
      // Where nobody can look either, and where it was made after all: the same command hears that it is there.
      fail_making(box, "POST", R"("times":1,"action":"reset_after")");
      fail_making(box, "GET", R"("action":{"status":503})");
      check_unclear();
      box.remove_faults();
      CHECK(box.listed(wish.path).size() == 1);
      CHECK(box.curator->create(wish, {}).error().code == Code::refused);
    }
  }
}

TEST_CASE("who asks for more patience than there is has made nothing, and that is said as it is") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    Changing box(kind);
    fail_making(box, "POST", R"("action":{"status":429,"headers":{"Retry-After":"7200"}})");
    for (const auto& wish : wishes_of(kind)) {
      const auto refused = box.curator->create(wish, {});
      REQUIRE_FALSE(refused);
      CHECK(exit_class(refused.error().code).code == Code::try_later);
    }
  }
}

TEST_CASE("Microsoft: a folder is looked for where it was to be made, whatever its path looks like") {
  Changing box(ProviderKind::microsoft);
  box.control("create_folder", R"({"name":"A"})");
  const auto at_top = box.curator->create({Folder::Kind::folder, "A/B", "A/B"}, {});
  REQUIRE(at_top);
  const FolderWish within{Folder::Kind::folder, "A/B", "B", box.listed("A").at(0).id};
  fail_making(box, "POST", R"("times":1,"action":"reset_before")");
  CHECK(box.curator->create(within, {}).error().code == Code::partial);
  fail_making(box, "POST", R"("times":1,"action":"reset_after")");
  const auto made = box.curator->create(within, {});
  REQUIRE(made);
  CHECK(made->id != at_top->id);
  CHECK(box.listed("A/B").size() == 2);
}

TEST_CASE("Microsoft: where a folder is decides whether it is moved, which is done once") {
  Changing box(ProviderKind::microsoft);
  box.control("create_folder", R"({"name":"A"})");
  const auto parent = box.listed("A").at(0).id;
  const auto made = box.curator->create({Folder::Kind::folder, "A/B", "A/B"}, {});  // at the top
  REQUIRE(made);
  box.http.forget_requests();
  const auto change = [&](const Folder& folder, const FolderWish& wish) {
    auto changed = box.curator->change(folder, wish, {});
    if (changed) {
      const auto listed = box.listed(wish.path);
      REQUIRE(listed.size() == 1);
      CHECK(listed[0].id == folder.id);
      CHECK(changed->id == folder.id);
      CHECK(changed->path == wish.path);
    }
    return changed;
  };
  const auto moving_fails = [&](const std::string& action) {
    box.control_all("/_sandbox/faults",
                    R"({"match":{"method":"POST","path":"/move$"},"times":1,"action":)" + action + "}");
  };
  const auto renamed = change(*made, {Folder::Kind::folder, "C/D", "C/D"});
  REQUIRE(renamed);
  CHECK(requests_to(box, "/move") == 0);
  moving_fails(R"("reset_after")");
  const auto moved = change(*renamed, {Folder::Kind::folder, "A/E", "E", parent});
  REQUIRE(moved);
  CHECK(requests_to(box, "/move") == 1);
  const FolderWish back{Folder::Kind::folder, "E", "E"};
  moving_fails(R"("reset_before")");
  const auto unclear = change(*moved, back);
  REQUIRE_FALSE(unclear);
  CHECK(unclear.error().code == Code::partial);
  CHECK(change(*moved, back));
  // What is as it should be already is left alone, whatever is thought of it here.
  box.http.forget_requests();
  CHECK(change(*made, back));
  CHECK(requests_to(box, "PATCH ") + requests_to(box, "/move") == 0);
}
