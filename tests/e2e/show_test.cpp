// Reading: the pager, folded quotations, chosen headers, and mail of all the kinds that a person has.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "core/base/encoding.h"
#include "tests/e2e/reading.h"
#include "tests/support/places.h"

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

// What stands in the bodies of some messages of the corpus: the charsets, transfer encodings, HTML, signatures and
// damages that mail comes with. By Message-ID.
const std::map<std::string, std::string> kReadable{
    {"<archive-3@mail.example.org>", "everything else from before 2015. The legal"},  // format=flowed
    {"<cs-1@mail.example.org>", "Das Wetter ist trüb, aber das Frühstück war großartig.\n"},
    {"<cs-2@mail.example.org>", "🍜 It is called “Łódź & Söhne”."},
    {"<cs-3@mail.example.org>", "会議の資料を来週の火曜日までに送ります。\n"},
    {"<cs-4@mail.example.org>", "关于合同的第三条，我们有两个问题。"},
    {"<cs-5@mail.example.org>", "회의가 목요일 오후 세 시로 변경되었습니다."},
    {"<cs-6@mail.example.org>", "Посылаю документы для проверки."},
    {"<cs-7@mail.example.org>", "la facture n° 2026–118 de 1 250 € “à réception”."},
    {"<cs-8@mail.example.org>", "מצורף סיכום הפגישה מיום שלישי."},
    {"<n-4711@shop.example.com>", "- Green tea [1], 100 g\n"},
    {"<r7k2pq@rail.example.net>", "Vienna 08:30 to Linz 09:44, coach 23, seat 61.\n"},
    {"<logo-2@mail.example.org>", "I like it, but the blue is too dark.\n\n> What do you think of it?\n"},
    {"<att-4@mail.example.org>", "Scanned page.\n"},
    {"<sig-1@mail.example.org>", "Release 2.4 is tagged. Please test it until Wednesday.\n"},
    {"<p-1@mail.example.org>", "+\twhile (run(job) == TIMEOUT)\n"},
    {"<bounce-1@mx.example.org>", "<nobody@example.net>: 550 5.1.1 User unknown\n"},
    {"<wk-1@mail.example.org>", "Week 3 | 11 tickets | 39 open\n"},
    {"<forum-99@example.net>", "> See the thread [1] & vote\n"},
    {"<dmg-1@example.org>", "Schöne Grüße, ohne Angabe des Zeichensatzes.\n"},
    {"<dmg-2@mail.example.org>", "The attachment did not make it.\n"},
    {"<dmg-3@mail.example.org>", "The charset is unknown: \ufffd\ufffd\ufffd.\n"},
    {"<dmg-5@mail.example.org>", "A zero \ufffd byte and a bare\ncarriage return.\n"},
    {"<dmg-6@mail.example.org>", "Is this a part?\n"},
    {"<dmg-7@mail.example.org>", "Still readable.\n"},
    {"", "This text has no header at all.\n"},
};

void check_text_and_json(const SyncedMail& world) {
  const auto shown = world.home.json({"show", "-"}, world.ids);
  REQUIRE(shown.size() == world.listed.size());
  const std::string text = world.home.run({"show", "-"}, world.ids).out;
  const std::string with_headers = world.home.run({"show", "-", "--headers", "--fold"}, world.ids).out;
  CHECK(harmful(text) == "");
  CHECK(harmful(with_headers) == "");
  std::size_t read = 0;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::string id = shown[i]["message_id"], subject = shown[i]["subject"];
    CAPTURE(id);
    for (const char* key : {"id", "message_id", "subject", "date", "from", "to", "size"}) {
      CHECK(shown[i][key] == world.listed[i][key]);
    }
    CHECK(shown[i]["body_cut"] == false);
    CHECK(text.find("Id: " + shown[i]["id"].dump() + "\n") != std::string::npos);
    CHECK((subject.empty() || text.find("\nSubject: " + subject + "\n") != std::string::npos));
    CHECK(with_headers.find(id) != std::string::npos);
    for (const auto& attachment : shown[i]["attachments"]) {
      CHECK(text.find(attachment["name"].get<std::string>()) != std::string::npos);
    }
    const auto readable = kReadable.find(id);
    if (readable == kReadable.end()) continue;
    ++read;
    CHECK(shown[i]["body_text"].get<std::string>().find(readable->second) != std::string::npos);
    CHECK(text.find(readable->second) != std::string::npos);
  }
  CHECK(read == kReadable.size() * provider_cases().size());
  CHECK(text.find("Grüße vom Großglockner.png") != std::string::npos);
  CHECK(text.find("Übersicht.csv") != std::string::npos);
}

void check_html_parts(const SyncedMail& world) {
  std::string ids;
  std::vector<std::string> parts;
  for (const auto& one : world.home.json({"show", "-"}, world.ids)) {
    if (!one.contains("body_html")) continue;
    ids += one["id"].dump() + "\n";
    parts.push_back(one["body_html"]);
  }
  CHECK(parts.size() == 6 * provider_cases().size());
  Ended shown = world.home.run({"show", "-", "--html"}, ids);
  CHECK_MESSAGE(shown.exit_code == 0, shown.err);
  std::erase(shown.out, '\r');
  for (auto& part : parts) {
    std::erase(part, '\r');
    while (part.ends_with('\n')) part.pop_back();  // the last one may be the boundary's
    CHECK(shown.out.find(part) != std::string::npos);
  }
}

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kPlain = "\x1b[0m";

// What a list on a terminal has at the end of a message's line.
std::string expected_end(const Json& row) {
  std::string marks;
  if (row["starred"] == true) marks += "*";
  if (row["has_attachments"] == true) marks += "@";
  if (row["todo"] == true) marks += "!";
  if (row.contains("note")) marks += "#";
  return "  " + marks + (marks.empty() ? "" : " ") + row["folders"].at(0).get<std::string>();
}

// By their first word, which is the id: without the escapes that make it bold.
std::map<std::string, std::string> lines_on_terminal(const Home& home, const std::string& words) {
  const Ended ended = home.on_terminal(words, {}, {{"COLUMNS", "200"}, {"TERM", "xterm"}});
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.out);
  std::map<std::string, std::string> lines;
  std::istringstream all(ended.out);
  for (std::string line; std::getline(all, line);) {
    std::erase(line, '\r');
    std::string id;
    std::istringstream(line.starts_with(kBold) ? line.substr(std::strlen(kBold)) : line) >> id;
    lines[id] = line;
  }
  return lines;
}

void check_list_on_terminal(const SyncedMail& world) {
  // One with an attachment and a star.
  const std::string id = world.home.run({"search", "filename:contract.pdf", "-a", "b@outlook.test", "--ids"}).out;
  const std::string noted = id.substr(0, id.find('\n'));
  REQUIRE(world.home.run({"note", noted, "sign it"}).exit_code == 0);
  REQUIRE(world.home.run({"todo", "add", noted}).exit_code == 0);
  const auto lines = lines_on_terminal(world.home, "list in:anywhere --limit 1000");
  CHECK(lines.size() == world.listed.size() + 1);  // and the header
  std::size_t unread = 0;
  for (const auto& row : world.home.json({"list", "in:anywhere"})) {
    const auto found = lines.find(row["id"].dump());
    REQUIRE(found != lines.end());
    const std::string& line = found->second;
    CAPTURE(line);
    const bool is_unread = row["unread"];
    unread += is_unread ? 1 : 0;
    const std::string end = expected_end(row);
    CHECK(line.ends_with(is_unread ? end + kPlain : end));
    CHECK(line.starts_with(kBold) == is_unread);
    CHECK(std::count(line.begin(), line.end(), '\x1b') == (is_unread ? 2 : 0));
  }
  CHECK(unread == 4 * provider_cases().size());
  CHECK(lines.at(noted).ends_with("  *@!# inbox"));
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
  for (const std::string words : {"folders", "folder list"}) {
    CHECK(through(pager, words).out.starts_with("paged:\n| NAME"));
  }
  // In a pipe there is none, and nothing is lost when the person has seen enough.
  environment()["PAGER"] = pager;
  CHECK(!run({"show", "1"}).out.starts_with("paged:"));
  CHECK(through("true", "show 1").exit_code == 0);
  // Told to end while somebody reads, it says so.
  const std::string waiting = folder().write("waiting", "#!/bin/sh\nkill -TERM $PPID\nexec sleep 100\n");
  std::filesystem::permissions(waiting, std::filesystem::perms::owner_all);
  CHECK(through(waiting, "list").exit_code == 143);
  // Also while there is more to be read than a pipe holds, and nobody reads it.
  std::string lines;
  while (lines.size() < 90'000) lines += "a line that nobody reads\r\n";
  deliver("From: ada@example.org\r\nSubject: Long\r\nMessage-ID: <long@example.org>\r\n\r\n" + lines);
  sync();
  const std::string idle = folder().write("idle",
                                          "#!/bin/sh\ntrap 'echo asked to end; exit' TERM\nkill -TERM $PPID\n"
                                          "sleep 5 > /dev/null 2>&1 &\nwait\necho forgotten\n");
  std::filesystem::permissions(idle, std::filesystem::perms::owner_all);
  const Ended stopped = through(idle, "show 2");
  CHECK(stopped.exit_code == 143);
  CHECK(stopped.out.find("asked to end\n") != std::string::npos);
  CHECK(stopped.out.find("forgotten") == std::string::npos);
  // What goes wrong is said, and the exit code is ours.
  CHECK(through(pager, "show 99").exit_code == 5);
  // All of it, once the pager has ended.
  const Ended partly = through(pager, "show 98 1 99");
  CHECK(partly.exit_code == 7);
  for (const char* missing : {"there is no message 98\n", "there is no message 99\n"}) {
    const auto told = partly.out.find(missing);
    CHECK(told != std::string::npos);
    CHECK(told > partly.out.rfind("\n| "));
  }
  CHECK(through("true", "show 1 --mark-read --dry-run").exit_code == 0);
}

TEST_CASE("a person's mail from both providers is shown as it was written, in every form; what is unread is bold") {
  const SyncedMail world(source_folder() + "/tests/data/mail");
  REQUIRE(world.listed.size() > 90);
  check_text_and_json(world);
  check_html_parts(world);
  check_raw_bytes(world);
  check_list_on_terminal(world);
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
