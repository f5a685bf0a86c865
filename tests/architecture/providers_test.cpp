// Providers come from two places, a user's own store and the files for all users. Who asks the store alone misses half.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/places.h"

TEST_CASE("commands ask the App for providers, never the token store") {
  for (const auto& entry : std::filesystem::directory_iterator(mailmgr::test::source_folder() + "/cmd")) {
    if (entry.path().extension() != ".cpp" || entry.path().filename() == "connections.cpp") continue;
    if (entry.path().filename() == "key.cpp") continue;  // keys are about what is sealed in the store itself
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK_MESSAGE(text.find("tokens)->providers()") == std::string::npos, entry.path());
  }
}
