#include "core/system/shared_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/system/paths.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

struct SharedTest {
  TempFolder temp;
  std::string folder = temp.file("etc/providers.d");
  SharedFolder shared{folder};
};

}  // namespace

TEST_CASE("a shared file is readable by everybody, whatever the umask, and reads back") {
  SharedTest test;
  const mode_t old = umask(077);
  const Status written = test.shared.write("a.json", "one");
  umask(old);
  REQUIRE(written);
  CHECK(mode_of(test.folder) == 0755);
  CHECK(mode_of(test.temp.file("etc")) == 0755);
  CHECK(mode_of(test.folder + "/a.json") == 0644);
  CHECK(test.shared.read("a.json").value() == "one");
  REQUIRE(test.shared.write("a.json", "two"));
  CHECK(test.shared.read("a.json").value() == "two");
  CHECK(test.shared.list().value() == std::vector<std::string>{"a.json"});  // and nothing half-written
  REQUIRE(test.shared.remove("a.json"));
  REQUIRE(test.shared.remove("a.json"));
  CHECK(test.shared.read("a.json").error().code == Code::not_found);
}

TEST_CASE("without a folder there are no shared files") {
  SharedTest test;
  CHECK(test.shared.list().value().empty());
  CHECK(test.shared.read("a.json").error().code == Code::not_found);
}

TEST_CASE("attack 46: a shared file that others may write to is refused with the command that repairs it") {
  SharedTest test;
  REQUIRE(test.shared.write("a.json", "one"));
  const std::string file = test.folder + "/a.json";
  for (const mode_t mode : {0664, 0646, 0666}) {
    REQUIRE(chmod(file.c_str(), mode) == 0);
    const Error error = test.shared.read("a.json").error();
    CHECK(error.code == Code::config);
    CHECK(error.hint == "chmod go-w " + file);
    CHECK_FALSE(check_shared_file(file));
  }
  REQUIRE(chmod(file.c_str(), 0640) == 0);
  CHECK(test.shared.read("a.json"));
  if (geteuid() != 0) return;  // only root can give files away
  REQUIRE(chown(file.c_str(), 12345, 12345) == 0);
  CHECK(test.shared.read("a.json").error().hint == "chown root " + file);
}

TEST_CASE("attack 47: a shared file that is a link, a FIFO or a folder is refused and not waited for") {
  SharedTest test;
  REQUIRE(test.shared.write("real.json", "one"));
  REQUIRE(symlink("real.json", (test.folder + "/link.json").c_str()) == 0);
  REQUIRE(mkfifo((test.folder + "/fifo.json").c_str(), 0600) == 0);
  REQUIRE(mkdir((test.folder + "/folder.json").c_str(), 0700) == 0);
  for (const char* name : {"link.json", "fifo.json", "folder.json"}) {
    CAPTURE(name);
    CHECK(test.shared.read(name).error().code == Code::config);
  }
}

TEST_CASE("a shared file of more than 64 KiB is refused") {
  SharedTest test;
  REQUIRE(test.shared.write("a.json", std::string(65 << 10, 'x')));
  CHECK(test.shared.read("a.json").error().message.find("larger") != std::string::npos);
}

TEST_CASE("a folder that may not be written to says what to do") {
  SharedFolder shared("/proc/mailmgr/providers.d");
  const Error error = shared.write("a.json", "one").error();
  CHECK(error.code == Code::config);
}

TEST_CASE("the settings for all users are in /etc/mailmgr, else where MAILMGR_ETC says") {
  CHECK(system_folder([](const char*) -> const char* { return nullptr; }) == "/etc/mailmgr");
  CHECK(system_folder([](const char*) -> const char* { return "/other"; }) == "/other");
}
