#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/sandbox/loader.h"
#include "tests/sandbox/threads.h"

namespace mailmgr::sandbox {
namespace {

namespace fs = std::filesystem;

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    auto name = (fs::temp_directory_path() / "loader-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  std::vector<SourceMessage> load(const std::string& name = ".") const { return load_sources({{path_ / name, ""}}); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string mail(const std::string& id, const std::string& date, const std::string& more = {}) {
  return "Message-ID: <" + id + ">\nDate: " + date + "\n" + more + "\nbody of " + id + "\n";
}

const SourceMessage& by_id(const std::vector<SourceMessage>& all, const std::string& id) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const SourceMessage& one) { return one.message_id == "<" + id + ">"; });
  REQUIRE(found != all.end());
  return *found;
}

const std::string kMonday = "Mon, 23 Nov 2026 10:00:00 +0000";

}  // namespace

TEST_CASE("loader: a Maildir gives marks and folders, and every byte as it lies on disk") {
  Folder folder;
  const auto odd = "Message-ID: <a>\r\nDate: " + kMonday + "\r\n\r\n\xff" + std::string(1, '\0') + "\r\nno end";
  folder.write("cur/1:2,FS", odd);
  folder.write("cur/2:2,", mail("b", kMonday));
  folder.write("new/3", mail("c", kMonday));
  folder.write("cur/4:2,DS", mail("d", kMonday));
  folder.write("cur/5:2,ST", mail("e", kMonday));
  folder.write("tmp/6", mail("f", kMonday));
  folder.write(".Work.2026/cur/7:2,RS", mail("g", kMonday));
  folder.write(".Sent Items/cur/8:2,S", mail("h", kMonday));
  folder.write("Lists/dev/cur/9!2,S", mail("i", kMonday));
  const auto all = folder.load();
  CHECK(all.size() == 8);
  CHECK(by_id(all, "a").raw() == odd);
  CHECK(by_id(all, "a").size == odd.size());
  CHECK(by_id(all, "a").starred);
  CHECK_FALSE(by_id(all, "a").unread);
  CHECK(by_id(all, "a").folder == "inbox");
  CHECK(by_id(all, "b").unread);
  CHECK(by_id(all, "c").unread);
  CHECK(by_id(all, "d").folder == "drafts");
  CHECK(by_id(all, "e").folder == "trash");
  CHECK(by_id(all, "g").folder == "Work/2026");
  CHECK(by_id(all, "h").folder == "sent");
  CHECK(by_id(all, "i").folder == "Lists/dev");
  CHECK_FALSE(by_id(all, "i").unread);
}

TEST_CASE("loader: messages come oldest first, by the last Received, else Date, else the file's time") {
  Folder folder;
  folder.write("1.eml", mail("late", "Mon, 23 Nov 2026 10:00:00 +0000"));
  folder.write("2.eml", mail("early", "Mon, 23 Nov 2026 23:00:00 +0000",
                             "Received: from a by b;\n\tSun, 22 Nov 2026 10:00:00 +0100\nReceived: from x; Tue, 1 Dec "
                             "2026 10:00:00 +0000\n"));
  folder.write("3.eml", "Subject: no date\n\nbody\n");
  const auto when =
      fs::file_time_type(std::chrono::file_clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(1000))));
  fs::last_write_time(folder.path() / "3.eml", when);
  const auto all = folder.load();
  REQUIRE(all.size() == 3);
  CHECK(all[0].message_id.empty());
  CHECK(all[0].received == from_unix_seconds(1000));
  CHECK(all[1].message_id == "<early>");
  CHECK(to_rfc3339(all[1].received) == "2026-11-22T09:00:00Z");
  CHECK(all[2].message_id == "<late>");
}

TEST_CASE("loader: threads follow References and In-Reply-To, also through a message nobody has") {
  Folder folder;
  folder.write("1.eml", mail("root", kMonday));
  folder.write("2.eml", mail("reply", kMonday, "In-Reply-To: <root>\n"));
  folder.write("3.eml", mail("deep", kMonday, "References: <root>\n <lost>\n"));
  folder.write("4.eml", mail("cousin", kMonday, "References: <lost>\n"));
  folder.write("5.eml", mail("other", kMonday));
  folder.write("6.eml", "Subject: no id\n\n");
  folder.write("7.eml", "Subject: no id\n\n");
  const auto all = folder.load();
  const auto key = by_id(all, "root").thread_key;
  for (const auto* id : {"reply", "deep", "cousin"}) CHECK(by_id(all, id).thread_key == key);
  CHECK(by_id(all, "other").thread_key == "<other>");
  std::vector<std::string> nameless;
  for (const auto& one : all)
    if (one.message_id.empty()) nameless.push_back(one.thread_key);
  CHECK(nameless.size() == 2);
  CHECK(nameless[0] != nameless[1]);
}

TEST_CASE("loader: thread keys do not depend on which link is seen first") {
  Threads threads;
  threads.join({"b", "c"});
  threads.join({"d"});
  threads.join({"d", "b"});
  CHECK(threads.key("c") == threads.key("d"));
  CHECK(threads.key("x") == "x");
}

TEST_CASE("loader: an mbox is split at its From lines and loses one quote, nothing else") {
  Folder folder;
  folder.write("list.mbox", "From alice@example.com Mon Nov 23 10:00:00 2026\n" + mail("one", kMonday, "Status: O\n") +
                                ">From here\n>>From there\n> From no\n\n" +
                                "From bob@example.com Mon Nov 23 11:00:00 2026\nMessage-ID: <two>\nX-Status: "
                                "F\nStatus: RO\n\nlast line without end");
  const auto all = folder.load("list.mbox");
  REQUIRE(all.size() == 2);
  CHECK(by_id(all, "one").raw() == mail("one", kMonday, "Status: O\n") + "From here\n>From there\n> From no\n");
  CHECK(by_id(all, "one").unread);
  CHECK(by_id(all, "two").raw() == "Message-ID: <two>\nX-Status: F\nStatus: RO\n\nlast line without end");
  CHECK(by_id(all, "two").starred);
  CHECK_FALSE(by_id(all, "two").unread);
}

TEST_CASE("loader: a From line inside a message splits it only after an empty line and with a time") {
  const std::string text =
      "From a@b Mon Nov 23 10:00:00 2026\nSubject: x\n\nFrom the start of a line\n\nFrom here on it is text\nFrom c@d "
      "Mon Nov 23 10:00:00 2026\n";
  CHECK(mbox_messages(text).size() == 1);
  CHECK(mbox_messages("").empty());
  CHECK(mbox_messages("no mbox\n").empty());
}

TEST_CASE("loader: a folder of .eml files keeps its subfolders; one file stands for itself") {
  Folder folder;
  folder.write("x.eml", mail("x", kMonday));
  folder.write("Sent/y.EML", mail("y", kMonday));
  folder.write("notes.txt", "no mail");
  const auto all = folder.load();
  CHECK(all.size() == 2);
  CHECK(by_id(all, "y").folder == "sent");
  CHECK(folder.load("x.eml").size() == 1);
}

TEST_CASE("loader: what cannot be loaded is named") {
  Folder folder;
  CHECK_THROWS_WITH_AS(folder.load("missing"), doctest::Contains("no such file"), std::runtime_error);
  CHECK_THROWS_WITH_AS(folder.load(), doctest::Contains("neither a Maildir"), std::runtime_error);
}

}  // namespace mailmgr::sandbox
