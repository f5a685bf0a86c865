#include <doctest/doctest.h>

#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using namespace mailmgr::sandbox::test;

namespace {

json part(const std::string& id, const std::string& url, const std::string& method = "GET") {
  return {{"id", id}, {"method", method}, {"url", url}};
}

std::map<std::string, json> by_id(const Answer& answer) {
  std::map<std::string, json> out;
  for (const auto& response : answer.body["responses"]) out[response["id"]] = response;
  return out;
}

}  // namespace

TEST_CASE("a batch answers 200 with each part's own status, in any order") {
  Graph graph;
  const auto id = graph.deliver("x");
  const auto answer = graph.batch(std::vector<json>{part("1", "/me/messages/" + id + "?$select=subject"),
                                                    part("2", "/me/messages/bad"), part("3", "me/mailFolders/inbox")});
  REQUIRE(answer.status == 200);
  CHECK(answer.response.quota_units == 3);
  CHECK(answer.body["responses"][0]["id"] != "1");
  const auto parts = by_id(answer);
  CHECK(parts.at("1")["body"]["subject"] == "x");
  CHECK(parts.at("2")["status"] == 400);
  CHECK(parts.at("2")["body"]["error"]["code"] == "ErrorInvalidIdMalformed");
  CHECK(parts.at("3")["status"] == 200);
}

TEST_CASE("MIME in a batch is a base64 string") {
  Graph graph;
  const auto id = graph.deliver("x");
  const auto answer = graph.batch(std::vector{part("1", "/me/messages/" + id + "/$value")});
  const auto body = answer.body["responses"][0]["body"].get<std::string>();
  CHECK(base64_decode(body)->ends_with(plain_mail("x")));
}

TEST_CASE("the Prefer header counts per part, not for the batch") {
  Graph graph;
  const auto fixed = graph.deliver("x");
  auto with = part("1", "/me/messages");
  with["headers"] = {{"Prefer", "IdType=\"ImmutableId\""}};
  const auto parts = by_id(graph.batch(std::vector<json>{with, part("2", "/me/messages")}));
  CHECK(parts.at("1")["body"]["value"][0]["id"] == fixed);
  CHECK(parts.at("2")["body"]["value"][0]["id"] != fixed);
}

TEST_CASE("parts can write, with JSON and with MIME") {
  Graph graph;
  const auto id = graph.deliver("x");
  auto patch = part("1", "/me/messages/" + id, "PATCH");
  patch["headers"] = {{"Content-Type", "application/json"}};
  patch["body"] = {{"isRead", true}};
  auto mime = part("2", "/me/messages", "POST");
  mime["headers"] = {{"content-type", "text/plain"}};
  mime["body"] = base64(plain_mail("draft"));
  const auto parts = by_id(graph.batch(std::vector<json>{patch, mime, part("3", "/me/messages/" + id, "DELETE")}));
  CHECK(parts.at("1")["status"] == 200);
  CHECK(parts.at("2")["status"] == 201);
  CHECK(parts.at("3")["status"] == 204);
  CHECK_FALSE(parts.at("3").contains("body"));
}

TEST_CASE("a part whose dependency failed is 424") {
  Graph graph;
  auto second = part("b", "/me/mailFolders/inbox");
  second["dependsOn"] = {"a"};
  auto third = part("c", "/me/mailFolders/inbox");
  third["dependsOn"] = {"b"};
  auto parts = by_id(graph.batch(std::vector<json>{part("a", "/me/mailFolders/clutter"), second, third}));
  CHECK(parts.at("b")["status"] == 424);
  CHECK(parts.at("c")["status"] == 424);
  parts = by_id(graph.batch(std::vector<json>{part("a", "/me/mailFolders/inbox"), second, third}));
  CHECK(parts.at("c")["status"] == 200);
}

TEST_CASE("malformed batches are refused whole") {
  Graph graph;
  std::vector<json> many;
  for (int at = 0; at < 21; ++at) many.push_back(part(std::to_string(at), "/me"));
  CHECK(graph.batch(many).status == 400);
  CHECK(graph.batch(std::vector<json>()).status == 400);
  CHECK(graph.batch(std::vector<json>{part("a", "/me"), part("A", "/me")}).status == 400);
  CHECK(graph.batch(std::vector<json>{part("a", "https://graph.microsoft.com/v1.0/me")}).status == 400);
  CHECK(graph.batch({json{{"id", "1"}, {"url", "/me"}}}).status == 400);
  auto untyped = part("1", "/me/sendMail", "POST");
  untyped["body"] = json::object();
  CHECK(graph.batch(std::vector<json>{untyped}).status == 400);
  auto extra = part("1", "/me");
  extra["priority"] = 1;
  CHECK(graph.batch(std::vector<json>{extra}).status == 400);
  CHECK(graph.get("/$batch").status == 405);
  CHECK(by_id(graph.batch(std::vector<json>{part("1", "/$batch", "POST")})).at("1")["status"] == 400);
}

TEST_CASE("faults and throttling hit parts, each on its own") {
  Graph graph;
  Response busy;
  busy.status = 429;
  busy.headers = {{"Retry-After", "7"}};
  graph.faults.by_path["/v1.0/me/mailFolders/inbox"] = busy;
  const auto answer =
      graph.batch(std::vector<json>{part("1", "/me/mailFolders/inbox"), part("2", "/me/mailFolders/drafts")});
  CHECK(answer.status == 200);
  const auto parts = by_id(answer);
  CHECK(parts.at("1")["status"] == 429);
  CHECK(parts.at("1")["headers"]["Retry-After"] == "7");
  CHECK(parts.at("2")["status"] == 200);
}

TEST_CASE("delta can be asked for in a batch, and its links name the outer host") {
  Graph graph;
  graph.load(15);
  const auto parts =
      by_id(graph.batch(std::vector<json>{part("1", "/me/mailFolders/inbox/messages/delta?$select=subject")}));
  const std::string next = parts.at("1")["body"]["@odata.nextLink"];
  CHECK(next.starts_with("http://127.0.0.1:8080/v1.0/me/mailFolders/inbox/messages/delta?"));
  CHECK(graph.get(next).status == 200);
}
