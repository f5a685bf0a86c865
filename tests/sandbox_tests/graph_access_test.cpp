#include <doctest/doctest.h>

#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using namespace mailmgr::sandbox::test;

namespace {

const json kLetter = {{"message", {{"toRecipients", {{{"emailAddress", {{"address", "b@example.com"}}}}}}}}};

}  // namespace

TEST_CASE("who is asking is told, with the selected properties") {
  Graph graph;
  const auto me = graph.get("/me");
  CHECK(me.body["mail"] == kAnna);
  CHECK(me.body["userPrincipalName"] == kAnna);
  const std::string id = me.body["id"];
  CHECK(graph.get("/users/" + id).body["mail"] == kAnna);
  const auto some = graph.get("/me?$select=id,proxyAddresses").body;
  CHECK(some["proxyAddresses"][0] == "SMTP:anna@outlook.test");
  CHECK_FALSE(some.contains("mail"));
  CHECK(graph.get("/me?$select=shoeSize").status == 400);
  CHECK(graph.get("/users/" + id + "/mailFolders/inbox").status == 200);
  CHECK(graph.get("/users/nobody@outlook.test").code() == "Request_ResourceNotFound");
  CHECK(graph.get("/users/nobody@outlook.test/messages").code() == "ErrorInvalidUser");
}

TEST_CASE("every operation needs its permission") {
  Graph graph;
  const auto id = graph.deliver("x");
  const auto url = "/me/messages/" + id;
  const auto with = [&](std::set<std::string> scopes) { graph.session.scopes = std::move(scopes); };

  with({});
  CHECK(graph.get(url).status == 403);
  CHECK(graph.get(url).code() == "ErrorAccessDenied");
  CHECK(graph.get("/me").code() == "Authorization_RequestDenied");
  with({"Mail.Read"});
  CHECK(graph.get(url).status == 200);
  CHECK(graph.get(url + "/$value").status == 200);
  CHECK(graph.patch(url, {{"isRead", true}}).status == 403);
  CHECK(graph.post(url + "/move", {{"destinationId", "archive"}}).status == 403);
  CHECK(graph.call("DELETE", url).status == 403);
  CHECK(graph.post("/me/mailFolders", {{"displayName", "x"}}).status == 403);
  CHECK(graph.post("/me/messages", json::object()).status == 403);
  CHECK(graph.post("/me/sendMail", kLetter).status == 403);
  CHECK(graph.get("/me/outlook/masterCategories").status == 403);
  with({"Mail.ReadWrite"});
  CHECK(graph.patch(url, {{"isRead", true}}).status == 200);
  CHECK(graph.post("/me/sendMail", kLetter).status == 403);
  CHECK(graph.post(url + "/reply", json::object()).status == 403);
  CHECK(graph.post(url + "/createReply", json::object()).status == 201);
  with({"Mail.Send"});
  CHECK(graph.post("/me/sendMail", kLetter).status == 202);
  CHECK(graph.get(url).status == 403);
  CHECK(graph.get("/me/mailFolders").status == 403);
  with({"MailboxSettings.Read"});
  CHECK(graph.get("/me/mailboxSettings").status == 200);
  CHECK(graph.get("/me/mailFolders/inbox/messageRules").status == 200);
  CHECK(graph.get("/me/mailFolders/inbox").status == 403);
  CHECK(graph.post("/me/outlook/masterCategories", {{"displayName", "x"}}).status == 403);
}

TEST_CASE("Mail.ReadBasic shows no bodies") {
  Graph graph;
  const auto id = graph.deliver("x");
  graph.session.scopes = {"Mail.ReadBasic"};
  const auto message = graph.get("/me/messages/" + id);
  CHECK(message.status == 200);
  CHECK(message.body.contains("subject"));
  CHECK_FALSE(message.body.contains("body"));
  CHECK_FALSE(message.body.contains("bodyPreview"));
  CHECK(graph.get("/me/messages/" + id + "/$value").status == 403);
  CHECK(graph.get("/me/messages/" + id + "/attachments").status == 403);
  CHECK(graph.get("/me/messages/" + id + "?$expand=attachments").status == 403);
}

TEST_CASE("another's mailbox needs the shared permissions") {
  Graph graph;
  graph.service->add_mailbox("team@outlook.test");
  CHECK(graph.get("/users/team@outlook.test/messages").status == 403);
  graph.session.scopes.insert("Mail.Read.Shared");
  CHECK(graph.get("/users/team@outlook.test/messages").status == 200);
  CHECK(graph.post("/users/team@outlook.test/sendMail", kLetter).status == 403);
  graph.session.scopes.insert("Mail.Send.Shared");
  CHECK(graph.post("/users/team@outlook.test/sendMail", kLetter).status == 202);
  const std::string foreign =
      graph.service->control("team@outlook.test", "deliver", {{"raw", plain_mail("theirs")}}, graph.now)["id"];
  CHECK(graph.get("/me/messages/" + foreign).status == 400);
}

TEST_CASE("application tokens have no /me and use plain permission names") {
  Graph graph;
  graph.session = {"", {"Mail.Read"}, true};
  const auto me = graph.get("/me/messages");
  CHECK(me.status == 400);
  CHECK(graph.get("/users/anna@outlook.test/messages").status == 200);
  CHECK(graph.get("/users/anna@outlook.test").status == 403);
  graph.session.scopes.insert("User.Read.All");
  CHECK(graph.get("/users/anna@outlook.test").status == 200);
}

TEST_CASE("an account without a mailbox is told so") {
  Graph graph;
  graph.session.email = "guest@outlook.test";
  CHECK(graph.get("/me/messages").code() == "MailboxNotEnabledForRESTAPI");
}

TEST_CASE("the limits per mailbox give 429 with the time to wait") {
  GraphLimits limits;
  limits.requests_per_10_minutes = 3;
  Graph graph(limits);
  for (int at = 0; at < 3; ++at) CHECK(graph.get("/me").status == 200);
  const auto refused = graph.get("/me");
  CHECK(refused.status == 429);
  CHECK(refused.code() == "TooManyRequests");
  CHECK(refused.header("Retry-After") == "600");
  graph.now += std::chrono::minutes(9);
  CHECK(graph.get("/me").header("Retry-After") == "60");
  graph.now += std::chrono::minutes(1);
  CHECK(graph.get("/me").status == 200);

  graph.now += std::chrono::minutes(10);
  const json me = {{"method", "GET"}, {"url", "/me"}};
  std::vector<json> parts;
  for (int at = 0; at < 5; ++at) {
    parts.push_back(me);
    parts.back()["id"] = std::to_string(at);
  }
  int busy = 0;
  const auto answer = graph.batch(parts);
  for (const auto& part : answer.body["responses"]) busy += part["status"] == 429 ? 1 : 0;
  CHECK(busy == 2);
}

TEST_CASE("more than four requests of a mailbox at once are too many") {
  Graph graph;
  graph.in_flight = 4;
  CHECK(graph.get("/me").status == 200);
  graph.in_flight = 5;
  const auto refused = graph.get("/me");
  CHECK(refused.status == 429);
  CHECK(refused.code() == "ApplicationThrottled");
  CHECK_FALSE(refused.header("Retry-After").empty());
}

TEST_CASE("uploads have a limit of their own") {
  GraphLimits limits;
  limits.upload_bytes_per_5_minutes = 500;
  Graph graph(limits);
  const json draft = {{"subject", std::string(300, 'x')}};
  CHECK(graph.post("/me/messages", draft).status == 201);
  CHECK(graph.post("/me/messages", draft).status == 429);
  CHECK(graph.get("/me/messages").status == 200);
  graph.now += std::chrono::minutes(5);
  CHECK(graph.post("/me/messages", draft).status == 201);
}

TEST_CASE("categories, rules, overrides and settings can be read and changed") {
  Graph graph;
  const std::string categories = "/me/outlook/masterCategories";
  const auto made = graph.post(categories, {{"displayName", "Travel"}, {"color", "preset3"}});
  REQUIRE(made.status == 201);
  const std::string id = made.body["id"];
  CHECK(graph.post(categories, {{"displayName", "travel"}}).status == 409);
  CHECK(graph.post(categories, {{"displayName", "x"}, {"color", "pink"}}).status == 400);
  CHECK(graph.post(categories, {{"name", "x"}}).status == 400);
  CHECK(graph.get(categories).body["value"].size() == 1);
  CHECK(graph.patch(categories + "/" + id, {{"color", "preset4"}}).body["color"] == "preset4");
  CHECK(graph.patch(categories + "/" + id, {{"displayName", "other"}}).status == 400);
  CHECK(graph.call("DELETE", categories + "/" + id).status == 204);
  CHECK(graph.get(categories + "/" + id).status == 404);

  CHECK(graph.get("/me/mailFolders/inbox/messageRules").body["value"].empty());
  CHECK(graph
            .post("/me/mailFolders/inbox/messageRules",
                  {{"displayName", "r"}, {"sequence", 1}, {"actions", {{"markAsRead", true}}}})
            .status == 201);
  CHECK(graph.post("/me/mailFolders/inbox/messageRules", {{"displayName", "r"}, {"actions", {{"explode", true}}}})
            .status == 400);
  CHECK(graph.get("/me/inferenceClassification/overrides").body["value"].empty());

  CHECK(graph.get("/me/mailboxSettings?$select=timeZone").body["timeZone"] == "UTC");
  CHECK(graph.get("/me/mailboxSettings").body["archiveFolder"] == graph.folder_id("archive"));
  const auto away = graph.patch("/me/mailboxSettings", {{"automaticRepliesSetting", {{"status", "alwaysEnabled"}}}});
  CHECK(away.body["automaticRepliesSetting"]["status"] == "alwaysEnabled");
  CHECK(away.body["automaticRepliesSetting"]["externalAudience"] == "all");
  CHECK(graph.patch("/me/mailboxSettings", {{"colour", "red"}}).status == 400);
}

TEST_CASE("control verbs change the mailbox as another client would") {
  Graph graph;
  const auto id = graph.deliver("x");
  const auto only = [&] { return graph.control("state")["messages"][0]; };
  CHECK(only()["id"] == id);
  CHECK(only()["unread"] == true);
  graph.control("mark", {{"id", id}, {"unread", false}, {"starred", true}});
  graph.control("label", {{"id", id}, {"label", "Red"}});
  CHECK(only()["unread"] == false);
  CHECK(only()["starred"] == true);
  CHECK(only()["labels"] == json({"Red"}));
  graph.control("unlabel", {{"id", id}, {"label", "Red"}});
  graph.control("move", {{"id", only()["default_id"]}, {"folder", "Deep/Down"}});
  CHECK(only()["folder"] == "Deep/Down");
  CHECK(only()["labels"].empty());
  CHECK(graph.get("/me/messages/" + id).body["flag"]["flagStatus"] == "flagged");
  graph.control("delete", {{"id", id}});
  CHECK(graph.control("state")["messages"].empty());
  CHECK_THROWS_AS(graph.control("delete", {{"id", id}}), std::invalid_argument);
  CHECK_THROWS_AS(graph.control("explode"), std::invalid_argument);
  CHECK_THROWS_AS(graph.control("mark", {{"id", id}, {"colour", 1}}), std::invalid_argument);
  CHECK_THROWS_AS(graph.control("delete_folder", {{"name", "inbox"}}), std::invalid_argument);
  const std::string raw = base64(plain_mail("encoded"));
  CHECK(graph.control("deliver", {{"raw", raw}, {"received", "2020-01-01T00:00:00Z"}}).contains("id"));
  CHECK(graph.get("/me/messages").body["value"][0]["receivedDateTime"] == "2020-01-01T00:00:00Z");
}

TEST_CASE("mail of any shape is answered with valid JSON") {
  Graph graph;
  for (const std::string& raw :
       {std::string("no colon in here: \xff\xfe\r\n\r\n\xc3\x28"),
        std::string("Subject: =?utf-8?B?////?=\r\nFrom: <\r\n\r\n"),
        std::string("Subject: a\x01\x02\"\\\r\nMessage-ID: \xff\r\n\r\nx"),
        std::string("Content-Type: multipart/mixed; boundary=b\r\nX: y\r\n\r\n--b\r\n--b\r\n")}) {
    graph.control("deliver", {{"raw", raw}});
  }
  const auto list = graph.get("/me/messages?$expand=attachments");
  CHECK(list.status == 200);
  CHECK(list.body["value"].size() == 4);
  CHECK(graph.control("state")["messages"].size() == 4);
}
