#include "core/base/encoding.h"
#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;

namespace {

using Ids = std::vector<std::string>;

// Three messages, oldest first: a (plain), b (attachment, label Work/2026), c (newest, starred, read, German).
struct Searched : GmailFixture {
  Searched() {
    a = deliver(mail("Quarterly report", "please read the numbers",
                     "Cc: team@example.org\r\nMessage-ID: <a.1@example.org>\r\n"),
                {{"received", "2026-01-10T12:00:00Z"}});
    b = deliver(
        "From: Dora <dora@shop.example>\r\nTo: anna@gmail.test\r\nBcc: x@hidden.test\r\nList-ID: "
        "<dev.lists.example>\r\nSubject: Invoice "
        "42\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nsee attachment\r\n--q\r\nContent-Type: "
        "application/pdf; name=\"invoice-42.pdf\"\r\n\r\n" +
            std::string(5000, 'x') + "\r\n--q--\r\n",
        {{"received", "2026-03-01T12:00:00Z"}, {"labels", {"Work/2026"}}});
    c = deliver(mail("=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=", "the quick brown fox"),
                {{"received", "2026-09-20T12:00:00Z"}, {"unread", false}, {"starred", true}});
  }
  std::string a, b, c;
};

}  // namespace

TEST_CASE("search operators select as Gmail's help describes them") {
  Searched box;
  const Ids none;
  const std::vector<std::pair<std::string, Ids>> cases = {
      {"", {box.c, box.b, box.a}},
      {"from:carl", {box.c, box.a}},
      {"from:carl@example.org", {box.c, box.a}},
      {"from:\"Carl Example\"", {box.c, box.a}},
      {"from:arl", none},
      {"to:anna", {box.c, box.b, box.a}},
      {"to:team@example.org", {box.a}},
      {"cc:team", {box.a}},
      {"bcc:x@hidden.test", {box.b}},
      {"subject:invoice", {box.b}},
      {"subject:(quarterly report)", {box.a}},
      {"subject:(report OR invoice)", {box.b, box.a}},
      {"subject:GRÜSSE", none},
      {"subject:GRÜßE", {box.c}},
      {"label:work-2026", {box.b}},
      {"label:Work/2026", {box.b}},
      {"label:starred", {box.c}},
      {"in:inbox", {box.c, box.b, box.a}},
      {"in:sent", none},
      {"in:archive", none},
      {"is:unread", {box.b, box.a}},
      {"is:read", {box.c}},
      {"is:starred", {box.c}},
      {"has:attachment", {box.b}},
      {"-has:attachment", {box.c, box.a}},
      {"has:userlabels", {box.b}},
      {"has:nouserlabels", {box.c, box.a}},
      {"filename:pdf", {box.b}},
      {"filename:invoice-42.pdf", {box.b}},
      {"list:dev.lists.example", {box.b}},
      {"rfc822msgid:a.1@example.org", {box.a}},
      {"rfc822msgid:<a.1@example.org>", {box.a}},
      {"rfc822msgid:A.1@example.org", none},
      {"after:2026/03/01", {box.c, box.b}},
      {"after:2026/3/2", {box.c}},
      {"before:2026/03/01", {box.a}},
      {"after:2026-01-11 before:2026-08-01", {box.b}},
      {"after:1772366399", {box.c, box.b}},
      {"after:1772366401", {box.c}},
      {"newer_than:7d", {box.c}},
      {"older_than:7d", {box.b, box.a}},
      {"older_than:6m", {box.b, box.a}},
      {"larger:4K", {box.b}},
      {"smaller:4K", {box.c, box.a}},
      {"larger:1M", none},
      {"numbers", {box.a}},
      {"NUMBERS report", {box.a}},
      {"number", none},
      {"\"quick brown\"", {box.c}},
      {"\"brown quick\"", none},
      {"brown quick", {box.c}},
      {"invoice OR fox", {box.c, box.b}},
      {"{invoice fox}", {box.c, box.b}},
      {"is:unread (invoice OR fox)", {box.b}},
      {"is:unread invoice OR fox", {box.b}},
      {"-is:unread", {box.c}},
      {"-(invoice OR fox)", {box.a}},
      {"-{invoice fox}", {box.a}},
      {"-in:chats", {box.c, box.b, box.a}},
      {"+fox", {box.c}},
      {"unknown:operator", none},
  };
  for (const auto& [query, expected] : cases) {
    CAPTURE(query);
    CHECK(box.search(query) == expected);
  }
}

TEST_CASE("nothing that can be typed is a syntax error") {
  GmailFixture box;
  box.deliver(mail("a"));
  for (const std::string& query :
       {std::string("(("), std::string("))"), std::string("from:"), std::string("-"), std::string("\""),
        std::string("OR OR"), std::string("{a"), std::string("subject:(a"), std::string("after:never"),
        std::string(5000, '('), std::string(5000, '-'), std::string("a) b"), std::string("larger:xM")}) {
    CHECK(box.get("messages?q=" + percent_encode(query)).status == 200);
  }
}
