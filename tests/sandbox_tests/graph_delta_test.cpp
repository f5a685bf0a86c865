#include <doctest/doctest.h>

#include <set>

#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using namespace mailmgr::sandbox::test;

namespace {

const std::string kInbox = "/me/mailFolders/inbox/messages/delta";

bool removed(const json& item) {
  return item.contains("@removed");
}

}  // namespace

TEST_CASE("a first delta walk gives every message, in pages of ten unless Prefer says otherwise") {
  Graph graph;
  graph.load(57);
  const auto ten = graph.walk(kInbox + "?$select=id,subject");
  CHECK(ten.applied().size() == 57);
  CHECK(ten.pages >= 6);
  const auto big = graph.walk(kInbox + "?$select=id,subject", 50);
  CHECK(big.applied().size() == 57);
  CHECK(big.pages == 2);
}

TEST_CASE("a walk has empty pages with a nextLink and repeats items, so a client must apply it idempotently") {
  Graph graph;
  graph.load(100);
  const auto walk = graph.walk(kInbox, 7);
  CHECK(walk.empty_pages > 0);
  CHECK(walk.items.size() > 100);
  CHECK(walk.applied().size() == 100);

  GraphLimits calm;
  calm.restless_delta = false;
  Graph quiet(calm);
  quiet.load(100);
  const auto plain = quiet.walk(kInbox, 7);
  CHECK(plain.empty_pages == 0);
  CHECK(plain.items.size() == 100);
}

TEST_CASE("delta links are full URLs on the host that was asked, and any of them can be used again") {
  Graph graph;
  graph.load(25);
  const auto first = graph.get(kInbox);
  const std::string next = first.body["@odata.nextLink"];
  CHECK(next.starts_with("http://127.0.0.1:8080/v1.0/me/mailFolders/inbox/messages/delta?$skiptoken="));
  CHECK(graph.get(next).body == graph.get(next).body);
  const auto secure = graph.get(kInbox, {{"X-Forwarded-Proto", "https"}});
  CHECK(secure.body["@odata.nextLink"].get<std::string>().starts_with("https://127.0.0.1:8080/v1.0/"));
}

TEST_CASE("the parameters of the first call are in the token, the Prefer header is not") {
  Graph graph;
  graph.load(25);
  const auto first = graph.get(kInbox + "?$select=subject", {{"Prefer", "odata.maxpagesize=5"}});
  CHECK(first.body["value"].size() == 5);
  CHECK(first.header("Preference-Applied") == "odata.maxpagesize=5");
  const auto second = graph.get(first.body["@odata.nextLink"]);
  CHECK(second.body["value"].size() == 10);
  CHECK(second.body["value"][0].contains("subject"));
  CHECK_FALSE(second.body["value"][0].contains("receivedDateTime"));
  graph.immutable = false;
  const auto other = graph.get(first.body["@odata.nextLink"]);
  CHECK(other.body["value"][0]["id"] != second.body["value"][0]["id"]);
}

TEST_CASE("new mail, changes and removals come in the next round") {
  Graph graph;
  graph.load(5);
  const auto first = graph.walk(kInbox);
  const auto added = graph.deliver("fresh");
  const std::string gone = first.items[0]["id"];
  const std::string flagged = first.items[1]["id"];
  CHECK(graph.call("DELETE", "/me/messages/" + gone).status == 204);
  CHECK(graph.patch("/me/messages/" + flagged, {{"flag", {{"flagStatus", "flagged"}}}}).status == 200);

  const auto second = graph.walk(first.delta_link);
  REQUIRE(second.items.size() == 3);
  std::map<std::string, json> by_id;
  for (const auto& item : second.items) by_id[item["id"]] = item;
  CHECK(by_id[added]["subject"] == "fresh");
  CHECK(by_id[gone]["@removed"]["reason"] == "deleted");
  CHECK(by_id[flagged]["flag"]["flagStatus"] == "flagged");
  CHECK(graph.walk(second.delta_link).items.empty());
}

TEST_CASE("what changes during a walk is in the walk or in the next round") {
  Graph graph;
  graph.load(25);
  const auto begin = graph.get(kInbox + "?$select=subject,isRead");
  std::map<std::string, json> seen;
  for (const auto& item : begin.body["value"]) seen[item["id"]] = item;
  const auto added = graph.deliver("during");
  const std::string early = begin.body["value"][0]["id"];
  const std::string late = graph.get("/me/messages?$top=1&$skip=1").body["value"][0]["id"];
  graph.control("delete", {{"id", early}});
  graph.control("delete", {{"id", late}});
  const auto rest = graph.walk(begin.body["@odata.nextLink"]);
  const auto round = graph.walk(rest.delta_link);
  for (const auto* walk : {&rest, &round}) {
    for (const auto& item : walk->items) {
      item.contains("@removed") ? seen.erase(item["id"]) : (seen[item["id"]] = item, 0U);
    }
  }
  CHECK(seen.size() == 24);
  CHECK(seen.contains(added));
  CHECK_FALSE(seen.contains(early));
  CHECK_FALSE(seen.contains(late));
}

TEST_CASE("a read toggle comes as a sparse item, and only if isRead was selected") {
  Graph graph;
  graph.load(2);
  const auto with = graph.walk(kInbox + "?$select=subject,isRead");
  const auto without = graph.walk(kInbox + "?$select=subject");
  const std::string id = with.items[0]["id"];
  graph.patch("/me/messages/" + id, {{"isRead", true}});
  const auto sparse = graph.walk(with.delta_link);
  REQUIRE(sparse.items.size() == 1);
  std::set<std::string> keys;
  for (const auto& [key, value] : sparse.items[0].items()) keys.insert(key);
  CHECK(keys == std::set<std::string>{"@odata.etag", "@odata.type", "id", "isRead", "parentFolderId"});
  CHECK(sparse.items[0]["isRead"] == true);
  CHECK(graph.walk(without.delta_link).items.empty());
}

TEST_CASE("a move shows as removed at the source and new at the destination, under one immutable id") {
  Graph graph;
  graph.load(3);
  const auto inbox = graph.walk(kInbox);
  const auto archive = graph.walk("/me/mailFolders/archive/messages/delta");
  const std::string id = inbox.items[1]["id"];
  CHECK(graph.post("/me/messages/" + id + "/move", {{"destinationId", "archive"}}).status == 201);
  const auto left = graph.walk(inbox.delta_link);
  REQUIRE(left.items.size() == 1);
  CHECK(left.items[0]["id"] == id);
  CHECK(removed(left.items[0]));
  const auto came = graph.walk(archive.delta_link);
  REQUIRE(came.items.size() == 1);
  CHECK(came.items[0]["id"] == id);
  CHECK(came.items[0]["subject"] == "Mail 1");
}

TEST_CASE("with default ids a move gives the message another id") {
  Graph graph;
  graph.immutable = false;
  graph.load(1);
  const auto inbox = graph.walk(kInbox);
  const auto archive = graph.walk("/me/mailFolders/archive/messages/delta");
  const std::string before = inbox.items[0]["id"];
  const std::string after = graph.post("/me/messages/" + before + "/move", {{"destinationId", "archive"}}).body["id"];
  CHECK(after != before);
  CHECK(graph.get("/me/messages/" + before).status == 404);
  CHECK(graph.walk(inbox.delta_link).items[0]["id"] == before);
  CHECK(graph.walk(archive.delta_link).items[0]["id"] == after);
}

TEST_CASE("with immutable ids, coming back between two polls is not told, only the leaving is") {
  Graph graph;
  graph.load(2);
  const auto first = graph.walk(kInbox);
  const std::string id = first.items[0]["id"];
  graph.control("move", {{"id", id}, {"folder", "archive"}});
  graph.control("move", {{"id", id}, {"folder", "inbox"}});
  graph.control("mark", {{"id", id}, {"unread", false}});
  const auto second = graph.walk(first.delta_link);
  REQUIRE(second.items.size() == 1);
  CHECK(second.items[0]["id"] == id);
  CHECK(removed(second.items[0]));
  CHECK(graph.get("/me/messages/" + id).body["parentFolderId"] == graph.folder_id("inbox"));
  CHECK(graph.walk(second.delta_link).items.empty());

  graph.control("mark", {{"id", id}, {"starred", true}});
  const auto third = graph.walk(second.delta_link);
  REQUIRE(third.items.size() == 1);
  CHECK(third.items[0]["flag"]["flagStatus"] == "flagged");

  graph.immutable = false;
  const auto other = graph.walk(first.delta_link);
  CHECK(other.items.size() == 2);  // the old id removed, the message under its new one
  CHECK(other.applied().size() == 1);
}

TEST_CASE("a message that comes and goes between two polls is not mentioned") {
  Graph graph;
  const auto first = graph.walk(kInbox);
  const auto id = graph.deliver("short-lived");
  graph.control("delete", {{"id", id}});
  CHECK(graph.walk(first.delta_link).items.empty());
}

TEST_CASE("a filtered walk gives the newest messages from a date on, five thousand at most") {
  Graph graph;
  graph.load(5100);
  const auto recent =
      graph.walk(kInbox + "?$select=receivedDateTime&$filter=receivedDateTime%20ge%202023-11-18T01:13:20Z", 500);
  CHECK(recent.applied().size() > 100);
  for (const auto& item : recent.items) CHECK(item["receivedDateTime"] >= "2023-11-18T01:13:20Z");
  const auto capped = graph.walk(kInbox + "?$select=id&$filter=receivedDateTime%20ge%202020-01-01T00:00:00Z", 500);
  CHECK(capped.applied().size() == 5000);
  const auto ordered = graph.walk(kInbox + "?$select=receivedDateTime&$orderby=receivedDateTime%20desc", 1000);
  CHECK(ordered.applied().size() == 5100);
  CHECK(ordered.items.front()["receivedDateTime"] > ordered.items.back()["receivedDateTime"]);
  CHECK(graph.get(kInbox + "?$filter=isRead%20eq%20true").code() == "ErrorInvalidUrlQueryFilter");
  CHECK(graph.get(kInbox + "?$orderby=subject").code() == "ErrorInvalidUrlQuery");
  CHECK(graph.get(kInbox + "?$search=%22x%22").code() == "ErrorInvalidUrlQuery");
}

TEST_CASE("a filtered delta still reports removals and read states of older messages") {
  Graph graph;
  graph.load(3);
  const auto first = graph.walk(kInbox + "?$filter=receivedDateTime%20ge%202026-01-01T00:00:00Z");
  CHECK(first.items.empty());
  const auto all = graph.walk(kInbox);
  graph.control("mark", {{"id", all.items[0]["id"]}, {"unread", false}});
  graph.control("delete", {{"id", all.items[1]["id"]}});
  graph.control("mark", {{"id", all.items[2]["id"]}, {"starred", true}});
  CHECK(graph.walk(first.delta_link).items.size() == 2);
}

TEST_CASE("changeType narrows what is reported") {
  Graph graph;
  graph.load(3);
  const auto created = graph.walk(kInbox + "?changeType=created");
  const auto updated = graph.walk(kInbox + "?changeType=updated");
  const auto deleted = graph.walk(kInbox + "?changeType=deleted");
  CHECK(created.items.size() == 3);
  CHECK(updated.items.empty());
  const std::string id = created.items[0]["id"];
  graph.control("mark", {{"id", id}, {"unread", false}});
  graph.control("delete", {{"id", created.items[1]["id"]}});
  graph.deliver("new");
  CHECK(graph.walk(created.delta_link).items.size() == 1);
  CHECK(graph.walk(updated.delta_link).items.size() == 1);
  CHECK(graph.walk(deleted.delta_link).items.size() == 1);
  CHECK(graph.get(kInbox + "?changeType=moved").status == 400);
}

TEST_CASE("expired links are 410 SyncStateNotFound, also in the middle of a walk; nonsense is 400") {
  Graph graph;
  graph.load(25);
  const auto page = graph.get(kInbox);
  const auto walk = graph.walk(kInbox);
  graph.control("expire_cursors");
  const auto middle = graph.get(page.body["@odata.nextLink"]);
  CHECK(middle.status == 410);
  CHECK(middle.code() == "SyncStateNotFound");
  CHECK(graph.get(walk.delta_link).status == 410);
  CHECK(graph.walk(kInbox).applied().size() == 25);
  CHECK(graph.get(kInbox + "?$deltatoken=nonsense").status == 400);
  CHECK(graph.get(kInbox + "?$deltatoken=").status == 400);
  CHECK(graph.get(kInbox + "?$deltatoken=latest").status == 400);
  auto foreign = graph.walk(kInbox).delta_link;
  foreign.replace(foreign.find("inbox"), 5, "archive");
  CHECK(graph.get(foreign).status == 400);
}

TEST_CASE("messages cannot be tracked without a folder") {
  Graph graph;
  CHECK(graph.get("/me/messages/delta").status == 400);
}

TEST_CASE("folder delta gives the whole tree flat, and then what happened to folders") {
  Graph graph;
  graph.control("create_folder", {{"name", "Work/2026"}});
  const auto first = graph.walk("/me/mailFolders/delta?$select=displayName,parentFolderId", 3);
  std::set<std::string> names;
  for (const auto& [id, folder] : first.applied()) names.insert(folder["displayName"]);
  CHECK(names.contains("Inbox"));
  CHECK(names.contains("2026"));
  CHECK_FALSE(names.contains("Conversation Action Settings"));
  graph.deliver("no folder change");
  CHECK(graph.walk(first.delta_link).items.empty());
  graph.control("rename_folder", {{"name", "Work/2026"}, {"to", "This year"}});
  graph.control("create_folder", {{"name", "Short"}});
  graph.control("delete_folder", {{"name", "Short"}});
  const auto second = graph.walk(first.delta_link);
  REQUIRE(second.items.size() == 2);
  CHECK(second.items[0]["displayName"] == "This year");
  CHECK(removed(second.items[1]));
  CHECK(graph.get("/me/mailFolders/delta?$filter=x").status == 400);
}
