// The map in ARCHITECTURE.md as a check: which room may include which, and which library lives where.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/support/places.h"

namespace fs = std::filesystem;

namespace {

// Room → the rooms it may include, besides itself.
const std::map<std::string, std::vector<std::string>> kArrows{
    {"core/base", {}},
    {"core/mail", {"core/base"}},
    {"core/csv", {"core/base"}},
    {"core/query", {"core/base"}},
    {"core/ports", {"core/base", "core/mail", "core/query"}},
    {"core/net", {"core/base", "core/mail", "core/ports"}},
    {"core/vault", {"core/base", "core/ports"}},
    {"core/oauth", {"core/base", "core/ports", "core/net", "core/vault"}},
    {"core/archive", {"core/base", "core/ports", "core/net"}},
    {"core/mailfiles", {"core/base", "core/mail", "core/ports"}},
    {"core/flow",
     {"core/base", "core/csv", "core/mail", "core/query", "core/ports", "core/net", "core/vault", "core/oauth",
      "core/archive", "core/mailfiles"}},
    {"core/system", {"core/base", "core/ports"}},
    {"providers", {"core/base", "core/mail", "core/ports", "core/net"}},
    {"store", {"core/base", "core/mail", "core/query", "core/ports"}},
    {"cmd",
     {"core/base", "core/csv", "core/mail", "core/query", "core/ports", "core/net", "core/vault", "core/oauth",
      "core/mailfiles", "core/flow", "core/system", "providers", "store"}},
    {"tests/sandbox", {"core/base", "core/ports"}},
};

// A library's headers → the rooms that may include them.
const std::map<std::string, std::vector<std::string>> kLibraries{
    {"CLI/", {"cmd", "tests/sandbox"}},
    {"SQLiteCpp/", {"store"}},
    {"sqlite3.h", {"store"}},
    {"zstd.h", {"store"}},
    {"gmime/", {"core/mail", "tests/sandbox"}},
    {"gumbo.h", {"core/mail"}},
    {"csv.h", {"core/csv"}},
    {"httplib.h", {"core/system", "tests/sandbox"}},
    {"libsecret/", {"core/system"}},
    {"openssl/", {"core/base", "core/vault", "core/oauth", "core/system", "tests/sandbox"}},
    {"nlohmann/", {"cmd", "core/archive", "core/mailfiles", "core/oauth", "providers", "tests/sandbox"}},
    {"archive.h", {"core/archive"}},
    {"archive_entry.h", {"core/archive"}},
};

struct Include {
  fs::path file;  // relative to the source tree
  std::string room;
  std::string header;
  bool system = false;
};

std::string room_of(const std::string& path) {
  for (const auto& [room, arrows] : kArrows) {
    if (path.starts_with(room + "/")) return room;
  }
  return {};
}

std::vector<Include> all_includes() {
  std::vector<Include> includes;
  const fs::path root = mailmgr::test::source_folder();
  for (const char* folder : {"core", "providers", "store", "cmd", "tests/sandbox"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      const auto relative = fs::relative(entry.path(), root);
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        const bool system = line.starts_with("#include <");
        if (!system && !line.starts_with("#include \"")) continue;
        const auto end = line.find(system ? '>' : '"', 10);
        includes.push_back({relative, room_of(relative.string()), line.substr(10, end - 10), system});
      }
    }
  }
  return includes;
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

TEST_CASE("every source file belongs to a room") {
  for (const auto& include : all_includes()) CHECK_MESSAGE(!include.room.empty(), include.file);
}

TEST_CASE("a room includes only the rooms its arrows point to") {
  for (const auto& include : all_includes()) {
    if (include.system) continue;
    const std::string target = room_of(include.header);
    const bool allowed = target == include.room || (!target.empty() && contains(kArrows.at(include.room), target));
    CHECK_MESSAGE(allowed, include.file, " includes ", include.header);
  }
}

TEST_CASE("a library is included only in its own room") {
  for (const auto& include : all_includes()) {
    for (const auto& [prefix, rooms] : kLibraries) {
      if (!include.system || !include.header.starts_with(prefix)) continue;
      CHECK_MESSAGE(contains(rooms, include.room), include.file, " includes ", include.header);
    }
  }
}
