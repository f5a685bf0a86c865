#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>

#include "core/base/encoding.h"
#include "core/base/private_file.h"
#include "core/system/file_leases.h"
#include "core/system/key_file.h"
#include "core/system/paths.h"
#include "core/system/system_clock.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

EnvironmentLookup environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> const char* {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  };
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

}  // namespace

TEST_CASE("everything is below --home, else MAILMGR_HOME, else where XDG says") {
  const auto both = environment({{"MAILMGR_HOME", "/m"}, {"HOME", "/h"}});
  CHECK(Paths::find("/o", both).value().data == "/o/data");
  CHECK(Paths::find("", both).value().config == "/m/config");
  CHECK(Paths::find("", both).value().state == "/m/state");
  const Paths plain = Paths::find("", environment({{"HOME", "/h"}})).value();
  CHECK(plain.tokens_db() == "/h/.local/share/mailmgr/tokens.db");
  CHECK(plain.key_file() == "/h/.config/mailmgr/key");
  CHECK(plain.state == "/h/.local/state/mailmgr");
  const Paths xdg =
      Paths::find("", environment({{"HOME", "/h"}, {"XDG_DATA_HOME", "/d"}, {"XDG_CONFIG_HOME", "rel"}})).value();
  CHECK(xdg.data == "/d/mailmgr");
  CHECK(xdg.config == "/h/.config/mailmgr");
}

TEST_CASE("a relative home is meant from the current folder") {
  CHECK(Paths::find("here", environment({})).value().data == std::filesystem::current_path() / "here/data");
}

TEST_CASE("without HOME the password database knows") {
  const auto paths = Paths::find("", environment({}));
  if (paths) CHECK(paths->data.starts_with('/'));
  if (!paths) CHECK(paths.error().hint.find("MAILMGR_HOME") != std::string::npos);
}

TEST_CASE("missing folders are made for their owner alone, whatever the umask") {
  const TempFolder folder;
  const mode_t old = umask(022);
  const Paths paths = Paths::find(folder.file("deep/er"), environment({})).value();
  const auto prepared = paths.prepare();
  umask(old);
  REQUIRE(prepared);
  for (const auto& made : {paths.data, paths.config, paths.state, paths.locks(), paths.quota()})
    CHECK(mode_of(made) == 0700);
  CHECK(paths.prepare());
}

TEST_CASE("attack 46: a folder others may write to is refused with the command that helps") {
  const TempFolder folder;
  const Paths paths = Paths::find(folder.path(), environment({})).value();
  REQUIRE(paths.prepare());
  for (const mode_t mode : {0770, 0702}) {
    chmod(paths.data.c_str(), mode);
    const auto refused = paths.prepare();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::config);
    CHECK(refused.error().hint == "chmod go-w " + paths.data);
    chmod(paths.data.c_str(), 0700);
  }
  CHECK(paths.prepare());
}

TEST_CASE("a folder that others may look into is closed to them") {
  const TempFolder folder;
  const Paths paths = Paths::find(folder.path(), environment({})).value();
  REQUIRE(paths.prepare());
  for (const mode_t mode : {0755, 0750, 0711}) {
    for (const auto& place : {paths.data, paths.config, paths.state, paths.locks(), paths.quota()}) {
      chmod(place.c_str(), mode);
      CHECK(paths.prepare());
      CHECK(mode_of(place) == 0700);
    }
  }
}

TEST_CASE("attacks 46, 47: databases, keys and settings that are open to others, links or pipes are refused") {
  const TempFolder folder;
  const Paths paths = Paths::find(folder.path(), environment({})).value();
  REQUIRE(paths.prepare());
  for (const std::string& file : {paths.mail_db(), paths.tokens_db(), paths.tokens_db() + "-wal", paths.key_file(),
                                  paths.key_settings(), paths.config_file()}) {
    CAPTURE(file);
    for (const mode_t mode : {0644, 0660, 0602}) {
      std::filesystem::remove(file);
      folder.write(std::filesystem::relative(file, folder.path()).string(), "x");
      chmod(file.c_str(), mode);
      CHECK(paths.prepare().error().hint == "chmod 600 " + file);
    }
    std::filesystem::remove(file);
    REQUIRE(symlink("/etc/passwd", file.c_str()) == 0);
    CHECK(paths.prepare().error().message.find("symbolic link") != std::string::npos);
    std::filesystem::remove(file);
    REQUIRE(mkfifo(file.c_str(), 0600) == 0);
    CHECK(paths.prepare().error().message.find("not a regular file") != std::string::npos);
    std::filesystem::remove(file);
  }
  CHECK(paths.prepare());
}

TEST_CASE("attack 46: what belongs to another user is refused with chown") {
  if (geteuid() != 0) {
    MESSAGE("only root can give files away");
    return;
  }
  const TempFolder folder;
  const std::string file = folder.write("a file", "x");
  REQUIRE(chown(file.c_str(), 12345, 12345) == 0);
  CHECK(check_private_file(file).error().hint == "chown root '" + file + "'");
  const std::string other = folder.file("folder");
  REQUIRE(mkdir(other.c_str(), 0700) == 0);
  REQUIRE(chown(other.c_str(), 12345, 12345) == 0);
  CHECK(prepare_private_folder(other).error().hint == "chown root " + other);
}

TEST_CASE("a key is made once, for its owner alone, and stays the same") {
  const TempFolder folder;
  SeededRandom random;
  KeyFile keys(folder.file("key"), random);
  CHECK(keys.load().error().code == Code::config);
  const Secret made = keys.load_or_create().value();
  CHECK(made.reveal().size() == 32);
  CHECK(mode_of(folder.file("key")) == 0600);
  CHECK(base64_decode(read_text(folder.file("key"))) == made.reveal());
  CHECK(keys.load().value() == made);
  CHECK(keys.load_or_create().value() == made);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("many that make the key at once all get the same one") {
  const TempFolder folder;
  std::vector<std::string> keys(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      threads.emplace_back([&, i] {
        SeededRandom random(i);
        keys[i] = KeyFile(folder.file("key"), random).load_or_create().value().reveal();
      });
    }
  }
  for (const auto& key : keys) CHECK(key == keys.front());
}

TEST_CASE("attacks 46, 47: a key file that is no key, open to others or not a file is refused and never replaced") {
  const TempFolder folder;
  SeededRandom random;
  const std::string good = base64(std::string(32, 'k')) + '\n';
  for (const std::string& content :
       {std::string(), std::string("short\n"), base64(std::string(33, 'k')), good + good}) {
    const std::string path = folder.write("key", content);
    CHECK(KeyFile(path, random).load_or_create().error().code == Code::config);
    CHECK(read_text(path) == content);
  }
  const std::string path = folder.write("key", good);
  for (const mode_t mode : {0644, 0640, 0604}) {
    chmod(path.c_str(), mode);
    CHECK(KeyFile(path, random).load_or_create().error().hint == "chmod 600 " + path);
  }
  chmod(path.c_str(), 0600);
  REQUIRE(symlink(path.c_str(), folder.file("link").c_str()) == 0);
  CHECK(KeyFile(folder.file("link"), random).load_or_create().error().code == Code::config);
  REQUIRE(symlink(folder.file("nowhere").c_str(), folder.file("dangling").c_str()) == 0);
  CHECK_FALSE(KeyFile(folder.file("dangling"), random).load_or_create());
  CHECK_FALSE(std::filesystem::exists(folder.file("nowhere")));
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK(KeyFile(folder.file("pipe"), random).load_or_create().error().code == Code::config);
}

TEST_CASE("a lease keeps others out until it is let go, and names its holder") {
  const TempFolder folder;
  FakeClock clock;
  FileLeases leases(folder.path(), clock);
  auto lease = leases.take("sync-1", 0ms, {});
  REQUIRE(lease);
  CHECK(mode_of(folder.file("sync-1")) == 0600);
  const auto busy = leases.take("sync-1", 0ms, {});
  REQUIRE_FALSE(busy);
  CHECK(busy.error().code == Code::busy);
  CHECK(busy.error().message.find("process " + std::to_string(getpid())) != std::string::npos);
  CHECK(leases.take("sync-2", 0ms, {}));
  lease->reset();
  CHECK(leases.take("sync-1", 0ms, {}));
  CHECK(std::filesystem::exists(folder.file("sync-1")));
}

TEST_CASE("waiting for a lease ends with its patience or a stop") {
  const TempFolder folder;
  FakeClock clock;
  FileLeases leases(folder.path(), clock);
  const auto lease = leases.take("grant-1", 0ms, {});
  CHECK(leases.take("grant-1", 60s, {}).error().code == Code::busy);
  CHECK(clock.slept() == 60s);
  std::stop_source source;
  source.request_stop();
  CHECK(leases.take("grant-1", 60s, Stop(source.get_token())).error().code == Code::interrupted);
}

TEST_CASE("whoever waits gets the lease when it is let go") {
  const TempFolder folder;
  SystemClock clock;
  FileLeases leases(folder.path(), clock);
  auto lease = leases.take("grant-1", 0ms, {});
  std::atomic<bool> is_taken{false};
  std::jthread waiting([&] { is_taken = leases.take("grant-1", 60s, {}).has_value(); });
  lease->reset();
  waiting.join();
  CHECK(is_taken);
}

TEST_CASE("a lease dies with its process") {
  const TempFolder folder;
  FakeClock clock;
  FileLeases leases(folder.path(), clock);
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lease = leases.take("sync-1", 0ms, {});
    [[maybe_unused]] const auto written = write(ready[1], lease ? "y" : "n", 1);
    pause();
    _exit(0);
  }
  char answer = 0;
  REQUIRE(read(ready[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  CHECK(leases.take("sync-1", 0ms, {}).error().message.find(std::to_string(child)) != std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(leases.take("sync-1", 0ms, {}));
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("attacks 46, 47: locks that are links, pipes or open to others are refused") {
  const TempFolder folder;
  FakeClock clock;
  FileLeases leases(folder.path(), clock);
  const std::string target = folder.write("target", "keep me");
  REQUIRE(symlink(target.c_str(), folder.file("link").c_str()) == 0);
  CHECK(leases.take("link", 0ms, {}).error().code == Code::config);
  CHECK(read_text(target) == "keep me");
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK(leases.take("pipe", 0ms, {}).error().code == Code::config);
  chmod(folder.write("open", "").c_str(), 0666);
  CHECK(leases.take("open", 0ms, {}).error().code == Code::config);
}

TEST_CASE("lease names cannot leave their folder") {
  const TempFolder folder;
  FakeClock clock;
  FileLeases leases(folder.path(), clock);
  for (const char* name : {"", "../x", "a/b", ".", "A", "a b"}) {
    CHECK(leases.take(name, 0ms, {}).error().code == Code::internal);
  }
}
