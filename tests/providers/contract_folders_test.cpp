// What every provider promises about folders, labels and categories (core/ports/curator.h), held against the sandbox.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/providers/changing.h"

using namespace mailmgr;
using namespace mailmgr::contract;

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
      for (const std::string action : {R"("reset_before")", R"({"status":504,"headers":{"Retry-After":"30"}})"}) {
        fail_making(box, "POST", R"("times":1,"action":)" + action);
        check_unclear();
        CHECK(box.listed(wish.path).empty());
      }
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

TEST_CASE("who is interrupted before a lost answer was looked for hears that, and that it may have been made") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    for (const auto& wish : wishes_of(kind)) {
      CAPTURE(wish.path);
      Changing box(kind);
      CHECK(box.listed(wish.path).empty());
      fail_making(box, "POST", R"("times":1,"action":"reset_after")");
      std::stop_source person;
      box.http.after_requests([&] {
        if (box.http.requests().back().starts_with("POST ")) person.request_stop();
      });
      const auto unclear = box.curator->create(wish, Stop(person.get_token()));
      box.http.after_requests(nullptr);
      REQUIRE_FALSE(unclear);
      CHECK(unclear.error().code == Code::interrupted);
      CHECK(unclear.error().message.find("may have been done") != std::string::npos);
      CHECK(unclear.error().hint.find("mailmgr sync, then mailmgr folder list") == 0);
      CHECK(box.listed(wish.path).size() == 1);
    }
  }
}

TEST_CASE("who asks for more patience than there is has made nothing, and that is said as it is") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    for (const int status : {429, 503}) {
      CAPTURE(status);
      Changing box(kind);
      fail_making(box, "POST", fmt::format(R"("action":{{"status":{},"headers":{{"Retry-After":"7200"}}}})", status));
      for (const auto& wish : wishes_of(kind)) {
        const auto refused = box.curator->create(wish, {});
        REQUIRE_FALSE(refused);
        CHECK(exit_class(refused.error().code).code == Code::try_later);
      }
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
