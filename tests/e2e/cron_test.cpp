// What cron gives a program: no terminal, next to no environment, sometimes no standard input. A sync works there with
// a key file, says nothing when all is well, and says exactly what to set when something is missing.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

struct CronUser {
  Sandbox sandbox{{"--synthetic", "5", "--auto-consent"}};
  Home home;
  CronUser() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
    home.expire_access_tokens();  // the key is needed
  }
};

// `mailmgr WORDS` with this environment alone and standard input closed.
Ended bare(std::map<std::string, std::string> environment, const std::string& words) {
  return run({{"/bin/sh", "-c", "exec \"$0\" " + words + " <&-", program("mailmgr")}, std::move(environment), {}, {}});
}

// Runs a shell command, in an empty environment, where the password database says that the user's home is `home` (has
// no line for the user if empty). In a mount namespace of its own, as root there. "$0" is the program.
Ended with_passwd(const std::string& home, const std::string& command) {
  const TemporaryFolder folder;
  folder.write("passwd", home.empty() ? "" : "root:x:0:0:root:" + home + ":/bin/sh\n");
  folder.write("nsswitch.conf", "passwd: files\n");  // systemd's module knows root by itself
  const std::string script =
      "mount --bind \"$1/passwd\" /etc/passwd && mount --bind \"$1/nsswitch.conf\" /etc/nsswitch.conf && exec env -i " +
      command + " <&-";
  return run({{"/usr/bin/unshare", "-rm", "/bin/sh", "-c", script, program("mailmgr"), folder.path()},
              {{"PATH", "/usr/bin:/bin"}},
              {},
              {}});
}

bool can_change_passwd() {
  return with_passwd("", "/bin/true").exit_code == 0;
}

}  // namespace

TEST_CASE("a sync with nothing but MAILMGR_HOME, without a terminal and without standard input, works in silence") {
  const CronUser world;
  const Ended sync = bare({{"MAILMGR_HOME", world.home.path()}}, "sync");
  CHECK(sync.exit_code == 0);
  CHECK(sync.out.empty());
  CHECK(sync.err.empty());
  CHECK(world.home.json({"search", "in:anywhere"}).size() == 10);
}

TEST_CASE("a sync with no variable at all finds its home in the password database" *
          doctest::skip(!can_change_passwd())) {
  const CronUser world;
  const TemporaryFolder folder;
  // --home D keeps everything below D; without it the folders are those of the XDG specification.
  const std::filesystem::path home = folder.path() + "/person";
  for (const auto& [ours, xdg] : {std::pair{"data", ".local/share/mailmgr"}, {"config", ".config/mailmgr"}}) {
    std::filesystem::create_directories((home / xdg).parent_path());
    std::filesystem::copy(world.home.path() + "/" + ours, home / xdg, std::filesystem::copy_options::recursive);
  }
  const Ended sync = with_passwd(home.string(), "\"$0\" sync");
  CHECK(sync.exit_code == 0);
  CHECK_MESSAGE((sync.out + sync.err).empty(), sync.out, sync.err);
  CHECK(std::filesystem::exists(home / ".local/share/mailmgr/mail.db"));
}

TEST_CASE("without a home anywhere a sync is exit 3 and names MAILMGR_HOME" * doctest::skip(!can_change_passwd())) {
  const Ended sync = with_passwd("", "\"$0\" sync");
  CHECK(sync.exit_code == 3);
  CHECK_MESSAGE(sync.err.find("MAILMGR_HOME") != std::string::npos, sync.err);
}

TEST_CASE("a sync that cannot find its key is exit 3, names the file, and works again once it is back") {
  const CronUser world;
  const std::string key = world.home.path() + "/config/key";
  std::filesystem::rename(key, key + ".away");
  const Ended sync = bare({{"MAILMGR_HOME", world.home.path()}}, "sync");
  CHECK(sync.exit_code == 3);
  CHECK(sync.out.empty());
  CHECK_MESSAGE(sync.err.find(key) != std::string::npos, sync.err);
  CHECK_MESSAGE(sync.err.find("hint: ") != std::string::npos, sync.err);
  std::filesystem::rename(key + ".away", key);
  CHECK(bare({{"MAILMGR_HOME", world.home.path()}}, "sync").exit_code == 0);
}

TEST_CASE("a sync that ends before it can connect is in the log, with the run's number and what was missing") {
  const CronUser world;
  const std::string key = world.home.path() + "/config/key";
  std::filesystem::rename(key, key + ".away");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    CHECK(world.home.run({"sync", provider.address, "--dry-run"}).exit_code == 3);  // no run
    const Ended sync = world.home.run({"sync", provider.address, "--json"});
    CHECK(sync.exit_code == 3);
    const Json report = json_lines(sync.out).at(0);
    const auto runs = world.home.json({"log", "--failed", "-a", provider.address});
    REQUIRE(runs.size() == 1);
    CHECK(runs[0]["run"] == report["run"]);
    CHECK(runs[0]["account"] == provider.address);
    CHECK(runs[0]["kind"] == "sync");
    CHECK(runs[0]["seconds"].is_number());
    CHECK(runs[0]["complete"] == false);
    CHECK(runs[0]["error"]["code"] == "config");
    CHECK(runs[0]["error"]["message"] == report["error"]["message"]);
    CHECK_MESSAGE(runs[0]["error"]["message"].get<std::string>().find(key) != std::string::npos, runs[0].dump());
  }
}
