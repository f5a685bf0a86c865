#include "core/system/folder_beneath.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

struct Beneath {
  TempFolder temp;
  Beneath() {
    std::filesystem::create_directories(temp.file("root/2026"));
    temp.write("secret.txt", "outside");
    temp.write("root/a.txt", "inside");
    temp.write("root/2026/b.txt", "deeper");
  }
  std::optional<Code> problem(std::string_view name) const {
    const auto read = FolderBeneath::open(temp.file("root")).value().read(name);
    return read ? std::nullopt : std::optional(read.error().code);
  }
};

}  // namespace

TEST_CASE("files of a folder and of folders in it are read by name") {
  const Beneath world;
  const auto root = FolderBeneath::open(world.temp.file("root")).value();
  CHECK(root.read("a.txt").value().bytes().value() == "inside");
  CHECK(root.read("2026/b.txt").value().bytes().value() == "deeper");
  CHECK(world.problem("none.txt") == Code::not_found);
  CHECK(FolderBeneath::open(world.temp.file("none")).error().code == Code::not_found);
  CHECK(FolderBeneath::open(world.temp.file("secret.txt")).error().code == Code::usage);
}

TEST_CASE("attack 70: no name leads out of the folder of attachments") {
  const Beneath world;
  const auto root = world.temp.file("root");
  for (const auto* name :
       {"../secret.txt", "2026/../../secret.txt", "/etc/passwd", "", ".", "..", "2026/", "a.txt/x"}) {
    CAPTURE(name);
    CHECK(world.problem(name) == Code::usage);
  }
  CHECK(world.problem(std::string_view("a.txt\0/../../secret.txt", 23)) == Code::usage);
  REQUIRE(symlink("../secret.txt", (root + "/link.txt").c_str()) == 0);
  REQUIRE(symlink("..", (root + "/up").c_str()) == 0);
  REQUIRE(mkfifo((root + "/pipe").c_str(), 0600) == 0);
  CHECK(world.problem("link.txt") == Code::usage);
  CHECK(world.problem("up/secret.txt") == Code::usage);
  CHECK(world.problem("pipe") == Code::usage);
  CHECK(world.problem("2026") == Code::usage);
}
