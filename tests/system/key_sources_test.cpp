// Where the key comes from: a file, a command, a credential of systemd. (The keyring: tests/e2e/keyring_test.cpp.)
#include "core/system/key_sources.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "core/base/encoding.h"
#include "core/system/command_output.h"
#include "core/system/key_file.h"
#include "core/system/key_text.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

const std::string kBytes(32, 'k');
const std::string kBase64 = base64(kBytes);
const std::string kSalt = "0123456789abcdef";

Result<Secret> key_of(std::string_view text, std::string_view salt = {}) {
  return key_from_text(Secret(text), salt, "reading the key");
}

std::vector<std::string> shell(const std::string& script) {
  return {"/bin/sh", "-c", script};
}

Result<Secret> output_of(const std::string& script, const CommandLimits& limits = {}) {
  return command_output(shell(script), limits);
}

EnvironmentLookup credentials_in(const std::string& folder) {
  return [folder](const char* name) -> const char* {
    return std::string_view(name) == "CREDENTIALS_DIRECTORY" && !folder.empty() ? folder.c_str() : nullptr;
  };
}

std::unique_ptr<KeySource> credential(const std::string& folder) {
  static SeededRandom random;
  KeySettings settings;
  settings.kind = KeySourceKind::credential;
  return make_key_source(settings, random, credentials_in(folder));
}

}  // namespace

TEST_CASE("a key is 32 bytes as base64 or hexadecimal on one line") {
  for (const std::string& text : {kBase64, kBase64 + "\n", kBase64 + "\r\n", base64url(kBytes), hex(kBytes) + "\n"}) {
    CAPTURE(text);
    CHECK(key_of(text).value().reveal() == kBytes);
    CHECK(key_of(text, kSalt).value().reveal() == kBytes);  // with a salt too it is a key, no passphrase
  }
  for (const std::string& text : {std::string(), std::string("\n"), base64(std::string(31, 'k')), kBase64 + "\n\n",
                                  kBase64 + "\n" + kBase64, "correct horse battery staple" + std::string(1, '\0')}) {
    CAPTURE(text);
    const auto key = key_of(text);
    REQUIRE_FALSE(key);
    CHECK(key.error().code == Code::config);
    CHECK(key.error().message.starts_with("reading the key: "));
    CHECK(key.error().message.find("horse") == std::string::npos);
  }
}

TEST_CASE("any other line is a passphrase where there is a salt, and gives the same key every time") {
  const std::string phrase = "correct horse battery staple";
  const Secret key = key_of(phrase + "\n", kSalt).value();
  CHECK(key.reveal().size() == 32);
  CHECK(key == key_of(phrase, kSalt).value());
  CHECK_FALSE(key == key_of(phrase, "another salt").value());
  CHECK_FALSE(key == key_of("correct horse battery stable", kSalt).value());
  CHECK(key_of(phrase).error().message.find("does not hold a key") != std::string::npos);
  CHECK(key_of("too short", kSalt).error().message.find("too short") != std::string::npos);
  // RFC 7914's function with the parameters of this format: a change of them would lock every store.
  CHECK(hex(key.reveal()) == "0500d7e798ed549c37e61a24c247f12015fd7bf9ed5cf7db799c45221966681b");
}

TEST_CASE("a key file is replaced whole, and proven by reading it back") {
  const TempFolder folder;
  SeededRandom random;
  KeyFile file(folder.file("key"), random);
  REQUIRE(file.load_or_create());
  const Secret next(kBytes);
  REQUIRE(file.replace(next));
  CHECK(file.load().value() == next);
  CHECK(read_text(folder.file("key")) == kBase64 + "\n");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  REQUIRE(file.remove());
  CHECK(file.remove());
  CHECK(file.load().error().code == Code::config);
}

TEST_CASE("a key file that is missing names the place and what to set in cron and systemd") {
  const TempFolder folder;
  SeededRandom random;
  const auto missing = KeyFile(folder.file("key"), random).load();
  CHECK(missing.error().message ==
        "reading the key from its file: " + folder.file("key") + ": No such file or directory");
  for (const char* word : {"MAILMGR_HOME", "HOME", "crontab", "systemd", "mailmgr key destroy"}) {
    CHECK_MESSAGE(missing.error().hint.find(word) != std::string::npos, word);
  }
}

TEST_CASE("a command's output is its standard output alone, and it sees the environment") {
  CHECK(output_of("echo out; echo err >&2").value().reveal() == "out\n");
  ::setenv("MAILMGR_TEST_WORD", "seen", 1);
  CHECK(output_of("printf %s \"$MAILMGR_TEST_WORD\"").value().reveal() == "seen");
  CHECK(command_output({"printf", "%s", "$HOME `id`"}).value().reveal() == "$HOME `id`");  // no shell
  CHECK(output_of("read line || printf nothing").value().reveal() == "nothing");
  CHECK(output_of("(: </dev/tty) 2>/dev/null || printf none").value().reveal() == "none");
}

TEST_CASE("attack 53: a command that prints without end is stopped at once") {
  const auto endless = output_of("yes");
  REQUIRE_FALSE(endless);
  CHECK(endless.error().code == Code::config);
  CHECK(endless.error().message.find("more than 4096 bytes") != std::string::npos);
  CHECK(output_of("head -c 1073741824 /dev/zero").error().message.find("more than") != std::string::npos);
  CHECK(output_of("head -c 4096 /dev/zero").value().reveal().size() == 4096);
  CHECK(output_of("head -c 4097 /dev/zero").error().message.find("more than") != std::string::npos);
}

TEST_CASE("attack 53: a command that hangs is killed with everything it started") {
  const TempFolder folder;
  // Both the program and its child hold the lock for as long as they live.
  const std::string lock = folder.file("lock");
  const auto hung = output_of("exec 9>" + lock + "; flock 9; sleep 1000 & sleep 1000", {100ms, 4096});
  REQUIRE_FALSE(hung);
  CHECK(hung.error().message.find("it took longer than 1 seconds") != std::string::npos);
  CHECK(command_output({"flock", "--timeout", "60", lock, "true"}, {90s, 4096}).has_value());
}

TEST_CASE("attack 53: what a command leaves behind is not waited for") {
  CHECK(output_of("sleep 1000 & echo key").value().reveal() == "key\n");
  CHECK(output_of("setsid sleep 30 & echo key").value().reveal() == "key\n");
  CHECK(output_of("exec 1>&-; exit 0").value().empty());
}

TEST_CASE("attack 53: a command that fails is named with what it said, and what it printed is not used") {
  const auto failed = output_of("echo key; echo 'gpg: decryption failed' >&2; exit 3");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Code::config);
  CHECK(failed.error().message.find("it ended with code 3: gpg: decryption failed") != std::string::npos);
  CHECK(output_of("kill -KILL $$").error().message.find("signal 9") != std::string::npos);
  CHECK(command_output({"/no/such/program"}).error().message == "/no/such/program: No such file or directory");
  CHECK_FALSE(command_output({}));
  CHECK_FALSE(command_output({""}));
}

TEST_CASE("attack 53: a key command that prints no key is refused, without quoting what it printed") {
  SeededRandom random;
  KeySettings settings;
  settings.kind = KeySourceKind::command;
  for (const char* script : {"", "printf canary", "printf 'canary one\\ncanary two\\n'", "echo canary; false"}) {
    CAPTURE(script);
    settings.command = shell(script);
    const auto key = make_key_source(settings, random)->load();
    REQUIRE_FALSE(key);
    CHECK(key.error().code == Code::config);
    CHECK(key.error().message.starts_with("reading the key from the command: /bin/sh -c "));
    const std::string reason = key.error().message.substr(key.error().message.rfind(": "));
    CHECK(reason.find("canary") == std::string::npos);
    CHECK_FALSE(key.error().hint.empty());
  }
  settings.command = shell("echo " + kBase64);
  const auto source = make_key_source(settings, random);
  CHECK(source->load().value().reveal() == kBytes);
  CHECK(source->load_or_create().value().reveal() == kBytes);
  CHECK_FALSE(source->is_ours());
  CHECK(source->replace(Secret(kBytes)).error().code == Code::refused);
  CHECK(source->remove().error().code == Code::refused);
}

TEST_CASE("a credential is read where systemd put it") {
  const TempFolder folder;
  const std::string file = folder.write("mailmgr.key", kBase64 + "\n");
  // As systemd gives it to the unit's user: root's, readable through an access list, whose mask shows as the group's.
  for (const mode_t mode : {0400, 0440, 0600}) {
    ::chmod(file.c_str(), mode);
    CHECK(credential(folder.path())->load().value().reveal() == kBytes);
  }
  CHECK(credential(folder.path())->place() == file);
}

TEST_CASE("a credential that is not there says which line the unit lacks") {
  const TempFolder folder;
  for (const auto& where : {std::string(), folder.path()}) {
    const auto missing = credential(where)->load();
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Code::config);
    CHECK(missing.error().message.starts_with("reading the key from the systemd credential mailmgr.key: "));
    CHECK(missing.error().hint.find("LoadCredentialEncrypted=mailmgr.key:") != std::string::npos);
  }
}

TEST_CASE("attacks 46, 47: a credential that others can reach, or that is no file, is refused") {
  const TempFolder folder;
  const std::string file = folder.write("mailmgr.key", kBase64);
  for (const mode_t mode : {0404, 0460, 0602, 0644}) {
    ::chmod(file.c_str(), mode);
    CHECK(credential(folder.path())->load().error().code == Code::config);
  }
  if (::geteuid() == 0) {
    ::chmod(file.c_str(), 0400);
    REQUIRE(::chown(file.c_str(), 12345, 12345) == 0);
    CHECK(credential(folder.path())->load().error().code == Code::config);
  }
  std::filesystem::remove(file);
  REQUIRE(::symlink(folder.write("elsewhere", kBase64).c_str(), file.c_str()) == 0);
  CHECK(credential(folder.path())->load().error().code == Code::config);
  std::filesystem::remove(file);
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  CHECK(credential(folder.path())->load().error().code == Code::config);
}

TEST_CASE("a long-running process follows a change of the source") {
  const TempFolder folder;
  SeededRandom random;
  KeySettings settings;
  settings.file = folder.file("one");
  ConfiguredKeys keys([&] { return Result<std::unique_ptr<KeySource>>(make_key_source(settings, random)); });
  const Secret first = keys.load_or_create().value();
  settings.file = folder.file("two");
  CHECK_FALSE(keys.load());
  CHECK_FALSE(keys.load_or_create().value() == first);
}
