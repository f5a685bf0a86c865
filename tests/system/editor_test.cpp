#include "core/system/editor.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "core/system/editing_folder.h"
#include "core/system/system_clock.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

// An editor that is a shell script; "$1" is the file, $FIFO a pipe to the test.
struct Desk {
  TempFolder folder;
  std::vector<std::string> kept;
  Status keeps;

  Desk() { REQUIRE(mkfifo(folder.file("fifo").c_str(), 0600) == 0); }
  EditJob job(const std::string& script) {
    const auto editor = folder.write("editor", "#!/bin/sh\nFIFO='" + folder.file("fifo") + "'\n" + script + "\n");
    REQUIRE(chmod(editor.c_str(), 0700) == 0);
    return {{editor}, folder.path(), "d7", "Begin.\n", [this](const std::string& text) {
              kept.push_back(text);
              return keeps;
            }};
  }
  std::vector<std::string> folders() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      if (entry.is_directory()) found.push_back(entry.path().string());
    }
    return found;
  }
};

const Error kDiskFull{Code::store, "the disk is full"};

}  // namespace

TEST_CASE("what the editor writes is kept and given back, and nothing is left of its file") {
  Desk desk;
  FakeClock clock;
  CHECK(edit_text(desk.job("echo More. >> \"$1\""), clock, {}).value() == "Begin.\nMore.\n");
  CHECK(desk.kept.back() == "Begin.\nMore.\n");
  CHECK(desk.folders().empty());
}

TEST_CASE("an editor goes on where its text cannot be kept for a while") {
  Desk desk;
  FakeClock clock;
  auto job = desk.job("echo More. >> \"$1\"\nread go < \"$FIFO\"\necho End. >> \"$1\"");
  job.keep = [&, asked = 0](const std::string& text) mutable -> Status {
    if (++asked == 1) {
      std::ofstream(desk.folder.file("fifo")) << "go\n";
      return kDiskFull;
    }
    desk.kept.push_back(text);
    return {};
  };
  CHECK(edit_text(job, clock, {}).value() == "Begin.\nMore.\nEnd.\n");
  CHECK(desk.kept.back() == "Begin.\nMore.\nEnd.\n");
}

TEST_CASE("a text that could not be kept in the end stays in its file, which the error names") {
  Desk desk;
  FakeClock clock;
  desk.keeps = kDiskFull;
  const auto edited = edit_text(desk.job("echo More. >> \"$1\""), clock, {});
  REQUIRE_FALSE(edited);
  CHECK(edited.error().code == Code::store);
  REQUIRE(desk.folders().size() == 1);
  const auto file = desk.folders().front() + "/message.txt";
  CHECK(edited.error().message.find(file) != std::string::npos);
  CHECK(read_text(file) == "Begin.\nMore.\n");
}

TEST_CASE("a stop is passed on to the editor, and what it saves then is kept") {
  Desk desk;
  SystemClock clock;
  std::stop_source source;
  const auto job = desk.job(
      "trap 'echo Saved. >> \"$1\"; touch \"$1.swp\"; exit 1' TERM\necho ready > \"$FIFO\"\nwhile :; do :; done");
  const std::jthread other([&] {
    (void)read_text(desk.folder.file("fifo"));
    source.request_stop();
  });
  const auto edited = edit_text(job, clock, Stop(source.get_token()));
  REQUIRE_FALSE(edited);
  CHECK(edited.error().code == Code::interrupted);
  CHECK(desk.kept.back() == "Begin.\nSaved.\n");
  // What it had not written may be in another file of its.
  REQUIRE(desk.folders().size() == 1);
  CHECK(edited.error().hint.find(desk.folders().front()) != std::string::npos);
}

TEST_CASE("what a killed edit left is found again, but not while somebody edits") {
  Desk desk;
  SystemClock clock;
  std::vector<std::string> found;
  Status saves;
  const auto recover = [&] {
    found.clear();
    recover_edits(desk.folder.path(), clock.now(), [&](const LeftEdit& left) {
      found.push_back(left.name + ": " + left.text);
      return saves;
    });
  };
  {
    auto folder = EditingFolder::make(desk.folder.path(), "d12", "Half");
    REQUIRE(folder);
    recover();
    CHECK(found.empty());
    folder->stay();
  }
  saves = kDiskFull;
  recover();
  CHECK(desk.folders().size() == 1);
  saves = {};
  recover();
  CHECK(found == std::vector<std::string>{"d12: Half"});
  CHECK(desk.folders().empty());
}
