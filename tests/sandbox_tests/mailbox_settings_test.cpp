// What the stand-ins refuse of filters and automatic answers, as the providers' documents have it.
#include <doctest/doctest.h>

#include "tests/sandbox_tests/gmail_fixture.h"
#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;

namespace {

using nlohmann::json;

json filter_with(const json& action) {
  return {{"criteria", {{"from", "ada"}}}, {"action", action}};
}

}  // namespace

TEST_CASE("Gmail: a filter gives one label of one's own, and passes mail on to confirmed addresses alone") {
  GmailFixture box;
  box.session.scopes.insert("https://www.googleapis.com/auth/gmail.settings.basic");
  const auto label = [&](const char* name) {
    return box.post("labels", {{"name", name}}).json["id"].get<std::string>();
  };
  const auto one = label("one"), two = label("two");
  CHECK(box.post("settings/filters", filter_with({{"addLabelIds", {one, two}}})).response.status == 400);
  CHECK(box.post("settings/filters", filter_with({{"addLabelIds", {one, "STARRED"}}})).response.status == 200);

  const auto forward = filter_with({{"forward", "Desk@example.org"}});
  CHECK(box.post("settings/filters", forward).reason() == "failedPrecondition");
  box.control("add_forwarding_address", {{"email", "desk@example.org"}, {"pending", true}});
  CHECK(box.get("settings/forwardingAddresses").json["forwardingAddresses"][0]["verificationStatus"] == "pending");
  CHECK(box.post("settings/filters", forward).reason() == "failedPrecondition");
  box.control("add_forwarding_address", {{"email", "desk@example.org"}});
  CHECK(box.post("settings/filters", forward).response.status == 200);
}

TEST_CASE("Gmail: who answers by itself says something, and begins before it ends") {
  GmailFixture box;
  box.session.scopes.insert("https://www.googleapis.com/auth/gmail.settings.basic");
  CHECK(box.put("settings/vacation", {{"enableAutoReply", true}}).response.status == 400);
  CHECK(box.put("settings/vacation", {{"enableAutoReply", true}, {"responseSubject", "x"}}).response.status == 200);
  const json times = {{"responseSubject", "x"}, {"startTime", "2000"}, {"endTime", "1000"}};
  CHECK(box.put("settings/vacation", times).response.status == 400);
}

TEST_CASE("Graph: a rule does something, and moves mail to a folder that is there, named by its id") {
  sandbox::test::Graph graph;
  const std::string rules = "/me/mailFolders/inbox/messageRules";
  const auto add = [&](const json& actions) {
    return graph.post(rules, {{"displayName", "r"}, {"sequence", 1}, {"actions", actions}}).response.status;
  };
  CHECK(add(json::object()) == 400);
  CHECK(add({{"moveToFolder", "archive"}}) == 404);
  CHECK(add({{"moveToFolder", "nonsense"}}) == 400);
  const std::string archive = graph.get("/me/mailFolders/archive").body["id"];
  CHECK(add({{"moveToFolder", archive}}) == 201);
}
