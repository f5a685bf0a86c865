#include "core/system/save_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

SaveFolder::Content bytes(const std::string& text) {
  return [text](const auto& write) {
    write(text);
    return Status();
  };
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t files_in(const std::string& path) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
}

}  // namespace

TEST_CASE("a file is saved for its owner alone, and the folder is made") {
  const TempFolder temp;
  auto folder = SaveFolder::open(temp.file("new")).value();
  const auto path = folder.save("a.txt", bytes("one")).value();
  CHECK(path == temp.file("new") + "/a.txt");
  CHECK(content_of(path) == "one");
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("attack 64: equal names, in any case, get numbers, and nothing is replaced") {
  const TempFolder temp;
  temp.write("A.txt", "before");
  auto folder = SaveFolder::open(temp.path()).value();
  CHECK(folder.save("a.txt", bytes("one")).value() == temp.file("a (2).txt"));
  CHECK(folder.save("a.TXT", bytes("two")).value() == temp.file("a (3).TXT"));
  temp.write("b.txt", "came meanwhile");
  CHECK(folder.save("b.txt", bytes("three")).value() == temp.file("b (2).txt"));
  CHECK(content_of(temp.file("A.txt")) == "before");
  CHECK(content_of(temp.file("b.txt")) == "came meanwhile");
}

TEST_CASE("attack 63: a link that waits under the name, and a folder that is swapped, lead nowhere") {
  const TempFolder temp;
  const auto victim = temp.write("victim", "untouched");
  std::filesystem::create_directory(temp.file("in"));
  std::filesystem::create_directory(temp.file("elsewhere"));
  REQUIRE(symlink(victim.c_str(), temp.file("in/a.txt").c_str()) == 0);
  REQUIRE(symlink("/nowhere", temp.file("in/b.txt").c_str()) == 0);
  auto folder = SaveFolder::open(temp.file("in")).value();
  CHECK(folder.save("a.txt", bytes("evil")).value() == temp.file("in/a (2).txt"));
  CHECK(folder.save("b.txt", bytes("evil")).value() == temp.file("in/b (2).txt"));
  std::filesystem::rename(temp.file("in"), temp.file("moved"));
  std::filesystem::create_directory_symlink(temp.file("elsewhere"), temp.file("in"));
  REQUIRE(folder.save("c.txt", bytes("x")));
  CHECK(content_of(victim) == "untouched");
  CHECK(files_in(temp.file("elsewhere")) == 0);
  CHECK(std::filesystem::exists(temp.file("moved/c.txt")));
}

TEST_CASE("attack 65: a device, a pipe or a file is no folder to save in") {
  const TempFolder temp;
  temp.write("file", "kept");
  REQUIRE(mkfifo(temp.file("pipe").c_str(), 0600) == 0);
  for (const auto& path : {std::string("/dev/null"), temp.file("pipe"), temp.file("file")}) {
    CAPTURE(path);
    const auto folder = SaveFolder::open(path);
    REQUIRE_FALSE(folder);
    CHECK(folder.error().code == Code::usage);
  }
  CHECK(content_of(temp.file("file")) == "kept");
}

TEST_CASE("a folder is made in one that is there, and no others on the way to it") {
  const TempFolder temp;
  temp.write("file", "kept");
  for (const char* path : {"none/deep", "file/deep"}) {
    CAPTURE(path);
    const auto folder = SaveFolder::open(temp.file(path));
    REQUIRE_FALSE(folder);
    CHECK(folder.error().code == Code::usage);
    CHECK(folder.error().message.find(path) != std::string::npos);
  }
  CHECK(files_in(temp.path()) == 1);
}

TEST_CASE("what could not be read completely leaves no file") {
  const TempFolder temp;
  auto folder = SaveFolder::open(temp.path()).value();
  const auto saved = folder.save("a.txt", [](const auto& write) -> Status {
    write("half");
    return Error{Code::store, "reading failed"};
  });
  CHECK_FALSE(saved);
  CHECK(files_in(temp.path()) == 0);
}
