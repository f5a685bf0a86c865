// Exports by the real program: what --mirror takes away, what others wrote, kills, and what cannot be done.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/export_world.h"
#include "tests/e2e/exports.h"
#include "tests/e2e/kill.h"

using namespace mailmgr::test;
using mailmgr::read_text;
namespace fs = std::filesystem;

TEST_CASE("--mirror follows the mailbox, asks before it removes much, and refuses a folder of something else") {
  const ExportWorld world;
  world.fill();
  const auto gone = world.deliver("gone");
  const auto moved = world.deliver("moved");
  world.sync();
  CHECK(world.export_to("maildir", "mail", {"--mirror"})["added"] == 7);
  world.sandbox.post(mailbox(provider_cases().front(), "delete"), {{"id", gone}});
  world.sandbox.post(mailbox(provider_cases().front(), "move"), {{"id", moved}, {"folder", "trash"}});
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
  CHECK(read_text(own) == "mine");
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
  CHECK(Json::parse(read_text(world.out("mail") + "/.mailmgr-export.json"))["complete"] == false);
}

TEST_CASE("--mirror removes nothing while an account's mail is not all here, and says so") {
  const ExportWorld world;
  world.fill();
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
    CHECK(Json::parse(read_text(record))["complete"] == false);
    CHECK(Json::parse(read_text(record))["removed"] == 0);
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
  CHECK(Json::parse(read_text(record))["complete"] == true);
}

TEST_CASE("--mirror removes what is gone also while a folder that was just made here is not listed yet") {
  const auto& outlook = provider_cases()[1];
  const ExportWorld world({}, {outlook});
  world.fill(outlook);
  const auto gone = world.deliver("gone", {}, outlook);
  world.sync();
  CHECK(world.export_to("maildir", "mail", {"--mirror"})["added"] == 6);
  world.sandbox.post(mailbox(outlook, "delete"), {{"id", gone}});
  world.sync();
  REQUIRE(world.home.run({"folder", "create", "EmptyOne", "-a", outlook.address}).exit_code == 0);
  const Json mirrored = world.export_to("maildir", "mail", {"--mirror"});
  CHECK(mirrored["complete"] == true);
  CHECK(mirrored["removed"] == 1);
}

TEST_CASE("an export replaces no file that others wrote, unless it is forced to") {
  const ExportWorld world;
  world.fill();
  for (const std::string format : {"mbox", "jsonl"}) {
    CAPTURE(format);
    const auto path = world.home.folder().write("own." + format, "mine");
    const std::vector<std::string> words{"export", "--format", format, "-o", path};
    const auto refused = world.home.run(words);
    CHECK(refused.exit_code == 2);
    CHECK_MESSAGE(refused.err.find("--force") != std::string::npos, refused.err);
    CHECK(read_text(path) == "mine");
    CHECK_FALSE(fs::exists(path + ".export.json"));
    CHECK(world.export_to(format, "own." + format, {"--force"})["complete"] == true);
    CHECK(read_text(path).size() > 100);
    CHECK(world.home.run(words).exit_code == 0);
  }
  fs::create_directory(world.out("tree"));
  const auto tags = world.home.folder().write("tree/notmuch-tags", "mine");
  CHECK(world.home.run({"export", "--format", "maildir", "-o", world.out("tree")}).exit_code == 2);
  CHECK(read_text(tags) == "mine");
  CHECK(world.export_to("maildir", "tree", {"--force"})["added"] == 5);
  CHECK(read_text(tags) != "mine");
}

TEST_CASE("an export that is killed anywhere shows no half file and never looks complete, and the next completes it" *
          doctest::skip(kWithoutFailpoints)) {
  const ExportWorld world;
  world.fill();
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
          CHECK((!fs::exists(record) || Json::parse(read_text(record))["complete"] == false));
          if (format == "maildir") {
            for (const auto& file : mail_files(path)) CHECK(read_text(file).ends_with(".\r\n"));
          } else if (format != "eml") {
            CHECK_FALSE(fs::exists(path));
          }
          const Json next = world.export_to(format, format);
          CHECK(next["complete"] == true);
          CHECK(next["messages"] == 5);
          if (format == "maildir") CHECK(mail_files(path).size() == 5);
          if (format == "mbox") CHECK(read_text(path) == read_text(world.out("good.mbox")));
          CHECK(Json::parse(read_text(record))["complete"] == true);
        });
    CHECK(passed.size() == 2);
  }
}

TEST_CASE("export says what it cannot do, and where its output goes") {
  const ExportWorld world;
  world.fill();
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
