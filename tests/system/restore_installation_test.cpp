// How restored databases get into a home, also when the process dies on the way.
#include "core/system/restore_installation.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/system/file_leases.h"
#include "core/system/key_file.h"
#include "core/system/work_folder.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
namespace fs = std::filesystem;

namespace {

struct World {
  TempFolder folder;
  Paths paths{folder.file("data"), folder.file("config"), folder.file("state")};
  SeededRandom random;
  MemoryLeases leases;
  RestoreInstallation home{paths, random};

  World() { REQUIRE(paths.prepare()); }
  std::string write(const std::string& path, const std::string& text) const {
    return folder.write(fs::relative(path, folder.path()).string(), text);
  }
  std::string mail() const { return read_text(paths.mail_db()); }
  std::string tokens() const { return read_text(paths.tokens_db()); }
  bool is_tidy() const {
    for (const auto& entry : fs::directory_iterator(paths.data)) {
      const auto name = entry.path().filename();
      if (name != "mail.db" && name != "tokens.db" && name != "locks" && name != "quota") return false;
    }
    return true;
  }
};

}  // namespace

TEST_CASE_FIXTURE(World, "a work folder is private, begins empty, and goes when it is not needed any more") {
  const std::string path = folder.file("work");
  fs::create_directory(path);
  fs::create_directory(path + "/left");
  folder.write("work/left/behind", "by a killed process");
  folder.write("outside", "untouched");
  fs::create_symlink(folder.file("outside"), path + "/link");
  const auto old = umask(0);
  {
    const auto work = WorkFolder::make(path);
    umask(old);
    REQUIRE(work);
    CHECK(fs::is_empty(path));
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
    folder.write("work/half", "done");
  }
  CHECK_FALSE(fs::exists(path));
  CHECK(read_text(folder.file("outside")) == "untouched");
  CHECK(WorkFolder::make(folder.file("nowhere/work")).error().code == Code::store);
}

TEST_CASE_FIXTURE(World, "restored databases replace empty ones, whose logs do not become theirs") {
  for (const std::string& database : {paths.mail_db(), paths.tokens_db()}) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) write(database + suffix, "old");
  }
  const std::string prepared = home.prepare().value();
  write(prepared + "/mail.db", "new mail");
  write(prepared + "/tokens.db", "new tokens");
  CHECK(mail() == "old");
  REQUIRE(home.install());
  CHECK(mail() == "new mail");
  CHECK(tokens() == "new tokens");
  CHECK(is_tidy());
}

TEST_CASE_FIXTURE(World, "what was not finished before it was ready means nothing") {
  {
    RestoreInstallation killed(paths, random);
    write(killed.prepare().value() + "/mail.db", "half");
    fs::copy(paths.data + "/restore.partial", folder.file("kept"), fs::copy_options::recursive);
  }
  fs::rename(folder.file("kept"), paths.data + "/restore.partial");  // as a kill leaves it
  REQUIRE(finish_restore(paths, leases));
  CHECK_FALSE(fs::exists(paths.mail_db()));
  CHECK(leases.history().empty());
  CHECK(fs::is_empty(home.prepare().value()));
}

TEST_CASE_FIXTURE(World, "what was ready is brought to its end by whoever comes next, wherever it stopped") {
  const std::string ready = paths.data + "/restore.ready";
  fs::create_directory(ready);
  SUBCASE("nothing moved") {
    write(ready + "/mail.db", "new mail");
    write(ready + "/tokens.db", "new tokens");
    write(paths.mail_db(), "old");
    write(paths.mail_db() + "-wal", "old");
  }
  SUBCASE("one moved") {
    write(paths.mail_db(), "new mail");
    write(ready + "/tokens.db", "new tokens");
  }
  SUBCASE("both moved") {
    write(paths.mail_db(), "new mail");
    write(paths.tokens_db(), "new tokens");
  }
  REQUIRE(finish_restore(paths, leases));
  CHECK(mail() == "new mail");
  CHECK(tokens() == "new tokens");
  CHECK(is_tidy());
  CHECK(leases.history() == std::vector<std::string>{"restore"});
}

TEST_CASE_FIXTURE(World, "nobody takes a restore that is at work for one that was killed") {
  fs::create_directory(paths.data + "/restore.ready");
  FakeClock clock;
  FileLeases files(paths.locks(), clock);
  const auto held = files.take(kRestoreLease, milliseconds(0), Stop());
  REQUIRE(held);
  FakeClock other_clock;
  FileLeases others(paths.locks(), other_clock);
  CHECK(finish_restore(paths, others).error().code == Code::busy);
  CHECK(fs::exists(paths.data + "/restore.ready"));
}

TEST_CASE_FIXTURE(World, "a key that comes with a backup is put back, and never in the place of another") {
  const Secret key(std::string(32, 'k')), other(std::string(32, 'o'));
  CHECK(home.put_key(key).value() == KeyPlace::restored);
  CHECK((KeyFile(paths.key_file(), random).load().value() == key));
  CHECK(home.put_key(key).value() == KeyPlace::present);
  CHECK(home.put_key(other).value() == KeyPlace::other);
  CHECK((KeyFile(paths.key_file(), random).load().value() == key));
}
