// Answers and forwards with the real program: whom they go to, what they carry, and where they are filed.
#include <fstream>
#include <set>

#include "core/base/encoding.h"
#include "tests/e2e/mail_state.h"

using mailmgr::base64;
using namespace mailmgr::test;

namespace {

std::string round_mail(const std::string& own) {
  return "From: \"Ada B\xC3\xA9rg\" <ada@example.org>\r\nReply-To: ada-office@example.org\r\nTo: " + own +
         ", carl@example.org\r\nCc: dora@example.org\r\nSubject: Round\r\nMessage-ID: <round@example.org>\r\n"
         "Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
         "--b\r\nContent-Type: text/html\r\n\r\n<p>Who <b>comes</b>?<script>alert(1)</script></p>\r\n"
         "--b\r\nContent-Type: text/plain; name=list.txt\r\nContent-Disposition: attachment; filename=list.txt\r\n\r\n"
         "one\r\n--b--\r\n";
}

struct Round {
  const Sandbox sandbox{{"--auto-consent", "--quota", "off"}};
  Home home;
  Round() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) {
      home.log_in(provider.name);
      sandbox.post(mailbox(provider, "deliver"), {{"raw", base64(round_mail(provider.address))}, {"folder", "inbox"}});
    }
    REQUIRE(home.run({"sync"}).exit_code == 0);
  }
  Json message(const ProviderCase& provider, const std::string& query) const {
    const auto found = home.json({"search", "-a", provider.address, query});
    REQUIRE(found.size() == 1);
    return found.front();
  }
  std::string round_id(const ProviderCase& provider) const {
    return std::to_string(message(provider, "subject:Round from:ada").at("id").get<int>());
  }
  std::string last_sent(const ProviderCase& provider) const {
    const Json sent = sandbox.get(mailbox(provider, "sent"));
    REQUIRE_FALSE(sent.empty());
    return mailmgr::base64_decode(sent.back()["raw"].get<std::string>()).value();
  }
};

std::set<std::string> people(const Json& list) {
  return list.get<std::set<std::string>>();
}

}  // namespace

TEST_CASE("a reply goes to Reply-To, quotes the original and is filed in its thread") {
  const Round world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto original = world.message(provider, "subject:Round from:ada");
    const auto told = world.home.json({"reply", world.round_id(provider), "--body", "I do."}).at(0);
    CHECK(told["state"] == "sent");
    CHECK(people(told["recipients"]) == std::set<std::string>{"ada-office@example.org"});
    REQUIRE(world.home.run({"sync"}).exit_code == 0);
    const auto answer = world.message(provider, "in:sent subject:Round");
    CHECK(answer["subject"] == "Re: Round");
    CHECK(answer["thread_id"] == original["thread_id"]);
    const auto shown = world.home.json({"show", std::to_string(answer["id"].get<int>())}).at(0);
    const std::string text = shown["body_text"], html = shown["body_html"];
    CHECK(text.starts_with("I do.\n"));
    CHECK(text.find("> Who comes?") != std::string::npos);
    CHECK(html.find("<b>comes</b>") != std::string::npos);
    CHECK(html.find("alert") == std::string::npos);
    const std::string raw = world.home.run({"show", "--raw", std::to_string(answer["id"].get<int>())}).out;
    CHECK(raw.find("In-Reply-To: <round@example.org>") != std::string::npos);
    CHECK(raw.find("References: <round@example.org>") != std::string::npos);
  }
}

TEST_CASE("a reply to all goes to everybody but oneself, one with another subject begins a thread") {
  const Round world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto id = world.round_id(provider);
    const auto told =
        world.home.json({"reply", id, "--all", "--no-quote", "--cc", "eve@example.org", "--body", "Yes."}).at(0);
    CHECK(people(told["recipients"]) ==
          std::set<std::string>{"ada-office@example.org", "carl@example.org", "dora@example.org", "eve@example.org"});
    CHECK(world.last_sent(provider).find("Who") == std::string::npos);
    const auto other = world.home.json({"reply", id, "--subject", "Something else", "--body", "x", "--dry-run"}).at(0);
    CHECK(other["subject"] == "Something else");
    CHECK_FALSE(other.contains("thread_id"));
  }
}

TEST_CASE("a reply from another account than the original's goes without that one's thread") {
  const Round world;
  const auto& google = provider_cases()[0];
  const auto& microsoft = provider_cases()[1];
  for (const auto& words : {std::vector<std::string>{"--from", google.address}, {"-a", google.address}}) {
    std::vector<std::string> all{"reply", world.round_id(microsoft), "--body", "I do."};
    all.insert(all.end(), words.begin(), words.end());
    const Ended ended = world.home.run(all);
    CHECK_MESSAGE(ended.exit_code == 0, ended.err);
    CHECK(world.last_sent(google).find("In-Reply-To: <round@example.org>") != std::string::npos);
  }
}

TEST_CASE("a forward carries the original's text and attachments, or the original whole") {
  const Round world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto id = world.round_id(provider);
    const auto told = world.home.json({"forward", id, "--to", "eve@example.org", "--body", "For you."}).at(0);
    CHECK(told["state"] == "sent");
    const auto inside = world.last_sent(provider);
    CHECK(inside.find("Subject: Fwd: Round") != std::string::npos);
    CHECK(inside.find("list.txt") != std::string::npos);
    world.home.json({"forward", id, "--to", "eve@example.org", "--as-attachment", "--body", "Whole."});
    const auto whole = world.last_sent(provider);
    CHECK(whole.find("message/rfc822") != std::string::npos);
    CHECK(whole.find("Message-ID: <round@example.org>") != std::string::npos);
  }
}

TEST_CASE("an image that the HTML shows goes with it, and one that is missing is refused") {
  const Round world;
  const auto folder = world.home.path() + "/";
  const auto write = [&](const std::string& name, const std::string& content) {
    std::ofstream(folder + name, std::ios::binary) << content;
    return folder + name;
  };
  const auto image = write("logo.png", "\x89PNG\r\n\x1a\nimage");
  const auto html = write("mail.html", "<p>Look: <img src=\"cid:logo.png\"></p>");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    std::vector<std::string> words{"send", "-a", provider.address, "--to", "e@example.org", "--html", html};
    const auto refused = world.home.run(words);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("logo.png") != std::string::npos);
    words.insert(words.end(), {"--attach", image});
    REQUIRE(world.home.run(words).exit_code == 0);
    const auto raw = world.last_sent(provider);
    CHECK(raw.find("multipart/related") != std::string::npos);
    CHECK(raw.find("Content-ID: <logo.png>") != std::string::npos);
  }
}

TEST_CASE("what cannot be answered or passed on is refused, and nothing is sent") {
  const Round world;
  const auto google = provider_cases().front();
  const auto id = world.round_id(google);
  CHECK(world.home.run({"reply", "9999", "--body", "x"}).exit_code == 5);
  CHECK(world.home.run({"reply", "abc", "--body", "x"}).exit_code == 2);
  CHECK(world.home.run({"forward", id, "--body", "x"}).exit_code == 2);
  CHECK(world.home.run({"reply", id, "--body", "x", "--header", "X-A: b\nBcc: evil@example.org"}).exit_code == 2);
  CHECK(world.home.run({"reply", id, "--body", "x", "--header", "X-Mailmgr-Id: 1"}).exit_code == 2);
  CHECK(world.home.run({"--allow", "send-only", "reply", id, "--body", "x"}).exit_code == 6);
  CHECK(world.sandbox.get(mailbox(google, "sent")).empty());
}
