// Lists with the real program: what it says, what it refuses, and that kills cost and double nothing.
#include <fmt/format.h>

#include <map>
#include <random>

#include "tests/e2e/kill.h"
#include "tests/e2e/mail_state.h"

using namespace mailmgr::test;

namespace {

struct Lists {
  const Sandbox sandbox{{"--auto-consent", "--quota", "off"}};
  Home home;
  Lists() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
    CHECK(home.run({"template", "set", "greet", "--subject", "Hello {{name}}", "--body", "Dear {{name}}."}).exit_code ==
          0);
  }
  std::string csv(const std::string& name, const std::string& text) const { return home.folder().write(name, text); }
  // How often each subject was sent.
  std::map<std::string, int> sent(const ProviderCase& provider) const {
    std::map<std::string, int> times;
    const Json mails = sandbox.get(mailbox(provider, "sent"));
    for (const auto& mail : mails) ++times[mail["subject"].get<std::string>()];
    return times;
  }
};

std::vector<std::string> bulk_words(const ProviderCase& provider, const std::string& file,
                                    std::vector<std::string> more = {}) {
  std::vector<std::string> words{"bulk", "send", "-a", provider.address, "--csv", file, "--template", "greet"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string rows_of(int count) {
  std::string text = "to,name\n";
  for (int i = 0; i < count; ++i) text += fmt::format("r{0}@example.org,N{0}\n", i);
  return text;
}

// The value of a header of a message as it is.
std::string header_of(const std::string& mime, const std::string& name) {
  const auto at = mime.find(name + ": ");
  REQUIRE(at != std::string::npos);
  const auto begin = at + name.size() + 2;
  return mime.substr(begin, mime.find("\r\n", begin) - begin);
}

}  // namespace

TEST_CASE("a list is shown, sent and followed, and repeating it sends nothing twice") {
  const Lists world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto file = world.csv("two.csv", "to,name,note\na@example.org,Ada,x\n\"b@example.org\",\"Bob \"\"B\"\"\",\n");
    const auto planned = world.home.json(bulk_words(provider, file, {"--key", "k", "--dry-run"}));
    REQUIRE(planned.size() == 2);
    CHECK(planned[0]["dry_run"] == true);
    CHECK(planned[1]["subject"] == "Hello Bob \"B\"");
    CHECK(world.sent(provider).empty());
    CHECK(world.home.run({"bulk", "status", "k", "-a", provider.address}).exit_code == 5);

    const auto rows = world.home.json(bulk_words(provider, file, {"--key", "k"}));
    REQUIRE(rows.size() == 2);
    CHECK(rows[0]["bulk"] == "k");
    CHECK(rows[0]["row"] == "a@example.org");
    CHECK(rows[0]["line"] == 2);
    CHECK(rows[0]["state"] == "sent");
    const auto again = world.home.json(bulk_words(provider, file, {"--key", "k"}));
    CHECK(again.at(1)["repeated"] == true);
    CHECK(world.sent(provider) == std::map<std::string, int>{{"Hello Ada", 1}, {"Hello Bob \"B\"", 1}});

    const auto totals = world.home.json({"bulk", "status", "-a", provider.address}).at(0);
    CHECK(totals["rows"] == 2);
    CHECK(totals["sent"] == 2);
    CHECK(world.home.run({"bulk", "status", "k", "-a", provider.address, "--only", "failed"}).out.empty());
    const Ended quiet = world.home.run(bulk_words(provider, file));
    CHECK_MESSAGE(quiet.exit_code == 0, quiet.err);
    CHECK(quiet.err.empty());
    CHECK(quiet.out.empty());
    CHECK(world.home.run(bulk_words(provider, file)).exit_code == 0);  // without a key the list is known too
    CHECK(world.sent(provider)["Hello Ada"] == 2);
  }
  const Ended both = world.home.run({"bulk", "status", "k"});
  CHECK(both.exit_code == 2);
  CHECK(both.err.find("several accounts") != std::string::npos);
}

TEST_CASE("attack 68: what is wrong with a list is said before anything is sent") {
  const Lists world;
  const auto& provider = provider_cases().front();
  const auto refused = [&](const std::string& text, std::vector<std::string> more = {}) {
    const Ended ended = world.home.run(bulk_words(provider, world.csv("list.csv", text), std::move(more)));
    CHECK(ended.exit_code == 2);
    CHECK(ended.out.empty());
    return ended.err;
  };
  CHECK(refused("").find("empty") != std::string::npos);
  CHECK(refused("to\na@example.org\nb@\n").find("line 3") != std::string::npos);
  CHECK(refused("to\na@example.org\n").find("name") != std::string::npos);
  CHECK(refused("to,name\na@example.org,Ada,x\n").find("line 2") != std::string::npos);
  CHECK(refused("to,name\na@example.org,\"Ada\n").find("quot") != std::string::npos);
  CHECK(refused("to,name,attach\na@example.org,Ada,x.pdf\n").find("x.pdf") != std::string::npos);
  CHECK(refused("to,name\na@example.org,Ada\n", {"--rate", "often"}).find("no rate") != std::string::npos);
  CHECK(refused("to,name\na@example.org,Ada\n", {"--row-key", "id"}).find("\"id\"") != std::string::npos);
  CHECK(world.home.run(bulk_words(provider, "/nowhere.csv")).exit_code == 5);
  CHECK(world.home.run({"bulk", "send", "--csv", world.csv("a.csv", "to\n"), "--template", "none"}).exit_code == 5);
  CHECK(world.home.run(bulk_words(provider, world.csv("header.csv", "to,name\n"))).exit_code == 0);
  CHECK(world.sent(provider).empty());
  CHECK(world.home.run({"bulk", "status"}).out.empty());
}

TEST_CASE("attack 70: a row cannot attach what is outside of the folder of attachments") {
  const Lists world;
  const auto& provider = provider_cases().front();
  REQUIRE(world.home.run({"help"}).exit_code == 0);
  const auto root = world.home.folder().path() + "/files";
  REQUIRE(mkdir(root.c_str(), 0700) == 0);
  world.home.folder().write("secret.txt", "secret");
  world.home.folder().write("files/a.txt", "public");
  REQUIRE(symlink("../secret.txt", (root + "/link.txt").c_str()) == 0);
  for (const std::string name : {"../secret.txt", "link.txt", "/etc/passwd", "none.txt"}) {
    CAPTURE(name);
    const auto file = world.csv("list.csv", "to,name,attach\na@example.org,Ada," + name + "\n");
    CHECK(world.home.run(bulk_words(provider, file, {"--attach-root", root})).exit_code == 2);
  }
  CHECK(world.sent(provider).empty());
  const auto file = world.csv("list.csv", "to,name,attach\na@example.org,Ada,a.txt\n");
  CHECK(world.home.run(bulk_words(provider, file, {"--attach-root", root})).exit_code == 0);
}

TEST_CASE("more than a hundred messages want a yes, or a number that allows them") {
  const Lists world;
  const auto& provider = provider_cases().front();
  const auto file = world.csv("many.csv", rows_of(101));
  const Ended asked = world.home.run(bulk_words(provider, file));
  CHECK(asked.exit_code == 2);
  CHECK(asked.err.find("101 messages of " + provider.address) != std::string::npos);
  CHECK(world.home.run(bulk_words(provider, file, {"--max", "100"})).exit_code == 2);
  CHECK(world.sent(provider).empty());
  CHECK(world.home.run(bulk_words(provider, file, {"--max", "101"})).exit_code == 0);
  CHECK(world.sent(provider).size() == 101);
}

TEST_CASE("rows that fail are listed, and resumed or cancelled") {
  const Lists world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto fail_once = [&] {
      world.sandbox.post(
          "/_sandbox/faults",
          {{"match", {{"method", "POST"}, {"path", "send$"}}}, {"action", {{"status", 400}}}, {"times", 1}});
    };
    const auto file = world.csv("three.csv", rows_of(3));
    fail_once();
    const Ended ended = world.home.run(bulk_words(provider, file, {"--key", "k"}));
    CHECK(ended.exit_code == 7);
    CHECK(ended.err.find("line 2") != std::string::npos);
    CHECK(world.home.json({"bulk", "status", "k", "-a", provider.address, "--only", "failed"}).size() == 1);
    CHECK(world.home.json({"bulk", "resume", "k", "-a", provider.address}).at(0)["state"] == "sent");
    CHECK(world.sent(provider).size() == 3);

    world.sandbox.post("/_sandbox/faults",
                       {{"match", {{"method", "POST"}, {"path", "drafts|messages"}}}, {"action", {{"status", 503}}}});
    const auto waiting = world.csv("four.csv", rows_of(4));
    const Ended later = world.home.run(bulk_words(provider, waiting, {"--key", "l"}));
    CHECK_MESSAGE(later.exit_code == 0, later.err);  // what waits is no failure
    world.sandbox.remove_faults();
    CHECK(world.home.json({"bulk", "cancel", "l", "-a", provider.address}).size() == 4);
    CHECK(world.home.json({"bulk", "status", "l", "-a", provider.address}).at(0)["state"] == "cancelled");
    CHECK(world.home.run(bulk_words(provider, waiting, {"--key", "l"})).exit_code == 0);
    CHECK(world.sent(provider).size() == 3);
  }
  CHECK(world.home.run({"bulk", "resume", "none"}).exit_code == 5);
}

TEST_CASE("a bounce comes back to its row with the next sync, and its address is not written to again") {
  const Lists world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto file = world.csv("two.csv", "to,name\nnobody@example.net,=Nobody\nb@example.org,Bob\n");
    const auto rows = world.home.json(bulk_words(provider, file, {"--key", "k"}));
    const auto mime = world.home.run({"outbox", "show", rows.at(0)["id"].dump(), "--raw"}).out;
    REQUIRE(world.home.run({"sync", provider.address}).exit_code == 0);
    REQUIRE(world.home.run({"changes", "--consumer", "test"}).exit_code == 0);
    world.sandbox.post(
        mailbox(provider, "deliver"),
        {{"raw",
          fmt::format("From: Mail Delivery Subsystem <mailer-daemon@example.net>\r\nTo: {}\r\nSubject: Undelivered\r\n"
                      "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; "
                      "boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\n"
                      "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
                      "Final-Recipient: rfc822; nobody@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n"
                      "Diagnostic-Code: smtp; 550 5.1.1 No such user\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
                      "X-Mailmgr-Id: {}\r\nSubject: Hello\r\n\r\nDear.\r\n--b--\r\n",
                      provider.address, header_of(mime, "X-Mailmgr-Id"))}});
    REQUIRE(world.home.run({"sync", provider.address}).exit_code == 0);
    const auto bounced = world.home.json({"bulk", "status", "k", "-a", provider.address, "--only", "bounced"});
    REQUIRE(bounced.size() == 1);
    CHECK(bounced[0]["row"] == "nobody@example.net");
    CHECK(bounced[0]["state"] == "sent");
    CHECK(bounced[0]["delivery"] == "bounced");
    CHECK(bounced[0]["status"] == "5.1.1");
    CHECK(bounced[0]["diagnostic"] == "550 5.1.1 No such user");
    const auto events = world.home.run({"changes", "--consumer", "test", "--json"}).out;
    CHECK(events.find("\"event\":\"bounced\"") != std::string::npos);
    const auto csv = world.home.run({"bulk", "status", "k", "-a", provider.address, "--csv"}).out;
    CHECK(csv.find("\"Hello =Nobody\",\"bounced\",\"5.1.1\"") != std::string::npos);

    CHECK(world.home.json({"suppression", "list"}).at(0)["address"] == "nobody@example.net");
    const auto next = world.home.json(bulk_words(provider, file, {"--key", "next"}));
    CHECK(next.at(0)["state"] == "suppressed");
    CHECK(next.at(1)["state"] == "sent");
    CHECK(world.home.run({"suppression", "remove", "nobody@example.net"}).exit_code == 0);
    CHECK(world.home.run({"suppression", "remove", "nobody@example.net"}).exit_code == 5);
    CHECK(world.home.run({"suppression", "add", "not an address"}).exit_code == 2);
  }
}

TEST_CASE("attack 71: a list that is killed ten times and run again is sent to each row once" *
          doctest::skip(kWithoutFailpoints)) {
  const Lists world;
  const int count = test_count(60, 1000);
  std::mt19937 random(71);
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto words = bulk_words(provider, world.csv("rows.csv", rows_of(count)), {"--key", "k", "--yes"});
    int kills = 0;
    for (const std::string_view place :
         {"store.before_commit", "store.after_commit", "http.before_send", "http.after_answer"}) {
      for (int round = 0; round < 3 && kills < 10; ++round) {
        const int pass = 1 + static_cast<int>(random() % static_cast<unsigned>(count));
        const Ended ended = run_armed(world.home, words, place, pass);
        if (ended.exit_code == kKilled) ++kills;
      }
    }
    CHECK(kills > 3);
    const Ended last = world.home.run(words);
    CHECK_MESSAGE(last.exit_code == 0, last.err);
    const auto sent = world.sent(provider);
    CHECK(sent.size() == static_cast<std::size_t>(count));
    for (const auto& [subject, times] : sent) CHECK_MESSAGE(times == 1, subject);
    CHECK(world.home.json({"bulk", "status", "-a", provider.address}).at(0)["sent"] == count);
    CHECK(world.home.json({"bulk", "status", "k", "-a", provider.address, "--only", "unknown"}).empty());
  }
}
