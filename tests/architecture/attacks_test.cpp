// The register of attacks: 74 ways to harm a program like this one are numbered, and a test that shows that one of them
// fails carries its number at the start of its name ("attack 17: …", "attacks 1, 2: …"). Here it is checked that none
// was forgotten.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "tests/support/places.h"

namespace fs = std::filesystem;

namespace {

constexpr int kAttacks = 74;

// Attacks on what does not exist yet: number → what brings it, and the test with it.
const std::map<int, std::string> kLater{
    {36, "nothing: an id_token comes straight from the token endpoint over TLS, so its signature is not looked at"},
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The numbers at the start of the names of all tests.
std::set<int> shown_attacks() {
  // TEST_CASE("attacks 1, 2: … or TEST_CASE_FIXTURE(Type, "attack 3: …
  static const std::regex name("TEST_CASE(?:_FIXTURE)?\\((?:\\w+,\\s*)?\"attacks? ([0-9, ]+):");
  static const std::regex number("[0-9]+");
  std::set<int> shown;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(mailmgr::test::source_folder()) / "tests")) {
    if (!entry.path().string().ends_with("_test.cpp")) continue;
    const std::string text = read_file(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
      const std::string list = (*at)[1];
      for (std::sregex_iterator each(list.begin(), list.end(), number); each != end; ++each)
        shown.insert(std::stoi(each->str()));
    }
  }
  return shown;
}

}  // namespace

TEST_CASE("every numbered attack has a test, or waits for what it would attack") {
  const auto shown = shown_attacks();
  for (int attack = 1; attack <= kAttacks; ++attack) {
    CAPTURE(attack);
    const bool later = kLater.contains(attack);
    CHECK_MESSAGE((shown.contains(attack) || later), "no test is named after this attack");
    CHECK_MESSAGE(!(shown.contains(attack) && later), "a test shows it: strike it off the list");
  }
  for (const int attack : shown) CHECK_MESSAGE(attack <= kAttacks, attack);
}
