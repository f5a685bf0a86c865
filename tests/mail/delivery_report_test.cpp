#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/mail/parse.h"

using namespace mailmgr;

namespace {

std::string report_with(const std::string& status, const std::string& returned_type, const std::string& returned) {
  return fmt::format(
      "From: MAILER-DAEMON@mx.example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
      "--b\r\nContent-Type: message/delivery-status\r\n\r\n{}\r\n"
      "--b\r\nContent-Type: {}\r\n\r\n{}\r\n--b--\r\n",
      status, returned_type, returned);
}

std::optional<DeliveryReport> report_of(const std::string& raw) {
  return parse_message(Blob(raw)).value().report;
}

}  // namespace

TEST_CASE("a report tells whom a message did not reach, why, and which message it was") {
  const auto report = report_of(report_with(
      "Reporting-MTA: dns; mx.example.org\r\nX-Postfix-Queue-ID: 1\r\n\r\n"
      "Final-Recipient: rfc822; nobody@example.net\r\nOriginal-Recipient: rfc822;No.Body@example.net\r\n"
      "Action: failed\r\nStatus: 5.1.1 (no such user)\r\nDiagnostic-Code: smtp; 550 5.1.1 User\r\n unknown\r\n\r\n"
      "Final-Recipient: rfc822; slow@example.net\r\nAction: Delayed\r\nStatus: 4.4.1\r\n\r\n"
      "Final-Recipient: rfc822; fine@example.net\r\nAction: delivered\r\nStatus: 2.0.0\r\n",
      "text/rfc822-headers", "Subject: Offer\r\nMessage-ID: <offer@mail.example.org>\r\nX-Mailmgr-Id: 00ff\r\n"));
  REQUIRE(report);
  CHECK(report->message_id == "<offer@mail.example.org>");
  CHECK(report->marker == "00ff");
  REQUIRE(report->recipients.size() == 2);
  CHECK(report->recipients[0].email == "No.Body@example.net");
  CHECK(report->recipients[0].action == DeliveryReport::Action::failed);
  CHECK(report->recipients[0].status == "5.1.1");
  CHECK(report->recipients[0].diagnostic == "550 5.1.1 User unknown");
  CHECK(report->recipients[1].action == DeliveryReport::Action::delayed);
}

TEST_CASE("a report that brings the whole message back is about that message, not about one it contains") {
  const auto report = report_of(report_with(
      "Reporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822;x@example.net\r\nAction: failed\r\nStatus: 5.1.10\r\n"
      "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound\r\n",
      "message/rfc822", "Message-ID: <one@example.org>\r\nSubject: x\r\n\r\nMessage-ID: <two@example.org>\r\n"));
  REQUIRE(report);
  CHECK(report->message_id == "<one@example.org>");
  CHECK(report->recipients.at(0).status == "5.1.10");
}

TEST_CASE("what arrived, what is no report, and a report that somebody passed on are none") {
  CHECK_FALSE(
      report_of(report_with("Reporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822;x@example.net\r\n"
                            "Action: delivered\r\nStatus: 2.0.0\r\n",
                            "text/rfc822-headers", "Message-ID: <one@example.org>\r\n")));
  CHECK_FALSE(report_of("Subject: x\r\n\r\nFinal-Recipient: rfc822;x@example.net\r\nAction: failed\r\n"));
  const auto inner = report_with("A: b\r\n\r\nFinal-Recipient: rfc822;x@example.net\r\nAction: failed\r\n",
                                 "text/rfc822-headers", "Message-ID: <one@example.org>\r\n");
  const std::string passed_on =
      "Subject: fwd\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"o\"\r\n\r\n"
      "--o\r\n" +
      inner.substr(inner.find("Content-Type: multipart/report")) + "--o--\r\n";
  CHECK_FALSE(report_of(passed_on));
}

TEST_CASE("a hostile report gives text on one line, status codes that are some, and is read in bounds") {
  std::string many = "A: b\r\n\r\n";
  for (int i = 0; i < 5000; ++i)
    many += fmt::format("Final-Recipient: rfc822;x{}@example.net\r\nAction: failed\r\n\r\n", i);
  const auto large = report_of(report_with(many, "text/rfc822-headers", "Message-ID: <one@example.org>\r\n"));
  REQUIRE(large);
  CHECK(large->recipients.size() <= 1000);
  const auto report = report_of(report_with(
      "A: b\r\n\r\nFinal-Recipient: rfc822;x\x1b[31m@example.net\r\nAction: failed\r\nStatus: 5.1.1; DROP\r\n"
      "Diagnostic-Code: smtp; \x1b]0;x\x07 \xff\r\n\r\nFinal-Recipient: y\r\nAction: failed\r\nStatus: 99999.1.1\r\n",
      "text/rfc822-headers", "Message-ID: none\r\n"));
  REQUIRE(report);
  for (const auto& recipient : report->recipients) {
    for (const auto& text : {recipient.email, recipient.diagnostic}) {
      CHECK(text.find_first_of("\x1b\x07\r\n") == std::string::npos);
    }
  }
  CHECK(report->recipients.at(0).status == "5.1.1");
  CHECK(report->recipients.at(1).status.empty());
  CHECK(report->message_id.empty());
}
