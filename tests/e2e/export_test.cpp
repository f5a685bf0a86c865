// Exports by the real program, read by the programs they are for.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/base/encoding.h"
#include "tests/e2e/kill.h"
#include "tests/e2e/mail_state.h"
#include "tests/support/places.h"

using namespace mailmgr::test;
namespace fs = std::filesystem;

namespace {

const ProviderCase& google() {
  return provider_cases().front();
}

struct ExportWorld {
  Sandbox sandbox;
  Home home;
  explicit ExportWorld(std::vector<std::string> mail = {}) : sandbox(options(std::move(mail))) {
    home.set_provider("google", sandbox);
    home.log_in("google");
  }
  static std::vector<std::string> options(std::vector<std::string> mail) {
    mail.insert(mail.end(), {"--auto-consent", "--quota", "off"});
    return mail;
  }
  void sync() const { REQUIRE(home.run({"sync"}).exit_code == 0); }
  std::string deliver(const std::string& subject, Json more = Json::object()) const {
    if (!more.contains("unread")) more["unread"] = false;
    more["raw"] = mail(subject);
    return sandbox.post(mailbox(google(), "deliver"), more)["id"];
  }
  std::string out(const std::string& name) const { return home.folder().path() + "/" + name; }
  Json export_to(const std::string& format, const std::string& name, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"export", "--format", format, "-o", out(name)});
    return home.json(std::move(more)).back();
  }
};

std::string whole_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Whether it is one of those in which mail programs look for mail.
std::vector<fs::path> mail_files(const std::string& root) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const auto place = entry.path().parent_path().filename();
    if (entry.is_regular_file() && (place == "cur" || place == "new")) files.push_back(entry.path());
  }
  return files;
}

Ended run_other(const ExportWorld& world, std::vector<std::string> argv) {
  auto environment = world.home.start({}).environment;
  environment["HOME"] = world.home.folder().path();
  environment["NOTMUCH_CONFIG"] = world.out("notmuch.conf");
  environment["TERM"] = "xterm";
  environment["SHELL"] = "/bin/sh";
  return run({std::move(argv), environment, {}, {}});
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.insert(line);
  }
  return lines;
}

// Five messages in different places and with different marks.
void fill(const ExportWorld& world) {
  world.sandbox.post(mailbox(google(), "create_folder"), {{"name", "Work/2026"}});
  world.deliver("plain");
  world.deliver("fresh", {{"unread", true}});
  world.deliver("star", {{"unread", true}, {"starred", true}, {"labels", {"Work/2026", "red"}}});
  world.deliver("kept", {{"folder", "archive"}});
  world.deliver("junk", {{"folder", "spam"}});
  world.sync();
}

}  // namespace

TEST_CASE("every message of the corpus is exported in each format, and Python reads the same bytes of it" *
          doctest::skip(!fs::exists("/usr/bin/python3"))) {
  const ExportWorld world({"--mail", source_folder() + "/tests/data/mail"});
  world.sync();
  const Json state = world.sandbox.get(mailbox(google(), "state"));
  const auto all = state["messages"].size();
  REQUIRE(all > 40);
  for (const std::string format : {"maildir", "mbox", "eml", "jsonl"}) {
    const Json summary = world.export_to(format, format);
    CHECK(summary["complete"] == true);
    CHECK(summary["messages"] == all);
    CHECK(summary["added"] == all);
    CHECK(summary["failed"] == 0);
  }
  const auto read = run_other(world, {source_folder() + "/tests/support/read-exports", world.out("maildir"),
                                      world.out("mbox"), world.out("eml"), world.out("jsonl")});
  CHECK_MESSAGE(read.exit_code == 0, read.err);
  const auto lines = lines_of(read.out);
  CHECK_MESSAGE(lines.size() == 1, read.out);
  CHECK(lines.begin()->starts_with(std::to_string(all) + " "));
  std::multiset<std::string> sent, exported;
  for (const auto& message : state["messages"]) sent.insert(message["sha256"]);
  for (const auto& file : mail_files(world.out("maildir"))) {
    exported.insert(mailmgr::hex(mailmgr::sha256(whole_file(file))));
  }
  CHECK(exported == sent);
  // What goes to standard output is the same.
  CHECK(world.home.run({"export", "--format", "mbox", "-o", "-"}).out == whole_file(world.out("mbox")));
}

TEST_CASE("notmuch indexes an export with the same subjects, dates and marks, and takes its labels" *
          doctest::skip(!fs::exists("/usr/bin/notmuch"))) {
  const ExportWorld world;
  fill(world);
  CHECK(world.export_to("maildir", "mail")["added"] == 5);
  world.home.folder().write("notmuch.conf",
                            "[database]\npath=" + world.out("mail") +
                                "\n[new]\ntags=inbox\nignore=/^\\.mailmgr/;notmuch-tags;dovecot-keywords\n"
                                "[user]\nprimary_email=a@gmail.test\n[maildir]\nsynchronize_flags=true\n");
  const auto indexed = run_other(world, {"/usr/bin/notmuch", "new"});
  CHECK_MESSAGE(indexed.exit_code == 0, indexed.err);
  CHECK(indexed.err.find("Note: Ignoring non-mail") == std::string::npos);
  const auto count = [&](const std::string& query) {
    return run_other(world, {"/usr/bin/notmuch", "count", "--exclude=false", query}).out;
  };
  CHECK(count("*") == "5\n");
  CHECK(count("tag:unread") == "2\n");
  CHECK(count("tag:flagged") == "1\n");
  CHECK(count("folder:a@gmail.test/inbox") == "3\n");
  CHECK(count("folder:a@gmail.test/spam") == "1\n");
  CHECK(count("date:2026-11-02..2026-11-02 and subject:kept and id:kept@example.org") == "1\n");
  const auto tagged =
      run_other(world, {"/usr/bin/notmuch", "tag", "--batch", "--input=" + world.out("mail") + "/notmuch-tags"});
  CHECK_MESSAGE(tagged.exit_code == 0, tagged.err);
  CHECK(count("tag:red and tag:Work/2026 and subject:star") == "1\n");
}

TEST_CASE("mu indexes an export with the same subjects" * doctest::skip(!fs::exists("/usr/bin/mu"))) {
  const ExportWorld world;
  fill(world);
  world.export_to("maildir", "mail");
  const auto home = "--muhome=" + world.out("mu");
  CHECK(run_other(world, {"/usr/bin/mu", "init", home, "--maildir=" + world.out("mail")}).exit_code == 0);
  CHECK(run_other(world, {"/usr/bin/mu", "index", home}).exit_code == 0);
  const auto find = [&](const std::string& query, const std::string& fields) {
    return lines_of(run_other(world, {"/usr/bin/mu", "find", home, "--fields=" + fields, query}).out);
  };
  CHECK(find("", "s") == std::set<std::string>{"plain", "fresh", "star", "kept", "junk"});
  CHECK(find("maildir:/a@gmail.test/archive", "s") == std::set<std::string>{"kept"});
  CHECK(find("flag:flagged", "s") == std::set<std::string>{"star"});
  CHECK(find("date:20261102..20261102 flag:unread", "s") == std::set<std::string>{"fresh", "star"});
}

TEST_CASE("mutt opens a folder of an export, and what it does to flags is no new message to the next one" *
          doctest::skip(!fs::exists("/usr/bin/mutt"))) {
  const ExportWorld world;
  fill(world);
  world.export_to("maildir", "mail");
  const auto inbox = world.out("mail") + "/a@gmail.test/inbox";
  const auto settings =
      world.home.folder().write("muttrc",
                                "set wait_key=no pipe_decode=no pipe_split=no mark_old=no quit=yes delete=no move=no\n"
                                "set folder=/\n"  // else it asks whether to make ~/Mail
                                "push \"<tag-pattern>~A<enter><tag-prefix><pipe-message>cat >> '" +
                                    world.out("seen") + "'<enter><tag-prefix><clear-flag>N<quit>\"\n");
  const auto ended =
      run_other(world, {"/usr/bin/script", "-qec", "/usr/bin/mutt -n -F " + settings + " -f " + inbox, "/dev/null"});
  CHECK_MESSAGE(ended.exit_code == 0, ended.out);
  const auto seen = lines_of(whole_file(world.out("seen")));
  for (const char* subject : {"plain", "fresh", "star"}) CHECK(seen.contains(std::string("Subject: ") + subject));
  CHECK_FALSE(seen.contains("Subject: kept"));
  const auto renamed = mail_files(inbox);
  CHECK(std::none_of(renamed.begin(), renamed.end(),
                     [](const auto& path) { return path.parent_path().filename() == "new"; }));
  const Json again = world.export_to("maildir", "mail");
  CHECK(again["added"] == 0);
  CHECK(again["unchanged"] == 5);
  CHECK(mail_files(inbox) == renamed);
  // Only --mirror takes the flags back.
  CHECK(world.export_to("maildir", "mail", {"--mirror"})["updated"] == 2);
}

TEST_CASE("--mirror follows the mailbox, asks before it removes much, and refuses a folder of something else") {
  const ExportWorld world;
  fill(world);
  const auto gone = world.deliver("gone");
  const auto moved = world.deliver("moved");
  world.sync();
  CHECK(world.export_to("maildir", "mail", {"--mirror"})["added"] == 7);
  world.sandbox.post(mailbox(google(), "delete"), {{"id", gone}});
  world.sandbox.post(mailbox(google(), "move"), {{"id", moved}, {"folder", "trash"}});
  world.deliver("new");
  world.sync();
  const Json dry = world.export_to("maildir", "mail", {"--mirror", "--dry-run"});
  CHECK(dry["dry_run"] == true);
  CHECK(mail_files(world.out("mail")).size() == 7);
  const auto own = world.out("mail") + "/a@gmail.test/inbox/cur/1.own:2,S";
  std::ofstream(own) << "mine";
  const Json plain = world.export_to("maildir", "mail");
  CHECK(plain["added"] == 1);
  CHECK(plain["removed"] == 0);
  const Json mirrored = world.export_to("maildir", "mail", {"--mirror"});
  CHECK(mirrored["updated"] == 1);
  CHECK(mirrored["removed"] == 1);
  CHECK(dry["removed"] == mirrored["removed"]);
  CHECK(dry["updated"] == mirrored["updated"]);
  CHECK(mail_files(world.out("mail")).size() == 8);
  CHECK(whole_file(own) == "mine");
  CHECK(mail_files(world.out("mail") + "/a@gmail.test/trash").at(0).string().ends_with(":2,ST"));

  const auto words = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"export", "--format", "maildir", "-o", world.out("mail")});
    return world.home.run(std::move(more));
  };
  CHECK(words({"--mirror", "--query", "subject:star"}).exit_code == 2);
  CHECK(words({"--mirror", "-a", "a@gmail.test"}).exit_code == 2);
  CHECK(words({"--query", " "}).exit_code == 2);
  CHECK(words({"--query", "(("}).exit_code == 2);
  CHECK(mail_files(world.out("mail")).size() == 8);
  // A mailbox that is suddenly empty: more than --max allows.
  CHECK(words({"--mirror", "--max", "0"}).exit_code == 0);
  world.home.sql("mail", "UPDATE message SET stored = 0");
  CHECK(words({"--mirror", "--max", "3"}).exit_code == 2);
  CHECK(mail_files(world.out("mail")).size() == 8);
  CHECK(Json::parse(whole_file(world.out("mail") + "/.mailmgr-export.json"))["complete"] == false);
}

TEST_CASE("--mirror removes nothing while an account's mail is not all here, and says so") {
  const ExportWorld world;
  fill(world);
  CHECK(world.export_to("maildir", "mail", {"--mirror"})["complete"] == true);
  // One message less, as a store has it that is filled anew.
  world.home.sql("mail", "UPDATE message SET stored = 0 WHERE id = (SELECT min(id) FROM message)");
  const auto record = world.out("mail") + "/.mailmgr-export.json";
  const auto mirror = [&](std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"export", "--format", "maildir", "-o", world.out("mail"), "--mirror"});
    return world.home.run(std::move(more));
  };
  const auto removes_nothing = [&](const std::string& change, const std::string& back) {
    CAPTURE(change);
    world.home.sql("mail", change);
    CHECK(mirror({"--dry-run"}).exit_code == 7);
    const auto ended = mirror();
    CHECK(ended.exit_code == 7);
    CHECK_MESSAGE(ended.err.find("mailmgr sync a@gmail.test") != std::string::npos, ended.err);
    CHECK(mail_files(world.out("mail")).size() == 5);
    CHECK(Json::parse(whole_file(record))["complete"] == false);
    CHECK(Json::parse(whole_file(record))["removed"] == 0);
    world.home.sql("mail", back);
  };
  removes_nothing("INSERT INTO wanted (account, remote_id, rank) SELECT account, 'x', 0 FROM stream LIMIT 1",
                  "DELETE FROM wanted");
  removes_nothing("UPDATE stream SET enumerating = 1", "UPDATE stream SET enumerating = 0");
  removes_nothing("UPDATE stream SET listing = cursor, cursor = ''",
                  "UPDATE stream SET cursor = listing, listing = ''");
  removes_nothing("UPDATE sync_account SET messages = messages - 5", "UPDATE sync_account SET messages = messages + 5");
  const auto all_here = mirror();
  CHECK_MESSAGE(all_here.exit_code == 0, all_here.err);
  CHECK(mail_files(world.out("mail")).size() == 4);
  CHECK(Json::parse(whole_file(record))["complete"] == true);
}

TEST_CASE("an export replaces no file that others wrote, unless it is forced to") {
  const ExportWorld world;
  fill(world);
  for (const std::string format : {"mbox", "jsonl"}) {
    CAPTURE(format);
    const auto path = world.home.folder().write("own." + format, "mine");
    const std::vector<std::string> words{"export", "--format", format, "-o", path};
    const auto refused = world.home.run(words);
    CHECK(refused.exit_code == 2);
    CHECK_MESSAGE(refused.err.find("--force") != std::string::npos, refused.err);
    CHECK(whole_file(path) == "mine");
    CHECK_FALSE(fs::exists(path + ".export.json"));
    CHECK(world.export_to(format, "own." + format, {"--force"})["complete"] == true);
    CHECK(whole_file(path).size() > 100);
    CHECK(world.home.run(words).exit_code == 0);
  }
  fs::create_directory(world.out("tree"));
  const auto tags = world.home.folder().write("tree/notmuch-tags", "mine");
  CHECK(world.home.run({"export", "--format", "maildir", "-o", world.out("tree")}).exit_code == 2);
  CHECK(whole_file(tags) == "mine");
  CHECK(world.export_to("maildir", "tree", {"--force"})["added"] == 5);
  CHECK(whole_file(tags) != "mine");
}

TEST_CASE("an export that is killed anywhere shows no half file and never looks complete, and the next completes it" *
          doctest::skip(kWithoutFailpoints)) {
  const ExportWorld world;
  fill(world);
  for (const std::string format : {"maildir", "eml", "mbox", "jsonl"}) {
    CAPTURE(format);
    world.export_to(format, "good." + format);
    const auto path = world.out(format);
    const auto record = format == "maildir" || format == "eml" ? path + "/.mailmgr-export.json" : path + ".export.json";
    const auto passed = kill_everywhere(
        {"export."}, Passes::most, {"export", "--format", format, "-o", path},
        [&]() -> const Home& {
          fs::remove_all(path);
          fs::remove(record);
          return world.home;
        },
        [&](const Home&) {
          CHECK((!fs::exists(record) || Json::parse(whole_file(record))["complete"] == false));
          if (format == "maildir") {
            for (const auto& file : mail_files(path)) CHECK(whole_file(file).ends_with(".\r\n"));
          } else if (format != "eml") {
            CHECK_FALSE(fs::exists(path));
          }
          const Json next = world.export_to(format, format);
          CHECK(next["complete"] == true);
          CHECK(next["messages"] == 5);
          if (format == "maildir") CHECK(mail_files(path).size() == 5);
          if (format == "mbox") CHECK(whole_file(path) == whole_file(world.out("good.mbox")));
          CHECK(Json::parse(whole_file(record))["complete"] == true);
        });
    CHECK(passed.size() == 2);
  }
}

TEST_CASE("export says what it cannot do, and where its output goes") {
  const ExportWorld world;
  fill(world);
  const auto code = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "export");
    return world.home.run(std::move(words)).exit_code;
  };
  CHECK(code({"--format", "pst", "-o", world.out("x")}) == 2);
  CHECK(code({"--format", "maildir", "-o", "-"}) == 2);
  CHECK(code({"--format", "mbox", "-o", "-", "--json"}) == 2);
  CHECK(code({"--format", "mbox", "-o", world.out("x"), "--mirror"}) == 2);
  CHECK(code({"--format", "mbox", "-o", world.home.folder().path()}) == 2);
  CHECK(code({"--format", "maildir", "-o", world.out("none/deep")}) == 2);
  CHECK(code({"--format", "maildir", "-o", "/dev/null"}) == 2);
  CHECK(code({"--format", "mbox", "-o", world.out("x"), "--dry-run"}) == 0);
  CHECK_FALSE(fs::exists(world.out("x")));
  const auto full = world.home.run({"export", "--format", "jsonl", "-o", "-"});
  const auto lines = json_lines(full.out);
  REQUIRE(lines.size() == 6);
  CHECK(lines.back()["complete"] == true);
  CHECK(lines.front()["body_text"].get<std::string>().starts_with("Text of "));
  CHECK(world.home.run({"export", "--format", "mbox", "-o", world.out("y")}).out.empty());
}
