// .eml trees, single files, and reading all kinds again.
#include <sys/stat.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "core/mailfiles/folder_tree.h"
#include "core/mailfiles/mail_source.h"
#include "tests/mailfiles/export_fixture.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

std::vector<FoundMessage> found_in(const std::string& path) {
  std::vector<FoundMessage> all;
  const auto format = recognise_mail(path).value();
  const auto read = each_found(path, format, [&](Result<FoundMessage> found) {
    REQUIRE_MESSAGE(found, (found ? "" : found.error().message));
    all.push_back(*std::move(found));
    return true;
  });
  REQUIRE_MESSAGE(read, (read ? "" : read.error().message));
  return all;
}

Result<std::string> described_for_test(const MessageRow& row, const Blob&) {
  nlohmann::json json{{"id", row.id.value},     {"folders", row.folders}, {"labels", row.labels},
                      {"unread", row.unread},   {"starred", row.starred}, {"received", to_rfc3339(row.received)},
                      {"subject", row.subject}, {"todo", row.todo}};
  if (row.note) json["note"] = *row.note;
  return json.dump();
}

}  // namespace

TEST_CASE("an .eml tree has names that harm nothing, and a second run keeps what is there") {
  const TempFolder folder;
  auto messages = std::vector{message_to_export(1, "../../etc/passwd"), message_to_export(2, "a\nb\x1b[2J"),
                              message_to_export(3, "same"), message_to_export(4, "Same", "Inbox")};
  const TargetOptions options{.format = MailFormat::eml, .path = folder.file("out")};
  TargetOptions mirror = options;
  mirror.mirror = true;
  std::filesystem::create_directories(folder.file("out") + "/ada/inbox");
  const auto own = folder.write("out/ada/inbox/3-same.eml", "mine");
  CHECK(export_all(options, messages) == ExportRun{4, 0, 0, 0});
  const auto files = files_in(folder.file("out"));
  CHECK(files.size() == 5);
  CHECK(files.contains("ada/inbox/1-.._.._etc_passwd.eml"));
  CHECK(files.contains("ada/inbox/2-a_b_[2J.eml"));
  CHECK(files.at("ada/inbox/3-same.eml") == "mine");
  CHECK(files.at("ada/inbox/3-same (2).eml") == messages[2].content);
  CHECK(export_all(options, messages) == ExportRun{0, 0, 4, 0});
  messages.erase(messages.begin());
  messages[0].row.folders = {"sent"};
  CHECK(export_all(mirror, messages) == ExportRun{0, 1, 2, 1});
  CHECK(read_text(own) == "mine");
  CHECK(files_in(folder.file("out")).contains("ada/sent/2-a_b_[2J.eml"));
  CHECK(export_all(mirror, messages) == ExportRun{0, 0, 3, 0});
}

TEST_CASE("every format is recognised and read back with its bytes, folders and marks") {
  auto one = message_to_export(1, "one", "Work/2026");
  one.row.unread = one.row.starred = true;
  one.row.labels = {"red"};
  auto two = message_to_export(2, "two", "sent");
  two.content = "From: x\n\nFrom no end";
  two.row.size = two.content.size();
  two.row.note = "a \"raw\":\" note\n";
  two.row.todo = true;
  for (const auto format : {MailFormat::maildir, MailFormat::mbox, MailFormat::eml, MailFormat::jsonl}) {
    CAPTURE(to_string(format));
    const TempFolder folder;
    export_all({.format = format, .path = folder.file("out"), .describe = described_for_test}, {one, two});
    auto all = found_in(folder.file("out"));
    REQUIRE(all.size() == 2);
    if (all[0].content.bytes().value() != one.content) std::swap(all[0], all[1]);
    CHECK(all[0].content.bytes().value() == one.content);
    CHECK(all[1].content.bytes().value() == two.content);
    if (format == MailFormat::mbox) {
      CHECK(all[0].received == one.row.received);
      continue;
    }
    CHECK(all[0].folder == "Work/2026");
    CHECK(all[1].folder == "sent");
    if (format == MailFormat::eml) continue;
    CHECK(all[0].unread);
    CHECK(all[0].starred);
    CHECK(all[0].labels == std::vector<std::string>{"red"});
    CHECK_FALSE(all[1].unread);
    if (format == MailFormat::jsonl) {
      CHECK(all[1].note == two.row.note);
      CHECK(all[1].todo.has_value());
    }
  }
}

TEST_CASE("lines that no export wrote are told one by one, and the others are read") {
  const TempFolder folder;
  const auto path =
      folder.write("x.jsonl",
                   "{\"id\":1,\"raw\":\"QTogMQo=\"}\nnonsense\n{\"id\":2}\n{\"raw\":\"!!\"}\n[]\n\n"
                   "{\"raw\": \"QTogMgo=\", \"unread\": true}\n{\"complete\":true}\n{\"id\":3,\"raw\":\"QTog");
  int good = 0, bad = 0;
  REQUIRE(each_found(path, MailFormat::jsonl, [&](const Result<FoundMessage>& found) {
    ++(found ? good : bad);
    return true;
  }));
  CHECK(good == 2);
  CHECK(bad == 5);
}

TEST_CASE("Maildir++ and folders under other programs' names are what they are called") {
  const TempFolder folder;
  for (const char* name : {"cur", "new", ".Sent Items/cur", ".Work.2026/cur", "Junk/new"}) {
    std::filesystem::create_directories(folder.file(std::string("m/") + name));
  }
  folder.write("m/cur/1.a:2,S", "A: 1\n");
  folder.write("m/.Sent Items/cur/1.b:2,FS", "A: 2\n");
  folder.write("m/.Work.2026/cur/1.c:2,T", "A: 3\n");
  folder.write("m/Junk/new/1.d", "A: 4\n");
  std::filesystem::create_symlink("/etc/passwd", folder.file("m/cur/1.link:2,S"));
  std::map<std::string, std::string> folders;
  int refused = 0;
  REQUIRE(each_found(folder.file("m"), recognise_mail(folder.file("m")).value(), [&](const Result<FoundMessage>& one) {
    if (one) folders[one->content.bytes().value()] = one->folder;
    refused += one ? 0 : 1;
    return true;
  }));
  CHECK(folders == std::map<std::string, std::string>{
                       {"A: 1\n", "inbox"}, {"A: 2\n", "sent"}, {"A: 3\n", "trash"}, {"A: 4\n", "spam"}});
  CHECK(refused == 1);
}

TEST_CASE("a file has its name only once it is complete, and its record only then") {
  const TempFolder folder;
  const TargetOptions options{.format = MailFormat::mbox, .path = folder.file("mail.mbox")};
  export_all(options, {message_to_export(1, "one")});
  CHECK(read_text(folder.file("mail.mbox.export.json")).find("\"complete\":true") != std::string::npos);
  const auto before = read_text(folder.file("mail.mbox"));
  export_all(options, {message_to_export(2, "two"), message_to_export(3, "three")}, false);
  CHECK(read_text(folder.file("mail.mbox")) == before);
  CHECK(read_text(folder.file("mail.mbox.export.json")).find("\"complete\":false") != std::string::npos);
  export_all(options, {message_to_export(2, "two")});
  CHECK(found_in(folder.file("mail.mbox")).size() == 1);
  CHECK_FALSE(std::filesystem::exists(folder.file(".mail.mbox.mailmgr-part")));
  std::filesystem::create_directory(folder.file("d"));
  const auto refused = open_export_target({.format = MailFormat::mbox, .path = folder.file("d")});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::usage);
}

TEST_CASE("a file that no export wrote is refused before anything is written, and replaced only when forced") {
  for (const auto format : {MailFormat::mbox, MailFormat::jsonl}) {
    CAPTURE(to_string(format));
    const TempFolder folder;
    TargetOptions options{.format = format, .path = folder.file("mail"), .describe = described_for_test};
    const auto is_refused = [&] {
      const auto target = open_export_target(options);
      return !target && target.error().code == Code::usage && target.error().hint.find("--force") != std::string::npos;
    };
    folder.write("mail", "mine");
    folder.write("mail.part", "mine too");
    const auto before = files_in(folder.path());
    CHECK(is_refused());
    options.dry_run = true;
    CHECK(is_refused());
    options.dry_run = false;
    folder.write("mail.export.json", "{\"complete\":true}");  // somebody else's
    CHECK(is_refused());
    std::filesystem::remove(folder.file("mail"));
    CHECK(is_refused());
    std::filesystem::remove(folder.file("mail.export.json"));
    folder.write("mail", "mine");
    CHECK(files_in(folder.path()) == before);

    options.force = true;
    export_all(options, {message_to_export(1, "one")});
    CHECK(found_in(folder.file("mail")).size() == 1);
    CHECK(read_text(folder.file("mail.part")) == "mine too");
    // From then on it is one of ours, also after a run that was killed.
    options.force = false;
    export_all(options, {message_to_export(1, "one")}, false);
    export_all(options, {message_to_export(1, "one"), message_to_export(2, "two")});
    CHECK(found_in(folder.file("mail")).size() == 2);
    CHECK(files_in(folder.path()).size() == 3);
  }
}

TEST_CASE("an empty file is replaced, and one that came while the mail was written is not") {
  const TempFolder folder;
  folder.write("b", "");
  export_all({.format = MailFormat::mbox, .path = folder.file("b")}, {message_to_export(1, "one")});
  CHECK(found_in(folder.file("b")).size() == 1);
  auto target = open_export_target({.format = MailFormat::mbox, .path = folder.file("c")});
  REQUIRE(target);
  REQUIRE((*target)->begin({}));
  folder.write("c", "mine");
  const auto refused = (*target)->finish({});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::usage);
  CHECK(read_text(folder.file("c")) == "mine");
}

TEST_CASE("of two exports to one file at once the second is told to wait, before it reads anything") {
  const TempFolder folder;
  const TargetOptions options{.format = MailFormat::mbox, .path = folder.file("mail.mbox")};
  TargetOptions dry = options;
  dry.dry_run = true;
  {
    const auto first = open_export_target(options);
    REQUIRE(first);
    const auto refused = open_export_target(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::busy);
    CHECK(open_export_target(dry));
  }
  CHECK(open_export_target(options));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a folder that cannot be read is not said to have been written to") {
  const TempFolder folder;
  const std::string too_long = folder.file(std::string(300, 'x'));  // what may not be read, root may
  const auto unread = FolderTree::open(too_long, false);
  REQUIRE_FALSE(unread);
  CHECK(unread.error().message.starts_with("reading " + too_long + ": "));
  const auto unmade = FolderTree::open(too_long, true);
  REQUIRE_FALSE(unmade);
  CHECK(unmade.error().message.starts_with("writing to " + too_long + ": "));
  std::filesystem::create_symlink("/", folder.file("link"));
  const auto below = FolderTree::open(folder.path(), false).value().folder("link", false);
  REQUIRE_FALSE(below);
  CHECK(below.error().message.starts_with("reading " + folder.file("link") + ": "));
}

TEST_CASE("attacks 63, 65: a link, a pipe, a device or a folder is no file to export to, and stays what it is") {
  const TempFolder folder;
  const auto victim = folder.write("victim", "theirs");
  std::filesystem::create_symlink(victim, folder.file("link"));
  std::filesystem::create_symlink(folder.file("nowhere"), folder.file("dangling"));
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  std::filesystem::create_directory(folder.file("folder"));
  for (const auto format : {MailFormat::mbox, MailFormat::jsonl}) {
    CAPTURE(to_string(format));
    for (const auto& path : {folder.file("link"), folder.file("dangling"), folder.file("pipe"), folder.file("folder"),
                             std::string("/dev/null")}) {
      CAPTURE(path);
      for (const bool dry_run : {false, true}) {
        const auto target = open_export_target(
            {.format = format, .path = path, .dry_run = dry_run, .force = true, .describe = described_for_test});
        REQUIRE_FALSE(target);
        CHECK(target.error().code == Code::usage);
      }
    }
  }
  CHECK(read_text(victim) == "theirs");
  CHECK(std::filesystem::is_fifo(folder.file("pipe")));
  CHECK(std::filesystem::is_symlink(folder.file("dangling")));
  // Nothing was made beside them.
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 5);
}

TEST_CASE("attack 63: a link under a name that an export uses beside its file leads nowhere") {
  for (const char* name : {".mail.mailmgr-part", "mail.export.json", ".mail.export.json.mailmgr-part"}) {
    CAPTURE(name);
    const TempFolder folder;
    const auto victim = folder.write("victim", "theirs");
    // Written as far as it goes.
    const auto export_one = [&] {
      const auto target = open_export_target({.format = MailFormat::mbox, .path = folder.file("mail"), .force = true});
      if (!target) return false;
      const auto one = message_to_export(1, "one");
      const ExportItem item{one.row, "ada", std::string(32, 'a')};
      return (*target)->begin({}) && (*target)->put(item, Placed::missing, Blob(one.content)) && (*target)->finish({});
    };
    std::filesystem::create_symlink(victim, folder.file(name));
    // What lies under the name of a small file's first version is put away.
    const bool is_put_away = std::string_view(name) == ".mail.export.json.mailmgr-part";
    CHECK(export_one() == is_put_away);
    CHECK(read_text(victim) == "theirs");
    // A second name of a file is as bad.
    std::filesystem::remove(folder.file(name));
    std::filesystem::create_hard_link(victim, folder.file(name));
    CHECK(export_one() == (std::string_view(name) != ".mail.mailmgr-part"));
    CHECK(read_text(victim) == "theirs");
  }
}

TEST_CASE("attack 63: a folder that is swapped for a link while mail is exported leads nowhere else") {
  const std::vector<Exported> messages{message_to_export(1, "one"), message_to_export(2, "two")};
  for (const auto format : {MailFormat::maildir, MailFormat::eml, MailFormat::mbox, MailFormat::jsonl}) {
    CAPTURE(to_string(format));
    const TempFolder folder;
    std::filesystem::create_directory(folder.file("place"));
    std::filesystem::create_directory(folder.file("elsewhere"));
    auto target =
        open_export_target({.format = format, .path = folder.file("place/out"), .describe = described_for_test});
    REQUIRE(target);
    REQUIRE((*target)->begin({}));
    for (const auto& one : messages) {
      const ExportItem item{one.row, "ada", std::string(31, 'a') + std::to_string(one.row.id.value)};
      REQUIRE((*target)->look(item).value() == Placed::missing);
      REQUIRE((*target)->put(item, Placed::missing, Blob(one.content)));
      if (std::filesystem::is_symlink(folder.file("place"))) continue;
      std::filesystem::rename(folder.file("place"), folder.file("moved"));
      std::filesystem::create_directory_symlink(folder.file("elsewhere"), folder.file("place"));
    }
    REQUIRE((*target)->finish({}));
    CHECK(std::filesystem::is_empty(folder.file("elsewhere")));
    CHECK(found_in(folder.file("moved/out")).size() == messages.size());
  }
}
