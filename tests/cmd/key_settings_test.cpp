#include "cmd/key_settings.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

struct World {
  TempFolder folder;
  Paths paths{folder.path(), folder.path(), folder.path()};
  std::string credentials;

  Result<KeySettings> read() {
    return read_key_settings(paths, [this](const char* name) -> const char* {
      return std::string_view(name) == "CREDENTIALS_DIRECTORY" && !credentials.empty() ? credentials.c_str() : nullptr;
    });
  }
};

}  // namespace

TEST_CASE("without settings the key is in the usual file") {
  World world;
  const KeySettings settings = world.read().value();
  CHECK(settings.kind == KeySourceKind::file);
  CHECK(settings.file == world.paths.key_file());
  CHECK(settings.salt.empty());
}

TEST_CASE("in a unit that provides it the credential is the key, unless a key file is there") {
  World world;
  const TempFolder unit;
  world.credentials = unit.path();
  CHECK(world.read()->kind == KeySourceKind::file);
  unit.write("mailmgr.key", "x");
  CHECK(world.read()->kind == KeySourceKind::credential);
  world.folder.write("key", "x");
  CHECK(world.read()->kind == KeySourceKind::file);
}

TEST_CASE("settings are read as they were written, by their owner alone") {
  World world;
  KeySettings file, command, credential, keyring;
  file.file = "/elsewhere/key";
  command.kind = KeySourceKind::command;
  command.command = {"pass", "show", "a \"b\"\n\\c", "--x", ""};
  command.salt = std::string("\0\xff 0123456789abc", 16);
  credential.kind = KeySourceKind::credential;
  keyring.kind = KeySourceKind::keyring;
  keyring.entry = "00ff";
  for (KeySettings* settings : {&file, &command, &credential, &keyring}) {
    if (settings->file.empty()) settings->file = world.paths.key_file();
    REQUIRE(write_key_settings(world.paths, *settings));
    CHECK((world.read().value() == *settings));
    struct stat status {};
    REQUIRE(::stat(world.paths.key_settings().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
}

TEST_CASE("the usual file is not named, so that a home can be moved") {
  World world;
  KeySettings settings;
  settings.file = world.paths.key_file();
  REQUIRE(write_key_settings(world.paths, settings));
  CHECK(read_text(world.paths.key_settings()) == "{\"source\":\"file\"}\n");
}
