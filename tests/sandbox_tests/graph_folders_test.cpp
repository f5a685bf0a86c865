#include <doctest/doctest.h>

#include <set>

#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using namespace mailmgr::sandbox::test;

namespace {

std::vector<std::string> names(const json& folders) {
  std::vector<std::string> out;
  for (const auto& folder : folders) out.push_back(folder["displayName"]);
  return out;
}

}  // namespace

TEST_CASE("the folder list shows the root's direct children, ten at a time, hidden ones only when asked") {
  Graph graph;
  graph.control("create_folder", {{"name", "Work/2026/May"}});
  for (const auto* name : {"Alpha", "Beta", "Gamma"}) graph.control("create_folder", {{"name", name}});
  const auto first = graph.get("/me/mailFolders");
  CHECK(first.body["value"].size() == 10);
  const auto rest = graph.get(first.body["@odata.nextLink"]);
  CHECK(rest.body["value"].size() == 2);
  CHECK_FALSE(rest.body.contains("@odata.nextLink"));
  const auto all = graph.get("/me/mailFolders?$top=100&$count=true");
  CHECK(all.body["@odata.count"] == 12);
  const auto shown = names(all.body["value"]);
  CHECK(std::count(shown.begin(), shown.end(), "2026") == 0);
  CHECK(graph.get("/me/mailFolders?$top=100&includeHiddenFolders=true").body["value"].size() == 13);
  CHECK(graph.get("/me/mailFolders/$count").text == "12");
}

TEST_CASE("child folders are listed below their parent") {
  Graph graph;
  graph.control("create_folder", {{"name", "Work/2026/May"}});
  const auto work = graph.get("/me/mailFolders?$filter=" + percent_encode("displayName eq 'Work'")).body["value"];
  REQUIRE(work.size() == 1);
  CHECK(work[0]["childFolderCount"] == 1);
  const std::string id = work[0]["id"];
  const auto children = graph.get("/me/mailFolders/" + id + "/childFolders").body["value"];
  CHECK(names(children) == std::vector<std::string>{"2026"});
  CHECK(children[0]["parentFolderId"] == id);
  const std::string year = children[0]["id"];
  CHECK(names(graph.get("/me/mailFolders/" + id + "/childFolders/" + year + "/childFolders").body["value"]) ==
        std::vector<std::string>{"May"});
  CHECK(graph.get("/me/mailFolders/" + id + "?$expand=childFolders").body["childFolders"].size() == 1);
}

TEST_CASE("well-known names stand for ids; missing ones are 404 and display names malformed") {
  Graph graph;
  for (const auto* name : {"inbox", "drafts", "sentitems", "deleteditems", "junkemail", "outbox", "archive",
                           "msgfolderroot", "conversationhistory", "Inbox", "SentItems"}) {
    CAPTURE(name);
    CHECK(graph.get(std::string("/me/mailFolders/") + name).status == 200);
  }
  const auto missing = graph.get("/me/mailFolders/clutter");
  CHECK(missing.status == 404);
  CHECK(missing.code() == "ErrorItemNotFound");
  const auto by_name = graph.get("/me/mailFolders/Sent%20Items");
  CHECK(by_name.status == 400);
  CHECK(by_name.code() == "ErrorInvalidIdMalformed");
  const auto inbox = graph.get("/me/mailFolders/inbox").body;
  CHECK(inbox["displayName"] == "Inbox");
  CHECK(inbox["parentFolderId"] == graph.folder_id("msgfolderroot"));
  CHECK(graph.get("/me/mailFolders('inbox')").body["id"] == inbox["id"]);
  CHECK(graph.get("/users/anna@outlook.test/mailFolders/inbox").body["id"] == inbox["id"]);
}

TEST_CASE("folders count their messages") {
  Graph graph;
  graph.load(7);
  auto inbox = graph.get("/me/mailFolders/inbox").body;
  CHECK(inbox["totalItemCount"] == 7);
  CHECK(inbox["unreadItemCount"] == 4);
  graph.patch("/me/messages/" + graph.deliver("new"), {{"isRead", true}});
  inbox = graph.get("/me/mailFolders/inbox").body;
  CHECK(inbox["totalItemCount"] == 8);
  CHECK(inbox["unreadItemCount"] == 4);
  CHECK(graph.get("/me/mailFolders/inbox/messages/$count?$filter=isRead%20eq%20false").text == "4");
}

TEST_CASE("own folders can be made, renamed, moved, copied and deleted") {
  Graph graph;
  const auto made = graph.post("/me/mailFolders", {{"displayName", "Clients"}});
  REQUIRE(made.status == 201);
  const std::string id = made.body["id"];
  CHECK(graph.post("/me/mailFolders", {{"displayName", "clients"}}).code() == "ErrorFolderExists");
  CHECK(graph.post("/me/mailFolders", {{"name", "x"}}).status == 400);
  CHECK(graph.patch("/me/mailFolders/" + id, {{"displayName", "Customers"}}).body["displayName"] == "Customers");
  graph.deliver("in there", "Customers");
  const auto child = graph.post("/me/mailFolders/" + id + "/childFolders", {{"displayName", "Old"}});
  CHECK(child.body["parentFolderId"] == id);
  const std::string old = child.body["id"];
  CHECK(graph.post("/me/mailFolders/" + id + "/move", {{"destinationId", old}}).status == 400);
  const auto moved = graph.post("/me/mailFolders/" + id + "/move", {{"destinationId", "archive"}});
  CHECK(moved.status == 201);
  CHECK(moved.body["id"] == id);
  const auto copy = graph.post("/me/mailFolders/" + id + "/copy", {{"destinationId", "msgfolderroot"}});
  CHECK(copy.body["totalItemCount"] == 1);
  CHECK(copy.body["childFolderCount"] == 1);
  CHECK(graph.call("DELETE", "/me/mailFolders/" + id).status == 204);
  CHECK(graph.get("/me/mailFolders/" + id).status == 404);
  CHECK(graph.get("/me/mailFolders/" + old).status == 404);
  CHECK(graph.get("/me/messages/$count").text == "1");
}

TEST_CASE("distinguished folders stay") {
  Graph graph;
  CHECK(graph.call("DELETE", "/me/mailFolders/inbox").code() == "ErrorDeleteDistinguishedFolder");
  CHECK(graph.patch("/me/mailFolders/inbox", {{"displayName", "Mine"}}).status == 403);
}

TEST_CASE("mail is loaded into well-known folders and nested ones") {
  Graph graph;
  for (const auto* folder : {"inbox", "archive", "sent", "drafts", "trash", "spam", "A/B"}) graph.load(1, folder);
  for (const auto* name : {"inbox", "archive", "sentitems", "drafts", "deleteditems", "junkemail"}) {
    CAPTURE(name);
    CHECK(graph.get(std::string("/me/mailFolders/") + name).body["totalItemCount"] == 1);
  }
  CHECK(graph.get("/me/mailFolders/drafts/messages").body["value"][0]["isDraft"] == true);
  std::set<std::string> folders;
  const auto state = graph.control("state");
  for (const auto& message : state["messages"]) folders.insert(message["folder"]);
  CHECK(folders == std::set<std::string>{"inbox", "archive", "sent", "drafts", "trash", "spam", "A/B"});
}
