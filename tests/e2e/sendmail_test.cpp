// What programs know as sendmail(8): called as cron, git, mutt and mail do, and by those programs themselves.
#include <filesystem>

#include "core/base/encoding.h"
#include "tests/e2e/mail_state.h"

using namespace mailmgr::test;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kCron{"-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"};
const std::string kCronMail =
    "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> backup\nMIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
    "X-Cron-Env: <SHELL=/bin/sh>\nX-Cron-Env: <HOME=/root>\n\nfertig: größe\n.\nend\n";

struct MailServer {
  const Sandbox sandbox{{"--auto-consent", "--quota", "off"}};
  Home home;
  MailServer() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
    aliases("root: admin@example.org\n");
  }

  void aliases(const std::string& text) {
    home.environment()["MAILMGR_ALIASES"] = home.folder().write("aliases", text);
  }
  void configure(const std::string& text) const {
    const std::string file = home.path() + "/config/config.toml";
    fs::rename(home.folder().write("config.toml", text), file);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  }
  // Called through a link of this name.
  std::string link(const std::string& name = "sendmail") const {
    const std::string path = home.folder().path() + "/" + name;
    if (!fs::exists(path)) fs::create_symlink(program("mailmgr"), path);
    return path;
  }
  Ended send(std::vector<std::string> words, const std::string& message) {
    words.insert(words.begin(), link());
    return run({std::move(words), home.environment(), message, {}});
  }
  std::vector<Json> sent(const ProviderCase& provider = provider_cases()[0]) const {
    const Json list = sandbox.get(mailbox(provider, "sent"));
    return {list.begin(), list.end()};
  }
  std::vector<Json> waiting() const { return home.json({"outbox", "list"}); }
};

std::string raw_of(const Json& message) {
  return *mailmgr::base64_decode(message["raw"].get<std::string>());
}

bool has_text(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string simple_mail(const std::string& head = "") {
  return head + "To: b@example.org\nSubject: Report\n\nHere.\n";
}

}  // namespace

TEST_CASE("Debian's cron sends to root as it always did: through a link, silently, byte for byte") {
  MailServer world;
  const Ended ended = world.send(kCron, kCronMail);
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  CHECK(ended.out.empty());
  CHECK(ended.err.empty());
  REQUIRE(world.sent().size() == 1);
  const Json mail = world.sent()[0];
  CHECK(mail["from"] == "a@gmail.test");
  CHECK(mail["to"] == Json{"admin@example.org"});
  CHECK(mail["subject"] == "Cron <root@host> backup");
  const std::string raw = raw_of(mail);
  CHECK(has_text(raw, "From: Cron Daemon <a@gmail.test>\r\n"));
  CHECK(has_text(raw, "X-Cron-Env: <HOME=/root>\r\n"));
  CHECK(has_text(raw, "\r\n\r\nfertig: größe\r\n.\r\nend\r\n"));
  CHECK(has_text(raw, "Date: "));
  CHECK(has_text(raw, "Message-ID: <"));
  CHECK(world.waiting().empty());
}

TEST_CASE("the account is the one whose address is in From or -f, else the default, and -a names it") {
  MailServer world;
  const auto& microsoft = provider_cases()[1];
  CHECK(world.send({"-t"}, simple_mail("From: B <B@outlook.test>\n")).exit_code == 0);
  CHECK(world.send({"-t", "-f", "b@outlook.test"}, simple_mail("From: x@corp.example\n")).exit_code == 0);
  CHECK(world.send({"-t", "-a", "b@outlook.test"}, simple_mail()).exit_code == 0);
  CHECK(world.home.run({"sendmail", "--account", "b@outlook.test", "-t"}, simple_mail()).exit_code == 0);
  CHECK(world.sent(microsoft).size() == 4);
  CHECK(world.sent().empty());
  CHECK(has_text(raw_of(world.sent(microsoft)[1]), "Reply-To: x@corp.example\r\n"));
  CHECK(world.send({"-t"}, simple_mail("From: x@corp.example\n")).exit_code == 0);
  CHECK(world.sent().size() == 1);
}

TEST_CASE("an address that an account can send from is its own: it chooses the account, and From stays") {
  MailServer world;
  world.sandbox.post(mailbox(provider_cases()[0], "add_send_as"), {{"email", "sales@example.org"}});
  REQUIRE(world.home.run({"alias", "sync"}).exit_code == 0);
  REQUIRE(world.home.run({"account", "default", "b@outlook.test"}).exit_code == 0);
  const auto mail = simple_mail("From: Sales <sales@example.org>\n");
  CHECK(world.send({"-t"}, mail).exit_code == 0);
  CHECK(world.send({"-t", "--from-policy=refuse", "-f", "sales@example.org"}, mail).exit_code == 0);
  CHECK(world.home.run({"send", "--raw", "-"}, mail).exit_code == 0);
  REQUIRE(world.sent().size() == 3);
  for (const auto& sent : world.sent()) CHECK(has_text(raw_of(sent), "From: Sales <sales@example.org>\r\n"));
}

TEST_CASE("with -t the header says who gets it, besides those that are given; Bcc hides; a dot ends the message") {
  MailServer world;
  const Json told = Json::parse(
      world
          .send({"-t", "--json", "d@example.org"},
                "To: a@example.org, root\nCc: c@example.org\nBcc: hidden@example.org\nSubject: Report\n\nx\n.\nrest\n")
          .out);
  CHECK(told["state"] == "sent");
  CHECK(told["recipients"] ==
        Json{"d@example.org", "a@example.org", "admin@example.org", "c@example.org", "hidden@example.org"});
  const Json mail = world.sent().at(0);
  CHECK(mail["to"] == Json{"a@example.org", "admin@example.org"});
  CHECK(mail["cc"] == Json{"c@example.org"});
  CHECK(mail["bcc"] == Json{"d@example.org", "hidden@example.org"});
  CHECK_FALSE(has_text(raw_of(mail), "rest"));
  // A message that is passed on goes to the new recipients alone.
  CHECK(world.send({"-t"}, "Resent-To: new@example.org\nTo: old@example.org\nSubject: Again\n\nx\n").exit_code == 0);
  CHECK(world.sent().at(1)["to"] == Json::array());
  CHECK(world.sent().at(1)["bcc"] == Json{"new@example.org"});
}

TEST_CASE("without a way to the provider a message is safe in the outbox and leaves with a flush; --no-queue says so") {
  MailServer world;
  world.sandbox.post("/_sandbox/faults", {{"match", {{"path", "gmail/v1"}}}, {"action", "reset_before"}});
  const Ended refused = world.send({"-t", "--no-queue"}, simple_mail());
  CHECK(refused.exit_code == 75);
  CHECK_FALSE(refused.err.empty());
  const Ended queued = world.send(kCron, kCronMail);
  CHECK(queued.exit_code == 0);
  CHECK(queued.err.empty());
  CHECK(world.send({"-t", "-odq"}, simple_mail()).exit_code == 0);
  const Ended list = run({{world.link("mailq")}, world.home.environment(), {}, {}});
  CHECK(list.exit_code == 0);
  CHECK(has_text(list.out, "Cron <root@host> backup"));
  world.sandbox.remove_faults();
  CHECK(world.sent().empty());
  world.home.sql("mail", "UPDATE outbox SET changed = 1, due = NULL WHERE state = 'queued'");
  CHECK(world.send({"-q"}, "").exit_code == 0);
  CHECK(world.sent().size() == 2);
}

TEST_CASE("a message that waits for a login is kept, and a person is told") {
  MailServer world;
  world.sandbox.post("/_sandbox/revoke", {{"email", "a@gmail.test"}});
  const Ended ended = world.send(kCron, kCronMail);
  CHECK(ended.exit_code == 0);
  CHECK(has_text(ended.err, "mailmgr login --account"));
  CHECK(world.waiting().at(0)["state"] == "queued");
  CHECK(world.send({"-t", "--no-queue"}, simple_mail()).exit_code == 75);
}

TEST_CASE("names of this machine go where the aliases say, else to the postmaster, else they are an error") {
  MailServer world;
  CHECK(world.send({"nobody"}, simple_mail()).exit_code == 67);
  CHECK(world.send({"-n", "root"}, simple_mail()).exit_code == 67);
  world.aliases(
      "www: |/bin/false, :include:/etc/passwd\nweb: www, dev@example.org\nnoreply: /dev/null\nloop: loop2\n"
      "loop2: loop\n");
  const Ended program = world.send({"www"}, simple_mail());
  CHECK(program.exit_code == 67);
  CHECK(has_text(program.err, "hint: "));
  CHECK(world.send({"loop"}, simple_mail()).exit_code == 67);
  CHECK(world.send({"noreply"}, simple_mail()).exit_code == 0);
  CHECK(world.sent().empty());
  const Ended both = world.send({"web"}, simple_mail());
  CHECK(both.exit_code == 0);
  CHECK(has_text(both.err, "|/bin/false"));
  CHECK(world.sent().at(0)["bcc"] == Json{"dev@example.org"});
  world.configure("postmaster_to = \"Post <post@example.org>\"\n");
  CHECK(world.send({"nobody@localhost"}, simple_mail()).exit_code == 0);
  CHECK(world.sent().at(1)["bcc"] == Json{"post@example.org"});
  world.configure("postmaster_to = \"nobody\"\n");
  CHECK(world.send({"nobody"}, simple_mail()).exit_code == 78);
  fs::permissions(world.home.environment()["MAILMGR_ALIASES"], fs::perms::all);
  CHECK(world.send({"web"}, simple_mail()).exit_code == 78);
}

TEST_CASE("what cannot be done ends with the code that callers of sendmail know") {
  MailServer world;
  CHECK(world.send({"-bs"}, "").exit_code == 64);
  CHECK(world.send({}, simple_mail()).exit_code == 64);
  CHECK(world.send({"-t", "-f"}, simple_mail()).exit_code == 64);
  CHECK(world.send({"a@b@c"}, simple_mail()).exit_code == 64);
  CHECK(world.send({"-t"}, "Subject: to nobody\n\nx\n").exit_code == 65);
  CHECK(world.send({"-t"}, "To: b@exa mple.org\n\nx\n").exit_code == 65);
  CHECK(world.send({"-t", "-a", "nobody"}, simple_mail()).exit_code == 67);
  CHECK(world.send({"-t", "--from-policy", "refuse"}, simple_mail("From: x@corp.example\n")).exit_code == 69);
  CHECK(world.send({"-t", "--from-policy=refuse", "-f", "x@corp.example"}, simple_mail()).exit_code == 69);
  CHECK(world.send({"-t", "--from-policy=refuse"}, simple_mail("From: a@gmail.test\n")).exit_code == 0);
  CHECK(world.send({"-t", "--allow", "read-only"}, simple_mail()).exit_code == 69);
  CHECK(world.send({"--version"}, "").out.starts_with("mailmgr "));
  CHECK(world.sent().size() == 1);
  world.sandbox.post("/_sandbox/faults",
                     {{"match", {{"method", "POST"}, {"path", "send$"}}}, {"action", {{"status", 400}}}, {"times", 1}});
  CHECK(world.send({"-t"}, simple_mail()).exit_code == 69);

  Home empty;
  const auto nothing_set = [&](std::vector<std::string> words) {
    words.insert(words.begin(), world.link());
    return run({std::move(words), empty.environment(), simple_mail(), {}}).exit_code;
  };
  CHECK(nothing_set({"-t"}) == 78);
  CHECK(nothing_set({"--no-queue", "b@example.org"}) == 78);
}

TEST_CASE("a message that is given twice under one key is sent once") {
  MailServer world;
  CHECK(world.send({"-t", "--key", "job 7"}, simple_mail()).exit_code == 0);
  CHECK(world.send({"-t", "--key", "job 7"}, simple_mail()).exit_code == 0);
  CHECK(world.sent().size() == 1);
  CHECK(world.send({"-t", "--key", "job 7"}, simple_mail("Cc: c@example.org\n")).exit_code == 64);
}

TEST_CASE("nothing in a message adds a header or a recipient, and what cannot be sent is bad data") {
  MailServer world;
  CHECK(world.send({"-t"}, "To: b@example.org\nSubject: x\rBcc: evil@example.org\n\nx\n").exit_code == 65);
  CHECK(world.send({"-t"}, std::string("To: b@example.org\nSubject: x\0y\n\nx\n", 34)).exit_code == 65);
  CHECK(world.send({"-t"}, std::string("To: b@example.org\n\nx\0y\n", 23)).exit_code == 65);
  CHECK(world.send({"-t"}, "To: b@example.org\nX: " + std::string(1000, 'x') + "\n\nx\n").exit_code == 65);
  std::string huge = "To: b@example.org\n";
  while (huge.size() < 300'000) huge += "X-Filler: " + std::string(70, 'x') + "\n";
  CHECK(world.send({"-t"}, huge + "\nx\n").exit_code == 65);
  CHECK(world.send({"-t"}, "To: b@example.org\nSubject: \xff\n\nx\n").exit_code == 65);
  CHECK(world.send({"-F", "A\nBcc: evil@example.org", "b@example.org"}, "Subject: x\n\nx\n").exit_code == 0);
  CHECK(world.send({"b@example.org\nBcc: evil@example.org"}, "Subject: x\n\nx\n").exit_code == 64);
  CHECK(world.send({"-t"}, "To: b@example.org\nSubject: größe\nX-Mailmgr-Id: forged\n\n\xff\xfe\n").exit_code == 0);
  REQUIRE(world.sent().size() == 2);
  for (const auto& mail : world.sent()) {
    CHECK_FALSE(has_text(raw_of(mail), "\nBcc: evil"));
    CHECK_FALSE(has_text(raw_of(mail), "forged"));
    CHECK(mail["to"].size() + mail["bcc"].size() == 1);
  }
  CHECK(world.sent()[1]["subject"] == "größe");
  CHECK(has_text(raw_of(world.sent()[1]), "\r\n\r\n\xff\xfe\r\n"));
}

TEST_CASE("git send-email sends through it" * doctest::skip(!fs::exists("/usr/lib/git-core/git-send-email"))) {
  MailServer world;
  auto environment = world.home.environment();
  environment["HOME"] = world.home.folder().path();
  environment["GIT_CONFIG_NOSYSTEM"] = "1";
  for (const auto& whose : std::vector<std::string>{"AUTHOR", "COMMITTER"}) {
    environment["GIT_" + whose + "_NAME"] = "Ada";
    environment["GIT_" + whose + "_EMAIL"] = "a@gmail.test";
  }
  const std::string patch = world.home.folder().write(
      "0001-x.patch",
      "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Ada <a@gmail.test>\n"
      "Date: Mon, 23 Nov 2026 10:00:00 +0100\nSubject: [PATCH] Größe\n\nText.\n\nSigned-off-by: Ada "
      "<a@gmail.test>\n---\n"
      " x | 1 +\n\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+x\n-- \n2.39\n");
  for (const auto& how : std::vector<std::string>{"--smtp-server=" + world.link(),
                                                  "--sendmail-cmd=" + program("mailmgr") + " sendmail"}) {
    CAPTURE(how);
    const Ended ended = run(
        {{"/usr/bin/git", "send-email", how, "--from=Ada <a@gmail.test>", "--to=list@example.org", "--cc=c@example.org",
          "--bcc=d@example.org", "--confirm=never", "--quiet", "--suppress-cc=all", "--8bit-encoding=UTF-8", patch},
         environment,
         {},
         world.home.folder().path()});
    CHECK_MESSAGE(ended.exit_code == 0, ended.out, ended.err);
  }
  REQUIRE(world.sent().size() == 2);
  for (const auto& mail : world.sent()) {
    CHECK(mail["subject"] == "[PATCH] Größe");
    CHECK(mail["to"] == Json{"list@example.org"});
    CHECK(mail["cc"] == Json{"c@example.org"});
    CHECK(mail["bcc"] == Json{"d@example.org"});
    CHECK(has_text(raw_of(mail), "+++ b/x\r\n@@ -0,0 +1 @@\r\n+x\r\n-- \r\n2.39"));
  }
}

TEST_CASE("mutt sends through it" * doctest::skip(!fs::exists("/usr/bin/mutt"))) {
  MailServer world;
  auto environment = world.home.environment();
  environment["HOME"] = world.home.folder().path();
  environment["TERM"] = "dumb";
  const std::string settings = world.home.folder().write(
      "muttrc", "set sendmail=\"" + world.link() + " -oem -oi\"\nset from=\"Ada <a@gmail.test>\"\nset use_from=yes\n" +
                    "set use_envelope_from=yes\nset copy=no\nset envelope_from_address=\"a@gmail.test\"\n");
  const std::string file = world.home.folder().write("data.bin", std::string("\0\1\2", 3));
  const Ended ended = run({{"/usr/bin/mutt", "-n", "-F", settings, "-s", "Größe", "-b", "hidden@example.org", "-a",
                            file, "--", "b@example.org"},
                           environment,
                           "Hello.\n.\nÄnd\n",
                           world.home.folder().path()});
  CHECK_MESSAGE(ended.exit_code == 0, ended.out, ended.err);
  REQUIRE(world.sent().size() == 1);
  const Json mail = world.sent()[0];
  CHECK(mail["subject"] == "Größe");
  CHECK(mail["to"] == Json{"b@example.org"});
  CHECK(mail["bcc"] == Json{"hidden@example.org"});
  CHECK(has_text(raw_of(mail), "AAEC"));
}

TEST_CASE("mail sends through it, to names of this machine too" * doctest::skip(!fs::exists("/usr/bin/bsd-mailx"))) {
  MailServer world;
  auto environment = world.home.environment();
  environment["HOME"] = world.home.folder().path();
  environment["MAILRC"] = world.home.folder().write("mailrc", "set sendmail=" + world.link() + "\nset sendwait\n");
  const Ended ended = run({{"/usr/bin/bsd-mailx", "-s", "Report", "-c", "c@example.org", "b@example.org", "root"},
                           environment,
                           "Hello.\n",
                           world.home.folder().path()});
  CHECK_MESSAGE(ended.exit_code == 0, ended.out, ended.err);
  REQUIRE(world.sent().size() == 1);
  const Json mail = world.sent()[0];
  CHECK(mail["from"] == "a@gmail.test");
  CHECK(mail["subject"] == "Report");
  CHECK(mail["to"] == Json{"b@example.org", "admin@example.org"});
  CHECK(mail["cc"] == Json{"c@example.org"});
}
