#include <doctest/doctest.h>

#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using namespace mailmgr::sandbox::test;

namespace {

const std::string kMixed =
    "From: bob@example.com\r\nTo: anna@outlook.test\r\nSubject: Files\r\nMessage-ID: <files@example.com>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\nSee files.\r\n"
    "--b\r\nContent-Type: text/csv; name=\"a.csv\"\r\nContent-Disposition: attachment; filename=\"a.csv\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nMSwyLDM=\r\n"
    "--b\r\nContent-Type: image/png\r\nContent-Disposition: inline; filename=\"i.png\"\r\nContent-ID: <pic@x>\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: carl@example.com\r\nSubject: Inner\r\n\r\nInner text\r\n"
    "--b--\r\n";

json file(const std::string& name, const std::string& bytes) {
  return {{"@odata.type", "#microsoft.graph.fileAttachment"},
          {"name", name},
          {"contentType", "text/plain"},
          {"contentBytes", base64(bytes)}};
}

Answer put(Graph& graph, const std::string& url, const std::string& body, const std::string& range) {
  return graph.call("PUT", url.substr(url.find("/_upload")), body, {{"Content-Range", range}});
}

}  // namespace

TEST_CASE("the attachments of received mail are listed with their types, and read one by one") {
  Graph graph;
  const std::string id = graph.control("deliver", {{"raw", kMixed}})["id"];
  const auto url = "/me/messages/" + id + "/attachments";
  CHECK(graph.get("/me/messages/" + id).body["hasAttachments"] == true);
  const auto list = graph.get(url).body["value"];
  REQUIRE(list.size() == 3);
  CHECK(list[0]["@odata.type"] == "#microsoft.graph.fileAttachment");
  CHECK(list[0]["name"] == "a.csv");
  CHECK(list[0]["contentType"] == "text/csv");
  CHECK(list[0]["contentBytes"] == base64("1,2,3"));
  CHECK(list[0]["size"] > 5);
  CHECK(list[1]["isInline"] == true);
  CHECK(list[1]["contentId"] == "pic@x");
  CHECK(list[2]["@odata.type"] == "#microsoft.graph.itemAttachment");
  CHECK(list[2]["name"] == "Inner");
  CHECK_FALSE(list[2].contains("contentBytes"));
  const auto lean = graph.get(url + "?$select=id,name,size").body["value"];
  CHECK_FALSE(lean[0].contains("contentBytes"));
  CHECK(graph.get(url + "/$count").text == "3");
  const std::string first = list[0]["id"];
  CHECK(graph.get(url + "/" + first).body["name"] == "a.csv");
  CHECK(graph.get(url + "/" + first + "/$value").text == "1,2,3");
  const std::string inner = list[2]["id"];
  CHECK(graph.get(url + "/" + inner + "/$value").text.starts_with("From: carl@example.com"));
  CHECK(graph.get(url + "/" + inner + "?$expand=microsoft.graph.itemattachment/item").body["item"]["subject"] ==
        "Inner");
  CHECK(graph.get(url + "/nonsense").status == 400);
  CHECK(graph.get("/me/messages/" + id + "?$expand=attachments($select=name)").body["attachments"].size() == 3);
  CHECK(graph.post(url, file("x", "y")).status == 400);  // no draft
}

TEST_CASE("a message whose attachments are all inline has none") {
  Graph graph;
  std::string raw = kMixed;
  raw.erase(raw.find("--b\r\nContent-Type: text/csv"),
            raw.find("--b\r\nContent-Type: image") - raw.find("--b\r\nContent-Type: text/csv"));
  raw.erase(raw.find("--b\r\nContent-Type: message"), raw.find("--b--") - raw.find("--b\r\nContent-Type: message"));
  const std::string id = graph.control("deliver", {{"raw", raw}})["id"];
  CHECK(graph.get("/me/messages/" + id).body["hasAttachments"] == false);
  CHECK(graph.get("/me/messages/" + id + "/attachments").body["value"].size() == 1);
}

TEST_CASE("attachments of a draft can be added and deleted, and keep their ids") {
  Graph graph;
  const std::string id = graph.post("/me/messages", {{"subject", "d"}}).body["id"];
  const auto url = "/me/messages/" + id + "/attachments";
  const auto one = graph.post(url, file("one.txt", "1"));
  REQUIRE(one.status == 201);
  CHECK(one.body["name"] == "one.txt");
  const auto two = graph.post(url, file("zwei ü.txt", std::string(100'000, 'x')));
  CHECK(graph.get(url).body["value"].size() == 2);
  const std::string first = one.body["id"];
  const std::string second = two.body["id"];
  CHECK(graph.call("DELETE", url + "/" + first).status == 204);
  CHECK(graph.get(url + "/" + first).status == 404);
  const auto left = graph.get(url + "/" + second);
  CHECK(left.body["name"] == "zwei ü.txt");
  CHECK(graph.get(url + "/" + second + "/$value").text == std::string(100'000, 'x'));
  CHECK(graph.post(url, {{"name", "x"}, {"contentBytes", "AA=="}}).status == 400);
  CHECK(graph.post(url, {{"@odata.type", "#microsoft.graph.fileAttachment"}, {"filename", "x"}}).status == 400);
}

TEST_CASE("requests above 4 MB are refused") {
  Graph graph;
  const std::string id = graph.post("/me/messages", {{"subject", "d"}}).body["id"];
  CHECK(graph.post("/me/messages/" + id + "/attachments", file("big", std::string(3'300'000, 'x'))).status == 413);
}

TEST_CASE("large attachments go through an upload session in ranges, without a token") {
  Graph graph;
  const std::string id = graph.post("/me/messages", {{"subject", "big"}}).body["id"];
  const auto url = "/me/messages/" + id + "/attachments";
  const std::size_t size = 5'000'000;
  const auto open = [&](std::size_t bytes) {
    return graph.post(url + "/createUploadSession",
                      {{"AttachmentItem", {{"attachmentType", "file"}, {"name", "big.bin"}, {"size", bytes}}}});
  };
  CHECK(open(1000).code() == "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize");
  CHECK(open(200ULL << 20).status == 400);
  const auto session = open(size);
  REQUIRE(session.status == 201);
  CHECK(session.body["nextExpectedRanges"] == json({"0-"}));
  const std::string upload = session.body["uploadUrl"];
  CHECK(upload.starts_with("http://127.0.0.1:8080/_upload/"));
  CHECK(is_upload_path(upload.substr(upload.find("/_upload"))));
  CHECK_FALSE(is_upload_path("/v1.0/me"));

  const std::string first(3'276'800, 'a');
  const std::string second(size - first.size(), 'b');
  graph.session = {};  // the front passes upload URLs on without a session
  CHECK(put(graph, upload, first, "bytes 5-3276804/5000000").status == 416);
  CHECK(put(graph, upload, first, "bytes 0-10/5000000").status == 400);
  CHECK(put(graph, upload, first, "0-3276799").status == 400);
  const auto target = upload.substr(upload.find("/_upload"));
  CHECK(graph.call("PUT", target, first, {{"Content-Range", "bytes 0-3276799/5000000"}, {"Authorization", "Bearer x"}})
            .status == 401);
  const auto partial = put(graph, upload, first, "bytes 0-3276799/5000000");
  CHECK(partial.status == 200);
  CHECK(partial.body["NextExpectedRanges"] == json({"3276800"}));
  CHECK(graph.call("GET", target).body["NextExpectedRanges"] == json({"3276800"}));
  const auto done = put(graph, upload, second, "bytes 3276800-4999999/5000000");
  CHECK(done.status == 201);
  CHECK(done.text.empty());
  const auto location = done.header("Location");
  CHECK(put(graph, upload, second, "bytes 3276800-4999999/5000000").status == 404);

  graph.session.email = kAnna;
  graph.session.scopes = {"Mail.Read"};
  const auto attachment = graph.get(location);
  CHECK(attachment.body["name"] == "big.bin");
  CHECK(graph.get(url).body["value"].size() == 1);
  CHECK(graph.get(location + "/$value").text == first + second);
}

TEST_CASE("an upload session can be cancelled and runs out") {
  Graph graph;
  const std::string id = graph.post("/me/messages", {{"subject", "big"}}).body["id"];
  const auto open = [&] {
    const std::string url =
        graph
            .post("/me/messages/" + id + "/attachments/createUploadSession",
                  {{"AttachmentItem", {{"attachmentType", "file"}, {"name", "b"}, {"size", 4'000'000}}}})
            .body["uploadUrl"];
    return url.substr(url.find("/_upload"));
  };
  const auto cancelled = open();
  CHECK(graph.call("DELETE", cancelled).status == 204);
  CHECK(graph.call("GET", cancelled).status == 404);
  const auto late = open();
  graph.now += std::chrono::hours(2);
  CHECK(graph.call("GET", late).status == 404);
}
