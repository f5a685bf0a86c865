// Sums over the mail with the real program, and its page in a real browser.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/e2e/mail_state.h"
#include "tests/e2e/webdriver.h"
#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

constexpr const char* kHostileLabel = "<img src=x onerror=\"document.title='owned'\">\xe2\x80\xae&amp;";

std::string letter(int number, const std::string& from, const std::string& date, const std::string& reply_to = {}) {
  return "From: " + from + "\r\nTo: a@gmail.test\r\nSubject: Question\r\nMessage-ID: <n" + std::to_string(number) +
         "@example.org>\r\nDate: " + date + "\r\n" +
         (reply_to.empty() ? "" : "In-Reply-To: " + reply_to + "\r\nReferences: " + reply_to + "\r\n") +
         "\r\nText.\r\n";
}

// 4 messages from Ada in November, 1 from Bob in September; Ada's first was answered after an hour.
struct Mail {
  Sandbox sandbox{{"--auto-consent"}};
  Home home;
  ProviderCase google = provider_cases()[0];

  Mail() {
    home.set_providers(sandbox);
    for (int i = 0; i < 4; ++i) deliver(letter(i, "Ada <ada@example.org>", november(i)), "inbox", {kHostileLabel});
    deliver(letter(8, "Bob <\"<svg/onload=alert(1)>\"@evil.test>", "Tue, 01 Sep 2026 10:00:00 +0000"), "inbox");
    deliver(letter(9, "a@gmail.test", "Mon, 02 Nov 2026 11:00:00 +0000", "<n0@example.org>"), "sent");
    home.log_in("google");
    REQUIRE(home.run({"sync"}).exit_code == 0);
  }

  static std::string november(int day) { return "Mon, 0" + std::to_string(2 + day) + " Nov 2026 10:00:00 +0000"; }

  void deliver(const std::string& raw, const std::string& folder, const std::vector<std::string>& labels = {}) const {
    const auto at = raw.find("Date: ") + 6;
    const bool september = raw.find("Sep", at) != std::string::npos;
    const std::string received =
        september ? "2026-09-01T10:00:00Z" : "2026-11-" + raw.substr(at + 5, 2) + "T" + raw.substr(at + 17, 8) + "Z";
    (void)sandbox.post(mailbox(google, "deliver"),
                       {{"raw", raw}, {"folder", folder}, {"labels", labels}, {"received", received}});
  }
};

std::string read_page(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("stats sums up by each word, as JSON, in a pipe and on a terminal") {
  const Mail mail;
  const auto& home = mail.home;
  const auto months = home.json({"stats", "--by", "month"});
  REQUIRE(months.size() == 2);
  CHECK(months[0]["key"] == "2026-09");
  CHECK(months[1]["key"] == "2026-11");
  CHECK(months[1]["messages"] == 5);
  CHECK(months[1]["answered"] == 1);
  CHECK(months[1]["median_answer_seconds"] == 3600);
  CHECK_FALSE(months[0].contains("median_answer_seconds"));
  CHECK(home.json({"stats", "--by", "domain"})[0]["key"] == "example.org");
  CHECK(home.json({"stats", "--by", "sender", "--limit", "1"}).size() == 1);
  CHECK(home.json({"stats", "--by", "sender", "--query", "from:bob"}).size() == 1);
  CHECK(home.json({"stats", "--by", "month", "--since", "2026-10-01"}).size() == 1);
  CHECK(home.json({"stats", "--by", "month", "--until", "2026-10-01"})[0]["key"] == "2026-09");

  const auto all = home.json({"stats"});
  CHECK(all[0]["by"] == "total");
  CHECK(all[0]["messages"] == 6);
  CHECK(home.run({"stats", "--by", "sender"}).out.starts_with("ada@example.org\t4\t"));
  const auto folders = home.run({"stats", "--by", "folder"}).out;
  CHECK(folders.find("<img src=x") != std::string::npos);
  CHECK(folders.find("\xe2\x80\xae") == std::string::npos);

  const auto terminal = home.on_terminal("stats", "", {{"COLUMNS", "80"}}).out;
  CHECK(terminal.find("6 messages, ") == 0);
  CHECK(terminal.find("half within 1 h, nine in ten within 1 h") != std::string::npos);
  CHECK(terminal.find("████████") != std::string::npos);

  CHECK(home.run({"stats", "--query", " "}).exit_code == 2);
  CHECK(home.run({"stats", "--by", "colour"}).exit_code == 2);
  CHECK(home.run({"stats", "--html", "-", "--json"}).exit_code == 2);
  CHECK(home.run({"stats", "--query", "nothing", "--fail-empty"}).exit_code == 5);
}

TEST_CASE("stats --html writes a private page, replaces its own and nothing else") {
  const Mail mail;
  const auto& home = mail.home;
  const std::string page = home.folder().path() + "/mail.html";
  CHECK(home.run({"stats", "--html", page}).out.empty());
  struct stat status {};
  REQUIRE(::stat(page.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto html = read_page(page);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("http://") == std::string::npos);
  CHECK(html.find("https://") == std::string::npos);
  CHECK(html.find("<img") == std::string::npos);
  CHECK(html.find("\xe2\x80\xae") == std::string::npos);
  CHECK(home.run({"stats", "--html", "-"}).out.starts_with("<!DOCTYPE html>"));
  CHECK(home.json({"stats", "--html", page})[0]["ok"] == true);
  const auto other = home.folder().write("other.html", "mine");
  CHECK(home.run({"stats", "--html", other}).exit_code == 2);
  CHECK(read_page(other) == "mine");
  CHECK(home.run({"stats", "--html", other, "--force"}).exit_code == 0);
  CHECK(home.run({"stats", "--html", home.folder().path() + "/nowhere/x.html"}).exit_code == 2);
  // What cannot be written, also as root: a file in place of a folder.
  CHECK(home.run({"stats", "--html", home.folder().path(), "--force"}).exit_code == 10);
}

TEST_CASE("the page in a real browser: bars as high as the numbers, nothing asked for, run or overflowing") {
  if (!WebDriver::is_installed()) {
    MESSAGE("skipped: chromium and chromium-driver are not installed");
    return;
  }
  const Mail mail;
  const std::string page = mail.home.folder().path() + "/mail.html";
  REQUIRE(mail.home.run({"stats", "--html", page}).exit_code == 0);
  WebDriver browser;
  browser.open("file://" + page);
  CHECK(browser.title() == "Mail statistics");
  CHECK(browser.text("h1") == "Mail statistics");
  for (const auto& error : browser.console_errors()) CHECK_MESSAGE(false, error);
  CHECK(browser.run_script("return performance.getEntriesByType('resource').length") == 0);
  CHECK(browser.run_script("return document.images.length + document.scripts.length") == 0);

  // September, October without mail, November.
  const auto heights = browser.run_script(
      "return [...document.querySelectorAll('#months .bar')].map(b => b.getBoundingClientRect().height)");
  REQUIRE(heights.size() == 3);
  CHECK(heights[1] == 0);
  CHECK(std::abs(heights[2].get<double>() - 5 * heights[0].get<double>()) < 1);
  CHECK(heights[2].get<double>() > 50);
  const auto widths = browser.run_script(
      "return [...document.querySelectorAll('#senders .bar')].map(b => b.getBoundingClientRect().width)");
  REQUIRE(widths.size() == 2);
  CHECK(std::abs(widths[0].get<double>() - 4 * widths[1].get<double>()) < 2);

  // What is hostile is there to be read.
  const auto names =
      browser.run_script("return [...document.querySelectorAll('text.name')].map(t => t.textContent).join('\\n')")
          .get<std::string>();
  CHECK(names.find("<img src=x onerror=\"document.title='owned'\">") != std::string::npos);
  CHECK(names.find("<svg/onload=alert(1)>") != std::string::npos);
  CHECK(names.find("&amp;") != std::string::npos);

  for (const int width : {1200, 400, 320}) {
    CAPTURE(width);
    browser.resize(width, 900);
    for (const bool open : {false, true}) {
      browser.run_script(std::string("document.querySelectorAll('details').forEach(d => d.open = ") +
                         (open ? "true" : "false") + ")");
      CHECK(browser.run_script("return document.documentElement.scrollWidth - window.innerWidth").get<int>() <= 0);
    }
    // No label of an axis lies on another.
    CHECK(browser.run_script(
              "return [...document.querySelectorAll('svg.columns')].some(svg => {"
              "  const boxes = [...svg.querySelectorAll('text')].map(t => t.getBoundingClientRect())"
              "    .filter(b => b.width > 0);"
              "  return boxes.some((a, i) => a.left < -0.5 || a.right > window.innerWidth + 0.5 || boxes.some((b, j) =>"
              "    i < j && a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2));"
              "})") == false);
  }
}
