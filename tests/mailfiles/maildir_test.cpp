// Maildirs: what is written, what a second run adds, and what --mirror changes.
#include <sys/stat.h>

#include "core/mailfiles/maildir_name.h"
#include "core/mailfiles/notmuch_tags.h"
#include "tests/mailfiles/export_fixture.h"

using namespace mailmgr;
using namespace mailmgr::test;
namespace fs = std::filesystem;

namespace {

TargetOptions maildir_at(const TempFolder& folder, bool mirror = false) {
  return {.format = MailFormat::maildir, .path = folder.file("out"), .mirror = mirror};
}

// The only file in there, by the part after the colon or its whole name in `new`.
fs::path only_file(const fs::path& folder) {
  fs::path found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    CHECK(found.empty());
    found = entry.path();
  }
  return found;
}

}  // namespace

TEST_CASE("flags stand in the file's name in their order, and labels as keywords in the folder's file") {
  const TempFolder folder;
  auto one = message_to_export(1, "one");
  one.row.starred = true;
  one.row.draft = true;
  one.row.folders = {"trash"};
  one.row.labels = {"work", "my label"};
  auto two = message_to_export(2, "two");
  two.row.unread = true;
  CHECK(export_all(maildir_at(folder), {one, two}) == ExportRun{2, 0, 0, 0});
  const auto out = folder.file("out");
  CHECK(only_file(out + "/ada/trash/cur").filename().string().ends_with(".mailmgr:2,DFSTab"));
  CHECK(read_text(out + "/ada/trash/dovecot-keywords") == "0 work\n1 my_label\n");
  CHECK(only_file(out + "/ada/inbox/new").filename().string().ends_with(".mailmgr"));
  CHECK(read_text(only_file(out + "/ada/inbox/new").string()) == two.content);
  CHECK(fs::is_empty(out + "/ada/inbox/tmp"));
  CHECK(read_text(out + "/notmuch-tags") == "+work +my%20label -- id:\"1@example.org\"\n");
}

TEST_CASE("a second run adds only what is new, whatever mail programs have renamed") {
  const TempFolder folder;
  auto messages = std::vector{message_to_export(1, "one"), message_to_export(2, "two")};
  messages[0].row.unread = true;
  export_all(maildir_at(folder), messages);
  const fs::path inbox = folder.file("out") + "/ada/inbox";
  const auto fresh = only_file(inbox / "new");
  const auto seen = inbox / "cur" / (fresh.filename().string() + ":2,RS");
  fs::rename(fresh, seen);
  messages.push_back(message_to_export(3, "three"));
  CHECK(export_all(maildir_at(folder), messages) == ExportRun{1, 0, 2, 0});
  CHECK(fs::exists(seen));
  CHECK(files_in(folder.file("out")).size() == 4 - 1);

  // Only --mirror overrides what another program has set, and even that leaves what it does not know.
  CHECK(export_all(maildir_at(folder, true), messages) == ExportRun{0, 1, 2, 0});
  CHECK_FALSE(fs::exists(seen));
  CHECK(fs::exists(inbox / "cur" / (fresh.filename().string() + ":2,R")));
  CHECK(export_all(maildir_at(folder, true), messages) == ExportRun{0, 0, 3, 0});
}

TEST_CASE("--mirror follows a message into its folder, removes what is gone, and nothing that others wrote") {
  const TempFolder folder;
  auto messages = std::vector{message_to_export(1, "one"), message_to_export(2, "two")};
  export_all(maildir_at(folder), messages);
  const std::string out = folder.file("out");
  const auto foreign = out + "/ada/inbox/cur/1.2.other:2,S";
  const auto lookalike = out + "/ada/inbox/cur/5." + std::string(32, 'a') + ".mailmgr:2,S";
  fs::copy(fs::directory_iterator(out + "/ada/inbox/cur")->path(), foreign);
  fs::copy(foreign, lookalike);
  messages[0].row.folders = {"Work/2026"};
  messages.pop_back();
  CHECK(export_all(maildir_at(folder, true), messages) == ExportRun{0, 1, 0, 1});
  CHECK(fs::exists(foreign));
  CHECK(fs::exists(lookalike));
  CHECK(only_file(out + "/ada/Work/2026/cur").filename().string().ends_with(":2,S"));
  CHECK(files_in(out).size() == 3);
}

TEST_CASE("a run that was cut off is completed by the next, which trusts no file that is too short") {
  const TempFolder folder;
  const auto messages = std::vector{message_to_export(1, "one"), message_to_export(2, "two")};
  export_all(maildir_at(folder), messages, false);
  const auto record = read_text(folder.file("out") + "/.mailmgr-export.json");
  CHECK(record.find("\"complete\":false") != std::string::npos);
  const auto file = fs::directory_iterator(folder.file("out") + "/ada/inbox/cur")->path();
  fs::resize_file(file, 3);
  CHECK(export_all(maildir_at(folder), messages) == ExportRun{1, 0, 1, 0});
  for (const auto& [path, content] : files_in(folder.file("out"))) CHECK(content.size() == messages[0].content.size());
}

TEST_CASE("attack 63: names of folders and links that were laid lead nowhere outside") {
  const TempFolder folder;
  std::vector<Exported> messages;
  const std::vector<std::string> hostile{"..",      "../../etc", "/etc", "cur", "a/../../b",
                                         "new/tmp", "x\ny",      ".",    "//",  "-rf"};
  for (const auto& name : hostile) {
    messages.push_back(message_to_export(static_cast<std::int64_t>(messages.size()) + 1, "x", name));
  }
  messages.front().account = "../outside";
  export_all(maildir_at(folder), messages);
  CHECK(files_in(folder.file("out")).size() == hostile.size());
  for (const auto& entry : fs::directory_iterator(folder.path())) CHECK(entry.path().filename() == "out");

  fs::create_directory(folder.file("elsewhere"));
  fs::create_directory(folder.file("second"));
  fs::create_directory_symlink(folder.file("elsewhere"), folder.file("second") + "/ada");
  for (const auto format : {MailFormat::maildir, MailFormat::eml}) {
    auto target = open_export_target({.format = format, .path = folder.file("second")});
    REQUIRE(target);
    REQUIRE((*target)->begin({}));
    const auto one = message_to_export(1, "x");
    const ExportItem item{one.row, "ada", std::string(32, 'b')};
    REQUIRE((*target)->look(item).value() == Placed::missing);
    const auto put = (*target)->put(item, Placed::missing, Blob(one.content));
    REQUIRE_FALSE(put);
    CHECK(put.error().code == Code::usage);
  }
  CHECK(fs::is_empty(folder.file("elsewhere")));

  // One that is laid while mail is exported too.
  for (const auto format : {MailFormat::maildir, MailFormat::eml}) {
    CAPTURE(to_string(format));
    auto target = open_export_target({.format = format, .path = folder.file(to_string(format))});
    REQUIRE(target);
    REQUIRE((*target)->begin({}));
    const auto put = [&](const Exported& one, char key) {
      return (*target)->put({one.row, "ada", std::string(32, key)}, Placed::missing, Blob(one.content));
    };
    REQUIRE(put(message_to_export(1, "x"), 'c'));
    const auto account = folder.file(to_string(format)) + "/ada";
    fs::rename(account, account + "-before");
    fs::create_directory_symlink(folder.file("elsewhere"), account);
    const auto refused = put(message_to_export(2, "y"), 'd');
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::usage);
  }
  CHECK(fs::is_empty(folder.file("elsewhere")));
}

TEST_CASE("attack 65: a device, a pipe or a file is no folder to export to, and no pipe in one is waited for") {
  const TempFolder folder;
  folder.write("file", "theirs");
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  for (const auto format : {MailFormat::maildir, MailFormat::eml}) {
    CAPTURE(to_string(format));
    for (const auto& path : {folder.file("file"), folder.file("pipe"), std::string("/dev/null")}) {
      CAPTURE(path);
      const auto target = open_export_target({.format = format, .path = path});
      REQUIRE_FALSE(target);
      CHECK(target.error().code == Code::usage);
    }
    // Nor does it wait until somebody writes into a pipe that has a name of its own.
    const auto out = folder.file(to_string(format));
    fs::create_directory(out);
    REQUIRE(mkfifo((out + "/.mailmgr-export.list").c_str(), 0600) == 0);
    CHECK_FALSE(open_export_target({.format = format, .path = out}));
    CHECK(fs::is_fifo(out + "/.mailmgr-export.list"));
  }
  CHECK(read_text(folder.file("file")) == "theirs");
}

TEST_CASE("of two exports into one folder at once the second is told to wait, before it reads anything") {
  for (const auto format : {MailFormat::maildir, MailFormat::eml}) {
    const TempFolder folder;
    TargetOptions options{.format = format, .path = folder.file("out")};
    {
      const auto first = open_export_target(options);
      REQUIRE(first);
      const auto refused = open_export_target(options);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == Code::busy);
      options.dry_run = true;
      CHECK(open_export_target(options));
      options.dry_run = false;
    }
    CHECK(open_export_target(options));
  }
}

TEST_CASE("a file of tags that no export wrote is refused, and replaced only when forced") {
  const TempFolder folder;
  fs::create_directory(folder.file("out"));
  const auto tags = folder.write("out/notmuch-tags", "mine");
  const auto part = folder.write("out/notmuch-tags.part", "mine too");
  auto one = message_to_export(1, "one");
  one.row.labels = {"work"};
  auto options = maildir_at(folder);
  for (const bool dry_run : {false, true}) {
    options.dry_run = dry_run;
    const auto refused = open_export_target(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::usage);
    CHECK(refused.error().hint.find("--force") != std::string::npos);
  }
  CHECK(read_text(tags) == "mine");
  CHECK_FALSE(fs::exists(folder.file("out/.mailmgr-export.json")));
  options.dry_run = false;
  options.force = true;
  export_all(options, {one});
  const std::string written = "+work -- id:\"1@example.org\"\n";
  CHECK(read_text(tags) == written);
  // It is ours from now on, after a run that was killed too, and where only the list tells so.
  options.force = false;
  export_all(options, {one}, false);
  fs::remove(folder.file("out/.mailmgr-export.json"));
  CHECK(export_all(options, {one}) == ExportRun{0, 0, 1, 0});
  CHECK(read_text(tags) == written);
  CHECK(read_text(part) == "mine too");
}

TEST_CASE("a label that no keyword can be made of, and the 27th of a folder, leave the others as they are") {
  const TempFolder folder;
  auto one = message_to_export(1, "one");
  for (int i = 0; i < 30; ++i) one.row.labels.push_back("l" + std::to_string(i));
  export_all(maildir_at(folder), {one});
  CHECK(
      only_file(folder.file("out") + "/ada/inbox/cur").filename().string().ends_with(":2,Sabcdefghijklmnopqrstuvwxyz"));
  CHECK(keyword_name("a(b) \xc3\xa9\n") == "a_b__\xc3\xa9_");
  CHECK(read_keywords("0 a\nx\n1\n99 z\n3 b c\n") == std::vector<std::string>{"a", "", "", "b c"});
  CHECK(notmuch_line("<a\"b@c>", {"x%y"}) == "+x%25y -- id:\"a\"\"b@c\"\n");
  CHECK(notmuch_line("<a\nb@c>", {"x"}).empty());
  CHECK(notmuch_line("", {"x"}).empty());
}

TEST_CASE("a label that notmuch takes for no tag does not keep a message's other labels from it") {
  const std::string longest(200, 'l');
  CHECK(notmuch_line("<a@b>", {"-x", "work", "", longest + "l", longest, "a-b"}) ==
        "+work +" + longest + " +a-b -- id:\"a@b\"\n");
  CHECK(notmuch_line("<a@b>", {"-x"}).empty());
}
