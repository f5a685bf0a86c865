// Reading: the pager, folded quotations, chosen headers, and messages made to break whoever shows them.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "core/base/encoding.h"
#include "tests/e2e/world.h"

using namespace mailmgr::test;
using mailmgr::base64;

namespace {

std::string answer_with_quotation() {
  return "From: Ada <ada@example.org>\r\nTo: a@gmail.test\r\nSubject: Re: Tea\r\nMessage-ID: <tea@example.org>\r\n"
         "X-Kettle: on\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\nYes, please.\r\n\r\nOn Sunday you wrote:\r\n"
         "> Tea?\r\n> Or coffee?\r\n";
}

struct ReadingHome : Sandbox, Home {
  ReadingHome() : Sandbox({"--auto-consent"}) {
    set_provider("google", *this);
    log_in("google");
  }

  void deliver(const std::string& raw) const { post("/_sandbox/mailbox/a@gmail.test/deliver", {{"raw", base64(raw)}}); }
  void sync() const { REQUIRE(run({"sync"}).exit_code == 0); }

  // What a person sees, through `pager`.
  Ended through(const std::string& pager, const std::string& words) const {
    Ended ended = on_terminal(words, {}, {{"PAGER", pager}, {"TERM", "xterm"}, {"NO_COLOR", "1"}});
    std::erase(ended.out, '\r');
    return ended;
  }
};

// The first byte of a character that a terminal would obey: C0 but for line ends and tabs, DEL, C1, bidi controls.
bool is_harmful(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U; };
    if ((at(0) < 0x20 && at(0) != '\n' && at(0) != '\t') || at(0) == 0x7f) return true;
    if (at(0) == 0xc2 && at(1) >= 0x80 && at(1) < 0xa0) return true;
    if (at(0) == 0xe2 && at(1) == 0x80 && at(2) >= 0xaa && at(2) <= 0xae) return true;
    if (at(0) == 0xe2 && at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9) return true;
  }
  return false;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// Messages that break readers: each is read, listed and shown.
std::vector<std::pair<std::string, std::string>> hostile_messages() {
  const std::string head = "From: e@example.org\r\nTo: a@gmail.test\r\nMIME-Version: 1.0\r\nSubject: hostile ";
  std::string nested = head + "nesting\r\n";
  for (int i = 0; i < 2000; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    nested += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  nested += "Content-Type: text/plain\r\n\r\ndeep\r\n";
  return {
      {"nesting", nested},
      {"parts", head + "parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
                    repeated("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", 100'000) + "--b--\r\n"},
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
      {"zero", head + "zero\r\n\r\nbefore" + std::string(1, '\0') + "after\r\n"},
  };
}

}  // namespace

TEST_CASE_FIXTURE(ReadingHome, "show folds what is quoted and shows the headers that are asked for") {
  deliver(answer_with_quotation());
  sync();
  const std::string id = json({"list"}).front()["id"].dump();

  const Ended folded = run({"show", id, "--fold"});
  CHECK(folded.out.find("Yes, please.\n\nOn Sunday you wrote:\n[2 quoted lines]\n") != std::string::npos);
  CHECK(run({"show", id}).out.find("> Or coffee?\n") != std::string::npos);
  CHECK(json({"show", id, "--fold"}).front()["body_text"] ==
        "Yes, please.\n\nOn Sunday you wrote:\n[2 quoted lines]\n");

  const Ended chosen = run({"show", id, "--header", "x-kettle,Subject"});
  CHECK(chosen.out.starts_with("X-Kettle: on\nSubject: Re: Tea\n\n"));
  CHECK(run({"show", id, "--header", "subject", "--headers"}).exit_code == 2);
  CHECK(json({"show", id}).front()["body_cut"] == false);
  CHECK(json({"show", id, "--max-body", "5"}).front()["body_cut"] == true);
}

TEST_CASE_FIXTURE(ReadingHome, "on a terminal lists and messages go through the pager that PAGER names") {
  deliver(answer_with_quotation());
  sync();
  const std::string pager = folder().write("pager", "#!/bin/sh\necho 'paged:'\nexec sed 's/^/| /'\n");
  std::filesystem::permissions(pager, std::filesystem::perms::owner_all);
  for (const std::string words : {"show 1", "list", "search tea"}) {
    CAPTURE(words);
    const Ended paged = through(pager, words);
    CHECK(paged.exit_code == 0);
    CHECK(paged.out.starts_with("paged:\n| "));
    CHECK(paged.out.find("Re: Tea") != std::string::npos);
    CHECK(!through("cat", words).out.starts_with("paged:"));
    CHECK(!through("", words).out.starts_with("paged:"));
    CHECK(!through(pager, words + " --no-pager").out.starts_with("paged:"));
    CHECK(!through(pager, words + " --json").out.starts_with("paged:"));
    // A pager that is not there is no reason to show nothing.
    CHECK(through("/nonexistent/pager", words).out.find("Re: Tea") != std::string::npos);
  }
  // In a pipe there is none, and nothing is lost when the person has seen enough.
  environment()["PAGER"] = pager;
  CHECK(!run({"show", "1"}).out.starts_with("paged:"));
  CHECK(through("true", "show 1").exit_code == 0);
  // Told to end while somebody reads, it says so.
  const std::string waiting = folder().write("waiting", "#!/bin/sh\nkill -TERM $PPID\nexec sleep 100\n");
  std::filesystem::permissions(waiting, std::filesystem::perms::owner_all);
  CHECK(through(waiting, "list").exit_code == 143);
  // What goes wrong is said, and the exit code is ours.
  CHECK(through(pager, "show 99").exit_code == 5);
}

TEST_CASE("attacks 54 to 60: messages made to break readers are listed and shown, and nothing of them is obeyed") {
  const auto messages = hostile_messages();
  const TemporaryFolder mail;
  for (const auto& [name, raw] : messages) mail.write(name + ".eml", raw);
  const Sandbox sandbox({"--auto-consent", "--mail", mail.path()});
  const Home home;
  home.set_provider("google", sandbox);
  home.log_in("google");
  REQUIRE(home.run({"sync"}).exit_code == 0);
  const auto listed = home.json({"list", "in:anywhere"});
  REQUIRE(listed.size() == messages.size());
  CHECK(!is_harmful(home.run({"list", "in:anywhere"}).out));
  CHECK(!is_harmful(home.run({"list", "in:anywhere", "--threads"}).out));
  for (const auto& row : listed) {
    const std::string id = row["id"].dump();
    CAPTURE(row["subject"]);
    for (const auto& words : std::vector<std::vector<std::string>>{{"show", id},
                                                                   {"show", id, "--headers", "--fold"},
                                                                   {"show", id, "--html"},
                                                                   {"show", id, "--json"},
                                                                   {"attachment", "list", id}}) {
      const Ended ended = home.run(words);
      CHECK_MESSAGE(ended.exit_code == 0, ended.err);
      CHECK(!is_harmful(ended.out));
    }
    const auto raw = home.run({"show", id, "--raw"}).out;
    CHECK(std::count_if(messages.begin(), messages.end(), [&](const auto& one) { return one.second == raw; }) == 1);
  }
}

TEST_CASE("what reads the store alone is a small program, which becomes the whole one for everything else") {
  const Home home;
  // A copy without its other half says so, and does what it can.
  std::filesystem::copy(program("mailmgr"), home.folder().path() + "/mailmgr");
  const auto alone = [&](std::vector<std::string> words) {
    Start start = home.start(std::move(words));
    start.argv.front() = home.folder().path() + "/mailmgr";
    return run(start);
  };
  CHECK(alone({"list"}).exit_code == 0);
  CHECK(alone({"--version"}).out.starts_with("mailmgr "));
  const Ended other = alone({"show", "1"});
  CHECK(other.exit_code == 3);
  CHECK(other.err.find("mailmgr-whole") != std::string::npos);
  CHECK(alone({"draft", "show", "d1", "--version", "2"}).exit_code == 3);
  // A name that makes it another command is kept.
  std::filesystem::create_symlink(program("mailmgr"), home.folder().path() + "/mailq");
  Start queue = home.start({});
  queue.argv = {home.folder().path() + "/mailq"};
  CHECK(run(queue).exit_code == 0);
}
