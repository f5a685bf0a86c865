// Mail and servers that are out to harm the reader's terminal, through the real program: in a pipe, as JSON and on a
// terminal (a pseudo-terminal made by script(1)).
#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "tests/e2e/world.h"

using namespace mailmgr::test;
using mailmgr::base64;

namespace {

// Sets the window's title and writes the clipboard (OSC 52), clears the screen, and shows letters in another order.
const std::string kEvil =
    "\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x07\x1b[2J\xc2\x9b"
    "31m\xc2\x9d"
    "a\xe2\x80\xae"
    "txt.exe";

// The first character that a terminal would obey, or empty: C0 but for line ends and tabs, DEL, C1, bidi controls.
std::string harmful(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U; };
    const bool control = (at(0) < 0x20 && at(0) != '\n' && at(0) != '\t') || at(0) == 0x7f;
    const bool c1 = at(0) == 0xc2 && at(1) >= 0x80 && at(1) < 0xa0;
    const bool override_ = at(0) == 0xe2 && at(1) == 0x80 && at(2) >= 0xaa && at(2) <= 0xae;
    const bool isolate = at(0) == 0xe2 && at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9;
    if (control || c1 || override_ || isolate) return mailmgr::hex(text.substr(i, 3)) + " in: " + text.substr(0, 200);
  }
  return {};
}

Ended shown_on_terminal(const Home& home, const std::string& words) {
  Ended ended = home.on_terminal(words, {}, {{"NO_COLOR", "1"}, {"TERM", "xterm"}, {"PAGER", "cat"}});
  std::erase(ended.out, '\r');  // the terminal writes line ends as CR LF
  return ended;
}

std::string hostile_message() {
  const std::string word = "=?utf-8?B?" + base64(kEvil) + "?=";
  return "From: " + word + " <ada@example.org>\r\nTo: b@example.org\r\nSubject: " + word + "\r\nMessage-ID: <evil" +
         "@example.org>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
         "Content-Transfer-Encoding: base64\r\n\r\n" +
         base64(kEvil + "\nText.\n") + "\r\n--b\r\nContent-Type: application/octet-stream; name=\"" + word +
         "\"\r\nContent-Disposition: attachment; filename=\"" + word + "\"\r\n\r\ndata\r\n--b--\r\n";
}

}  // namespace

TEST_CASE("attacks 59, 60: escapes in mail and folder names reach no terminal and no pipe, and JSON stays JSON") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    home.log_in(provider.name);
    const std::string mailbox = "/_sandbox/mailbox/" + provider.address;
    sandbox.post(mailbox + "/create_folder", {{"name", "Folder " + kEvil}});
    sandbox.post(mailbox + "/deliver", {{"raw", base64(hostile_message())}, {"folder", "Folder " + kEvil}});
    REQUIRE(home.run({"sync", provider.address}).exit_code == 0);
  }
  const std::string id = home.json({"list", "in:anywhere"}).front()["id"].dump();
  for (const std::string words : {"list in:anywhere", "search text in:anywhere", "folders", "account list"}) {
    CAPTURE(words);
    const std::string first = words.substr(0, words.find(' '));
    const Ended terminal = shown_on_terminal(home, words);
    CHECK(terminal.exit_code == 0);
    CHECK(!terminal.out.empty());
    CHECK(harmful(terminal.out) == "");
  }
  CHECK(harmful(shown_on_terminal(home, "show " + id).out) == "");
  const std::vector<std::vector<std::string>> commands{
      {"list", "in:anywhere"}, {"search", "text", "in:anywhere"}, {"show", id}, {"folders"}};
  for (auto words : commands) {
    CAPTURE(words.front());
    const Ended piped = home.run(words);
    CHECK(piped.exit_code == 0);
    CHECK(!piped.out.empty());
    CHECK(harmful(piped.out) == "");
    const std::string lines = home.run([&] {
                                    words.push_back("--json");
                                    return words;
                                  }())
                                  .out;
    CHECK(!json_lines(lines).empty());  // every line parses
    CHECK(harmful(lines) == "");
  }
  // In JSON the subject is what it is: whoever reads it decides how to show it.
  CHECK(home.json({"show", id}).front()["subject"].get<std::string>().find("owned") != std::string::npos);
}

TEST_CASE("attacks 13, 59: escapes in a server's error are shown as harmless text") {
  const Sandbox sandbox({"--synthetic", "1", "--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    home.log_in(provider.name);
    const Json api_error{
        {"error", {{"code", 403}, {"message", kEvil}, {"status", kEvil}, {"errors", {{{"reason", kEvil}}}}}}};
    const Json token_error{{"error", "invalid_request"}, {"error_description", kEvil}};
    for (const auto& [path, body] : {std::pair{"gmail|v1.0", api_error}, {"token", token_error}}) {
      CAPTURE(path);
      home.expire_access_tokens();
      sandbox.post("/_sandbox/faults", {{"match", {{"path", path}}}, {"action", {{"status", 403}, {"body", body}}}});
      const Ended plain = home.run({"sync", provider.address, "-v"});
      CHECK(plain.exit_code != 0);
      CHECK(harmful(plain.out + plain.err) == "");
      CHECK(harmful(shown_on_terminal(home, "sync -q " + provider.address).out) == "");
      const Ended json = home.run({"sync", provider.address, "--json"});
      CHECK(json_lines(json.err).back().contains("error"));
      CHECK(harmful(json.out + json.err) == "");
      sandbox.remove_faults();
    }
  }
}

TEST_CASE("attack 61: a zip file in a message is listed and never unpacked") {
  // Holds the file inner.txt, not compressed, with the word "unpackedword".
  const std::string zip =
      "UEsDBBQAAAAAAABIP1w1BMmVDQAAAA0AAAAJAAAAaW5uZXIudHh0dW5wYWNrZWR3b3JkClBLAQIUAxQAAAAAAABIP1w1BMmVDQAAAA0AAAAJAAAA"
      "AAAAAAAAAACAAQAAAABpbm5lci50eHRQSwUGAAAAAAEAAQA3AAAANAAAAAAA";
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    home.log_in(provider.name);
    sandbox.post("/_sandbox/mailbox/" + provider.address + "/deliver",
                 {{"raw",
                   "From: ada@example.org\r\nSubject: archive\r\nMIME-Version: 1.0\r\n"
                   "Content-Type: application/zip; name=a.zip\r\nContent-Disposition: attachment; "
                   "filename=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                       zip + "\r\n"}});
    REQUIRE(home.run({"sync", provider.address}).exit_code == 0);
    const auto found = home.json({"search", "-a", provider.address, "filename:a.zip"});
    REQUIRE(found.size() == 1);
    const Json shown = home.json({"show", found[0]["id"].dump()}).front();
    REQUIRE(shown["attachments"].size() == 1);
    CHECK(shown["attachments"][0]["name"] == "a.zip");
    CHECK(shown["body_text"] == "");
    CHECK(home.json({"search", "-a", provider.address, "unpackedword"}).empty());
    CHECK(home.json({"search", "-a", provider.address, "filename:inner.txt"}).empty());
  }
  const Ended find =
      run({{"/usr/bin/find", home.folder().path(), "-name", "inner*"}, {{"PATH", "/usr/bin:/bin"}}, {}, {}});
  CHECK(find.out.empty());
}

TEST_CASE("attacks 72, 73: queries and ids made to break SQL, full text or URLs do nothing but fail or find nothing") {
  const Sandbox sandbox({"--synthetic", "5", "--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  home.log_in("google");
  REQUIRE(home.run({"sync"}).exit_code == 0);
  for (const std::string query :
       {"\"", "NEAR(", "NEAR(a b, 2)", "*", "a*", "col:x", "AND", "OR OR", "x'; DROP TABLE message; --",
        "subject:\"'; DROP", "id:1;DROP", "{a b}", "-", "^a", "\"a\" + \"b\"", "a AND NOT"}) {
    CAPTURE(query);
    const Ended ended = home.run({"search", "--json", "--", query});
    const bool harmless = ended.exit_code == 0 || ended.exit_code == 2;
    CHECK_MESSAGE(harmless, ended.err);
  }
  for (const std::string id :
       {"x'; DROP TABLE message; --", "1 OR 1=1", "a/../b?$select=", "-1", "0x1", "99999999999999999999"}) {
    CAPTURE(id);
    CHECK(home.run({"show", "--", id}).exit_code == 2);
  }
  CHECK(home.json({"search", "in:anywhere"}).size() == 5);
  CHECK(home.sql("mail", "PRAGMA integrity_check") == "ok\n");
}
