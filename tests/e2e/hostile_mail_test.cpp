// Mail and servers that are out to harm the reader, the terminal or the disk, through the real program: in a pipe, as
// JSON, on a terminal (a pseudo-terminal made by script(1)) and in files.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "core/base/encoding.h"
#include "tests/e2e/exports.h"
#include "tests/e2e/reading.h"

using namespace mailmgr::test;
using mailmgr::base64;

namespace {

// Sets the window's title and writes the clipboard (OSC 52), clears the screen, and shows letters in another order.
const std::string kEvil =
    "\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x07\x1b[2J\xc2\x9b"
    "31m\xc2\x9d"
    "a\xe2\x80\xae"
    "txt.exe";

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

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string attached_as(const std::string& parameter, const std::string& content = "x") {
  return "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; " + parameter + "\r\n\r\n" +
         content + "\r\n";
}

// A hundred thousand pieces of one parameter (RFC 2231 §3).
std::string name_in_pieces() {
  std::string pieces = "filename*0=a";
  for (int i = 1; i < 100'000; ++i) pieces += ";\r\n filename*" + std::to_string(i) + "=a";
  return pieces;
}

std::string nested_multiparts(int depth) {
  std::string nested;
  for (int i = 0; i < depth; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    nested += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  return nested + "Content-Type: text/plain\r\n\r\ndeep\r\n";
}

// Messages that break readers: a name for each, and its bytes.
std::vector<std::pair<std::string, std::string>> hostile_messages() {
  const std::string to = "To: a@gmail.test\r\nMIME-Version: 1.0\r\nSubject: hostile ";
  const std::string head = "From: e@example.org\r\n" + to;
  const std::string mixed = "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  return {
      {"nesting", head + "nesting\r\n" + nested_multiparts(10'000)},
      {"parts",
       head + "parts" + mixed + repeated("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", 100'000) + "--b--\r\n"},
      {"continuations", head + "continuations" + mixed + attached_as(name_in_pieces()) + "--b--\r\n"},
      {"forwards",
       head + "forwards\r\n" +
           repeated("Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=f.eml\r\n\r\n", 5'000) +
           "Subject: inmost\r\n\r\ndeep\r\n"},
      {"colons", "From: " + repeated(":", 99'999) + "\r\n" + to + "colons\r\n\r\nbody\r\n"},
      {"header", head + "header\r\nX-Long: " + repeated("word ", 100'000) + "\r\n\r\nbody\r\n"},
      {"headers", head + "headers\r\n" + repeated("X-Many: 1\r\n", 20'000) + "\r\nbody\r\n"},
      {"charset", head + "charset\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\xff\xfe\xe4\xf6 lies\r\n"},
      {"wide", head + "wide\r\nContent-Type: text/plain; charset=utf-16\r\n\r\nnot utf-16 at all\r\n"},
      {"escapes",
       head + "escapes =?utf-8?B?" +
           base64("\x1b]0;x\x07\x1b[2J\xc2\x9b"
                  "1m") +
           "?=\r\nX-Esc: \x1b[31mred\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\x1b[2J\x1b]52;c;eA==\x07"
           "a\bb\rc\r\n"},
      {"bidi", head + "bidi \xe2\x80\xaetxt.exe\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                      "\xe2\x80\xae"
                      "evil\xe2\x81\xa6 text\xe2\x81\xa9\r\n"},
      {"html", head + "html\r\nContent-Type: text/html\r\n\r\n" + repeated("<div><table><tr><td>", 5'000) +
                   "deep<a href=\"https://example.org/&#27;[2J\">link</a>&#x1b;[31m\r\n"},
      {"html-escapes", head +
                           "html-escapes\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>\x1b[2J\x1b]52;c;eA==\x07"
                           "\xc2\x9b"
                           "31m\xe2\x80\xaered</p>\r\n"},
      {"zero", head + "zero\r\n\r\nbefore" + std::string(1, '\0') + "after\r\n"},
      {"files",
       head + "files" + mixed + attached_as("filename=\"../escape.txt\"") + attached_as("filename=\"/etc/passwd\"") +
           attached_as("filename*=utf-8''%1b%5d0%3bx%07%e2%80%ae.txt") + attached_as("filename*=utf-8''a%00b%0ac") +
           attached_as("filename=\".bashrc\"") + attached_as("filename=\"-rf\"") +
           attached_as("filename=\"" + std::string(4096, 'n') + "\"") + repeated(attached_as("filename=same.txt"), 3) +
           attached_as("filename=cut.bin\r\nContent-Transfer-Encoding: base64", "*** no base64 \xff at all") +
           "--b--\r\n"},
  };
}

constexpr std::size_t kHostileFiles = 13;  // attachments of these: a name in pieces, a forward, and 11 files

void check_words(const SyncedMail& world) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"list", "in:anywhere"},
                                                                 {"list", "in:anywhere", "--threads"},
                                                                 {"list", "in:anywhere", "--json"},
                                                                 {"show", "-"},
                                                                 {"show", "-", "--headers", "--fold"},
                                                                 {"show", "-", "--json"},
                                                                 {"attachment", "list", "-"},
                                                                 {"attachment", "list", "-", "--json"}}) {
    CAPTURE(words.front());
    CAPTURE(words.back());
    const Ended ended = world.home.run(words, world.ids);
    CHECK_MESSAGE(ended.exit_code == 0, ended.err);
    CHECK(!ended.out.empty());
    CHECK(harmful(ended.out + ended.err) == "");
  }
  std::string ids = world.ids;
  std::replace(ids.begin(), ids.end(), '\n', ' ');
  for (const std::string& words : {std::string("list in:anywhere --limit 1000"), "show " + ids, "show --html " + ids}) {
    CAPTURE(words);
    const Ended terminal = shown_on_terminal(world.home, words);
    CHECK(!terminal.out.empty());
    CHECK(harmful(terminal.out) == "");
  }
}

void check_saved_files(const SyncedMail& world) {
  const auto outside = world.home.folder().path() + "/outside";
  std::filesystem::create_directory(outside);
  const auto saved = world.home.json({"attachment", "save", "-", "-o", outside + "/in"}, world.ids);
  CHECK(saved.size() == kHostileFiles * provider_cases().size());
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(outside)) {
    const std::string name = entry.path().filename();
    CAPTURE(name);
    CHECK(harmful(name) == "");
    CHECK(name.find_first_of("\n\\") == std::string::npos);
    CHECK(!name.starts_with('.'));
    CHECK(!name.starts_with('-'));
    if (entry.is_directory()) continue;
    CHECK(entry.path().parent_path() == outside + "/in");
    ++files;
  }
  CHECK(files == saved.size());
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

TEST_CASE("attacks 54, 55, 56, 57, 58, 59, 60, 62: what breaks readers is shown, saved and exported, not obeyed") {
  const auto messages = hostile_messages();
  const TemporaryFolder mail;
  for (const auto& [name, raw] : messages) mail.write(name + ".eml", raw);
  const SyncedMail world(mail.path());
  REQUIRE(world.listed.size() == messages.size() * provider_cases().size());
  check_words(world);
  check_raw_bytes(world);
  check_saved_files(world);
  check_exports(world);
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
