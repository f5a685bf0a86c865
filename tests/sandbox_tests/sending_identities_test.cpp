// Who mail comes from at the stand-ins, as the providers' documents have it.
#include <doctest/doctest.h>

#include "tests/sandbox/mime/headers.h"
#include "tests/sandbox_tests/gmail_fixture.h"
#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;

namespace {

std::string mail_from(const std::string& from) {
  return "From: " + from +
         "\r\nTo: bob@example.com\r\nSubject: Whose\r\nMessage-ID: <whose@client.test>\r\n\r\nText\r\n";
}

std::string sender_of(const std::string& raw) {
  return mime::parse_addresses(mime::find_header(mime::scan_headers(raw), "From")).at(0).address;
}

}  // namespace

TEST_CASE(
    "Gmail: an address that nobody has confirmed is listed as pending, and mail from it leaves as the primary one") {
  GmailFixture box;
  box.control("add_send_as", {{"email", "sales@example.org"}, {"pending", true}});
  const auto list = box.get("settings/sendAs").json["sendAs"];
  REQUIRE(list.size() == 2);
  CHECK(list[1]["verificationStatus"] == "pending");
  CHECK_FALSE(list[0].contains("verificationStatus"));
  const auto send = [&] {
    CHECK(box.post("messages/send", {{"raw", base64url(mail_from("sales@example.org"))}}).status == 200);
    return sender_of(box.delivered.back().raw);
  };
  CHECK(send() == "anna@gmail.test");
  box.control("add_send_as", {{"email", "sales@example.org"}, {"pending", false}});
  CHECK(box.get("settings/sendAs/sales%40example.org").json["verificationStatus"] == "accepted");
  CHECK(send() == "sales@example.org");
}

TEST_CASE("Gmail: the sending addresses are told to those who may read mail or settings, not to those who only write") {
  const std::string root = "https://www.googleapis.com/auth/";
  for (const auto& [scope, status] : {std::pair{"gmail.readonly", 200},
                                      {"gmail.modify", 200},
                                      {"gmail.settings.basic", 200},
                                      {"gmail.compose", 403},
                                      {"gmail.send", 403}}) {
    CAPTURE(scope);
    GmailFixture box;
    box.session.scopes = {root + scope};
    CHECK(box.get("settings/sendAs").status == status);
  }
}

TEST_CASE("Graph: further addresses are told when they are asked for, and mail from them leaves as the primary one") {
  test::Graph graph;
  graph.control("add_address", {{"email", "sales@outlook.test"}});
  CHECK_FALSE(graph.get("/me").body.contains("proxyAddresses"));
  const auto proxies = graph.get("/me?$select=mail,proxyAddresses").body["proxyAddresses"];
  REQUIRE(proxies.size() == 3);
  CHECK(proxies[0] == "SMTP:anna@outlook.test");
  CHECK(proxies[1] == "smtp:sales@outlook.test");
  const auto send = [&] {
    CHECK(graph.mime("POST", "/me/sendMail", mail_from("sales@outlook.test")).status == 202);
    return sender_of(graph.delivered.back().second);
  };
  CHECK(send() == "anna@outlook.test");
  graph.control("may_send_as", {{"aliases", true}});
  CHECK(send() == "sales@outlook.test");
}

TEST_CASE("Graph: who reaches a mailbox with Full Access alone may not send as it") {
  test::Graph graph;
  graph.service->add_mailbox("team@outlook.test");
  graph.session.scopes = {"Mail.ReadWrite.Shared", "Mail.Send.Shared", "User.Read"};
  const auto send = [&] {
    return graph.mime("POST", "/users/team@outlook.test/sendMail", mail_from("team@outlook.test"));
  };
  CHECK(send().status == 202);
  graph.service->control("team@outlook.test", "may_send_as", {{"others", false}}, graph.now);
  const auto denied = send();
  CHECK(denied.status == 403);
  CHECK(denied.code() == "ErrorSendAsDenied");
}
