// The key in a desktop's keyring: a real session bus with gnome-keyring where both are installed, and services that do
// not answer. Skipped, saying so, where a program is missing.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/e2e/world.h"
#include "tests/support/places.h"

using namespace mailmgr::test;

namespace {

bool is_there(const std::vector<std::string>& programs) {
  for (const auto& path : programs) {
    if (std::filesystem::exists(path)) continue;
    MESSAGE("skipped: " << path << " is not installed");
    return false;
  }
  return true;
}

const std::vector<std::string> kDesktop{"/usr/bin/dbus-run-session", "/usr/bin/gnome-keyring-daemon"};

// Runs a script in a session of its own with an unlocked keyring; $1 is mailmgr.
Ended in_desktop(Home& home, const std::string& script) {
  const std::string unlocked =
      home.folder().write("desktop",
                          "#!/bin/bash\n"
                          "set -e\n"
                          "export XDG_RUNTIME_DIR=\"$HOME\"\n"
                          "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null\n" +
                              script);
  home.environment()["HOME"] = home.folder().path();
  Start start = home.start({});
  start.argv = {"/usr/bin/dbus-run-session", "--", "/bin/bash", unlocked, program("mailmgr")};
  return run(start);
}

}  // namespace

TEST_CASE("the keyring keeps the key: stored, rotated, used, and removed on the way back") {
  if (!is_there(kDesktop)) return;
  Home home;
  const Ended ended = in_desktop(home,
                                 "echo sandbox-secret | \"$1\" provider set google --client-id x.apps.test "
                                 "--client-secret-file - --base-url http://127.0.0.1:1 2>/dev/null\n"
                                 "\"$1\" key set-source keyring --remove-old\n"
                                 "test ! -e \"$MAILMGR_HOME/config/key\"\n"
                                 "\"$1\" key status --json\n"
                                 "\"$1\" key rotate --json\n"
                                 "\"$1\" key status --json\n"
                                 "\"$1\" key set-source file --remove-old\n"
                                 "\"$1\" key status --json\n"
                                 "\"$1\" key set-source keyring\n"
                                 "\"$1\" key destroy --yes\n"
                                 "\"$1\" key status --json\n");
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
  const auto lines = json_lines(ended.out);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0]["source"] == "keyring");
  CHECK(lines[0]["sealed"] == 1);
  CHECK(lines[1]["key_replaced"] == true);
  CHECK(lines[2]["sealed"] == 1);
  CHECK(lines[2]["data_key"] != lines[0]["data_key"]);
  CHECK(lines[3]["source"] == "file");
  CHECK(lines[3]["sealed"] == 1);
  CHECK(lines[4]["state"] == "unused");
}

TEST_CASE("a keyring that never answers is given up after seconds, and nothing changes") {
  if (!is_there(kDesktop)) return;
  Home home;
  // The bus starts this service on demand, and it never says a word.
  const std::string services = home.folder().path() + "/data/dbus-1/services";
  std::filesystem::create_directories(services);
  home.folder().write("data/dbus-1/services/org.freedesktop.secrets.service",
                      "[D-BUS Service]\nName=org.freedesktop.secrets\n"
                      "Exec=/bin/sh -c 'exec sleep 20 >/dev/null 2>&1'\n");  // holds none of our pipes
  home.environment()["XDG_DATA_HOME"] = home.folder().path() + "/data";
  Start start = home.start({});
  start.argv = {"/usr/bin/dbus-run-session", "--", program("mailmgr"), "key", "set-source", "keyring"};
  const Ended ended = run(start);
  CHECK(ended.exit_code == 3);
  CHECK_MESSAGE(ended.err.find("did not answer within 3 seconds") != std::string::npos, ended.err);
  CHECK(ended.err.find("hint: a keyring needs a desktop session") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(home.path() + "/config/key.json"));
}

TEST_CASE("a keyring that says yes and keeps nothing is found out before anything depends on it") {
  if (!is_there({"/usr/bin/dbus-run-session", "/usr/lib/python3/dist-packages/dbus/__init__.py",
                 "/usr/lib/python3/dist-packages/gi/__init__.py"})) {
    return;
  }
  const Home home;
  Start start = home.start({});
  start.argv = {"/usr/bin/dbus-run-session",
                "--",
                source_folder() + "/tests/support/forgetful-keyring",
                program("mailmgr"),
                "key",
                "set-source",
                "keyring"};
  const Ended ended = run(start);
  CHECK(ended.exit_code == 3);
  CHECK_MESSAGE(ended.err.find("what was written could not be read back") != std::string::npos, ended.err);
  CHECK_FALSE(std::filesystem::exists(home.path() + "/config/key.json"));
}

TEST_CASE("without a session there is no keyring, and the error says what works there") {
  const Home home;
  const Ended ended = home.run({"key", "set-source", "keyring"});
  CHECK(ended.exit_code == 3);
  CHECK_MESSAGE(ended.err.find("mailmgr key set-source file") != std::string::npos, ended.err);
}
