// Mail from files into mailboxes, by the real program: as it was, and once.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "core/base/encoding.h"
#include "core/mail/parse.h"
#include "tests/e2e/import_world.h"
#include "tests/e2e/kill.h"

using namespace mailmgr::test;
namespace fs = std::filesystem;

namespace {

// Hash of the bytes → marks, of what counts in a copy of a mailbox.
std::multiset<std::string> content_and_marks(const Json& messages) {
  std::multiset<std::string> all;
  for (const auto& one : messages) {
    all.insert(one["sha256"].get<std::string>() + one["folders"].dump() + one["labels"].dump() + one["unread"].dump() +
               one["starred"].dump());
  }
  return all;
}

}  // namespace

TEST_CASE("what was exported from one Gmail mailbox is imported into another as it was, marks and labels included") {
  const ImportWorld from;
  from.sandbox.post(mailbox(gmail(), "create_folder"), {{"name", "Work"}});
  from.sandbox.post(mailbox(gmail(), "deliver"), {{"raw", mail("plain")}});
  from.sandbox.post(mailbox(gmail(), "deliver"), {{"raw", mail("star")}, {"unread", true}, {"starred", true}});
  from.sandbox.post(mailbox(gmail(), "deliver"), {{"raw", mail("work")}, {"labels", {"Work"}}, {"folder", "archive"}});
  from.sandbox.post(mailbox(gmail(), "deliver"), {{"raw", mail("junk")}, {"folder", "spam"}});
  from.sandbox.post(mailbox(gmail(), "deliver"), {{"raw", mail("cut") + "no end"}, {"folder", "trash"}});
  REQUIRE(from.home.run({"sync", gmail().address}).exit_code == 0);
  for (const std::string format : {"maildir", "jsonl"}) {
    CAPTURE(format);
    REQUIRE(from.home.run({"export", "--format", format, "-o", from.out(format), "-a", gmail().address}).exit_code ==
            0);
    const ImportWorld to;
    to.sandbox.post(mailbox(gmail(), "create_folder"), {{"name", "Work"}});
    const Json dry = to.imported({from.out(format), "-a", gmail().address, "--dry-run"});
    CHECK(dry["imported"] == 5);
    CHECK(to.messages(gmail()).empty());
    CHECK(to.imported({from.out(format), "-a", gmail().address})["imported"] == 5);
    CHECK(content_and_marks(to.messages(gmail())) == content_and_marks(from.messages(gmail())));
    CHECK(to.messages(gmail())[0]["received"] == "2026-11-02T10:00:00Z");  // its Date
    // Again, before and after a sync: none of them twice.
    CHECK(to.imported({from.out(format), "-a", gmail().address})["duplicates"] == 5);
    REQUIRE(to.home.run({"sync", gmail().address}).exit_code == 0);
    CHECK(to.imported({from.out("maildir"), "-a", gmail().address})["duplicates"] == 5);
    CHECK(to.messages(gmail()).size() == 5);
    CHECK(to.imported({from.out(format), "-a", gmail().address, "--again"})["imported"] == 5);
  }
}

TEST_CASE("what went through an mbox file is imported byte for byte, wherever it was exported from") {
  const ImportWorld world({"--mail", source_folder() + "/tests/data/mail"});
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  std::multiset<std::string> expected;
  for (const auto& one : world.messages(gmail())) {
    expected.insert(one["sha256"]);
    // A text without any header, such as this one, is no message to import.
    if (one["message_id"] != "") expected.insert(one["sha256"]);
  }
  // Outlook gives that text a header.
  for (const auto& [id, hash] : served_content(world.sandbox, outlook())) expected.insert(hash);
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto file = world.out(provider.name + ".mbox");
    REQUIRE(world.home.run({"export", "--format", "mbox", "-o", file, "-a", provider.address}).exit_code == 0);
    const Ended done = world.import({file, "-a", gmail().address, "--again", "--json"});
    const bool has_text = provider.name == gmail().name;
    CHECK(done.exit_code == (has_text ? 7 : 0));
    const Json counts = json_lines(done.out).back();
    CHECK(counts["failed"] == (has_text ? 1 : 0));
    CHECK(counts["imported"].get<int>() + counts["failed"].get<int>() == counts["messages"]);
  }
  std::multiset<std::string> arrived;
  for (const auto& one : world.messages(gmail())) arrived.insert(one["sha256"]);
  CHECK(arrived == expected);
}

TEST_CASE("what is in the mailbox already is not imported, whether it was synced or not") {
  const ImportWorld world;
  world.sandbox.post(mailbox(gmail(), "deliver"), {{"raw", mail("there")}});
  const auto file = world.mbox({"there", "new", "new"});
  CHECK(world.imported({file, "-a", gmail().address})["imported"] == 1);
  CHECK(world.messages(gmail()).size() == 2);
}

TEST_CASE("an import that is killed anywhere brings each message once when it is repeated" *
          doctest::skip(kWithoutFailpoints)) {
  for (const char* place : {"import.begun", "import.imported", "http.before_send", "http.after_answer"}) {
    const bool often = test_count(1, 2) > 1;
    for (const int pass : often ? std::vector{1, 2, 3, 4, 5, 6} : std::vector{2}) {
      CAPTURE(place);
      CAPTURE(pass);
      const ImportWorld world;
      const auto file = world.mbox({"one", "two", "three"});
      const std::vector<std::string> words{"import", file, "-a", gmail().address};
      const Ended killed = run_armed(world.home, words, place, pass);
      CHECK((killed.exit_code == kKilled || killed.exit_code == 0));
      CHECK(world.home.run(words).exit_code == 0);
      CHECK(world.messages(gmail()).size() == 3);
    }
  }
}

TEST_CASE("an answer that does not come is made up for by looking: once, or not at all for a message without an id") {
  const ImportWorld world;
  const auto file = world.mbox({"one"});
  world.sandbox.post("/_sandbox/faults", Json::parse(R"([
    {"match":{"method":"POST","path":"import","nth":1},"action":"reset_after"},
    {"match":{"method":"POST","path":"import","nth":1},"action":"reset_after"}])"));
  CHECK(world.imported({file, "-a", gmail().address})["imported"] == 1);
  CHECK(world.messages(gmail()).size() == 1);

  const auto nameless = world.home.folder().write("x.eml", "Subject: nameless\r\n\r\nx\r\n");
  CHECK(world.import({nameless, "-a", gmail().address}).exit_code == 8);
  const Ended again = world.import({nameless, "-a", gmail().address});
  CHECK(again.exit_code == 7);
  CHECK(again.err.find("--again") != std::string::npos);
  CHECK(world.messages(gmail()).size() == 2);
}

TEST_CASE("notes and to-dos of JSON Lines are with their messages after a sync, and stay when all is listed again") {
  const ImportWorld world, other;
  const std::string raw = mailmgr::base64(mail("noted"));
  const auto file = world.home.folder().write("notes.jsonl", Json{{"folders", {"inbox"}},
                                                                  {"note", "call back"},
                                                                  {"todo", true},
                                                                  {"todo_due", "2026-12-01T00:00:00Z"},
                                                                  {"raw", raw}}
                                                                     .dump() +
                                                                 "\n");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto sync = [&](const ImportWorld& at) { REQUIRE(at.home.run({"sync", provider.address}).exit_code == 0); };
    const auto found = [&](const ImportWorld& at) {
      const auto rows = at.home.json({"search", "subject:noted", "-a", provider.address});
      REQUIRE(rows.size() == 1);
      return rows[0];
    };
    const auto check_note = [&] {
      const Json row = found(world);
      CHECK(row["note"] == "call back");
      CHECK(row["todo"] == true);
      CHECK(row["todo_due"] == "2026-12-01T00:00:00Z");
    };
    CHECK(world.imported({file, "-a", provider.address, "--lossy"})["noted"] == 1);
    sync(world);
    check_note();
    world.sandbox.post(mailbox(provider, "expire_cursors"), Json::object());
    sync(world);
    check_note();
    // They wait for a message that went and comes back.
    world.sandbox.post(mailbox(provider, "delete"), {{"id", found(world)["remote_id"]}});
    sync(world);
    CHECK(world.home.json({"search", "has:note", "-a", provider.address}).empty());
    world.sandbox.post(mailbox(provider, "deliver"), {{"raw", raw}});
    sync(world);
    check_note();

    const auto again = world.out(provider.name + ".jsonl");
    REQUIRE(world.home.run({"export", "--format", "jsonl", "-o", again, "-a", provider.address}).exit_code == 0);
    other.sandbox.post(mailbox(provider, "deliver"), {{"raw", raw}});
    sync(other);
    const Json counts = other.imported({again, "-a", provider.address, "--lossy"});
    CHECK(counts["duplicates"] == 1);
    CHECK(counts["noted"] == 1);
    CHECK(found(other)["note"] == "call back");
  }
}

TEST_CASE("large messages go up in pieces, and go on where a connection broke") {
  const ImportWorld world;
  std::string big = mail("big");
  for (int i = 0; i < 90000; ++i)
    big += "From line " + std::to_string(i) + " to the other end of it, which is far.\r\n";
  const auto file = world.home.folder().write("big.eml", big);
  world.sandbox.post("/_sandbox/faults",
                     Json::parse(R"([{"match":{"method":"PUT","path":"upload","nth":2},"action":"reset_after"}])"));
  CHECK(world.imported({file, "-a", gmail().address, "--folder", "inbox"})["imported"] == 1);
  CHECK(world.messages(gmail())[0]["sha256"] == mailmgr::hex(mailmgr::sha256(big)));
}

TEST_CASE("Outlook makes messages anew, only when asked, never as drafts, with their dates, marks and attachments") {
  const ImportWorld world;
  world.let_make_categories();
  const std::string raw =
      "From: Ada <ada@example.org>\r\nTo: b@outlook.test\r\nSubject: Old\r\nMessage-ID: <old@example.org>\r\n"
      "Date: Mon, 02 Mar 2020 10:00:00 +0000\r\nX-Own: kept\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nHere.\r\n"
      "--b\r\nContent-Type: text/csv; name=\"a.csv\"\r\nContent-Disposition: attachment\r\n\r\n1,2\r\n--b--\r\n";
  const auto folder = world.out("md");
  for (const char* name : {"cur", "new", "tmp"}) fs::create_directories(folder + "/" + name);
  world.home.folder().write("md/cur/1.a:2,FS", raw);
  world.home.folder().write("md/cur/2.b:2,",
                            "From: x@y.test\r\nMessage-ID: <s@y.test>\r\nContent-Type: multipart/signed; boundary=c\r\n"
                            "\r\n--c\r\nContent-Type: text/plain\r\n\r\nx\r\n--c--\r\n");
  const std::vector<std::string> words{folder, "-a", outlook().address};
  const Ended refused = world.import(words);
  CHECK(refused.exit_code == 6);
  CHECK(refused.err.find("--lossy") != std::string::npos);
  CHECK(world.messages(outlook()).empty());

  const Ended done = world.import({folder, "-a", outlook().address, "--lossy", "--label", "Old mail", "--create"});
  CHECK(done.exit_code == 7);
  CHECK(done.err.find("signed") != std::string::npos);
  REQUIRE(world.messages(outlook()).size() == 1);
  CHECK(world.import({folder, "-a", outlook().address, "--lossy"}).exit_code == 7);
  CHECK(world.messages(outlook()).size() == 1);
  REQUIRE(world.home.run({"sync", outlook().address}).exit_code == 0);
  const Json row = world.home.json({"search", "subject:Old"}).at(0);
  CHECK(row["draft"] == false);
  CHECK(row["unread"] == false);
  CHECK(row["starred"] == true);
  CHECK(row["message_id"] == "<old@example.org>");
  CHECK(row["received"] == "2020-03-02T10:00:00Z");
  CHECK(row["folders"] == Json{"inbox"});
  CHECK(row["labels"] == Json{"Old mail"});
  CHECK(row["from"]["address"] == "ada@example.org");
  CHECK(world.home.json({"attachment", "list", row["id"].dump()}).at(0)["name"] == "a.csv");
}

TEST_CASE("import refuses what it cannot place, many messages without a yes, and files of no mail") {
  const ImportWorld world;
  const auto file = world.mbox({"one"});
  const auto code = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"-a", gmail().address});
    return world.import(std::move(words)).exit_code;
  };
  CHECK(code({file, "--folder", "Nowhere"}) == 5);
  CHECK(code({file, "--label", "none"}) == 5);
  CHECK(code({file, "--max", "0"}) == 2);
  CHECK(code({file, "--format", "pst"}) == 2);
  CHECK(code({file, "--format", "maildir"}) == 2);
  CHECK(code({world.out("missing")}) == 5);
  CHECK(code({world.home.folder().write("empty.eml", "")}) == 2);
  fs::create_directories(world.out("nothing"));
  CHECK(code({world.out("nothing")}) == 2);
  std::vector<std::string> many;
  for (int i = 0; i < 101; ++i) many.push_back("m" + std::to_string(i));
  CHECK(code({world.mbox(many)}) == 2);
  CHECK(world.messages(gmail()).empty());
  world.home.log_in_for_sending_only("google");
  CHECK(code({file}) == 6);
}

TEST_CASE("messages that share a Message-ID are told apart by their bytes, as a copy to oneself is") {
  const ImportWorld world;
  std::string text;
  for (const std::string body : {"first", "second"}) {
    text += "From a@b Mon Nov  2 10:00:00 2026\nFrom: a@b.test\r\nMessage-ID: <same@x.test>\r\nSubject: s\r\n\r\n" +
            body + "\r\n\n";
  }
  const std::vector<std::string> words{world.home.folder().write("same.mbox", text), "-a", gmail().address};
  CHECK(world.imported(words)["imported"] == 2);
  CHECK(world.messages(gmail()).size() == 2);
  CHECK(world.imported(words)["duplicates"] == 2);
  REQUIRE(world.home.run({"sync", gmail().address}).exit_code == 0);
  CHECK(world.imported(words)["duplicates"] == 2);
  CHECK(world.messages(gmail()).size() == 2);
}
