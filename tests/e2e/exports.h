// What tests of exports share: which files an export wrote, and whether they hold what the providers gave.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/base/encoding.h"
#include "tests/e2e/reading.h"
#include "tests/support/places.h"
#include "tests/support/temp_folder.h"

namespace mailmgr::test {

// Those in the folders in which mail programs look for mail.
inline std::vector<std::filesystem::path> mail_files(const std::string& root) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const auto place = entry.path().parent_path().filename();
    if (entry.is_regular_file() && (place == "cur" || place == "new")) files.push_back(entry.path());
  }
  return files;
}

// All of it goes into the home's folder in every format, each under the format's name: none is missing, every byte is
// as the providers gave it, for Python's modules too, and no name is one that a terminal would obey.
inline void check_exports(const SyncedMail& world) {
  const auto out = [&](const std::string& format) { return world.home.folder().path() + "/" + format; };
  for (const std::string format : {"maildir", "mbox", "eml", "jsonl"}) {
    CAPTURE(format);
    const Json summary = world.home.json({"export", "--format", format, "-o", out(format)}).back();
    CHECK(summary["complete"] == true);
    CHECK(summary["messages"] == world.listed.size());
    CHECK(summary["added"] == world.listed.size());
    CHECK(summary["failed"] == 0);
  }
  std::multiset<std::string> served, exported;
  for (const auto& [id, hash] : served_by_both(world)) served.insert(hash);
  for (const auto& file : mail_files(out("maildir"))) exported.insert(hex(sha256(read_text(file))));
  CHECK(exported == served);
  for (const std::string format : {"maildir", "eml"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(out(format))) {
      const std::string name = entry.path().filename();
      CHECK(harmful(name) == "");
      CHECK(name.find('\n') == std::string::npos);
    }
  }
  CHECK(harmful(read_text(out("jsonl"))) == "");
  if (!std::filesystem::exists("/usr/bin/python3")) return;
  const auto read =
      run({{source_folder() + "/tests/support/read-exports", out("maildir"), out("mbox"), out("eml"), out("jsonl")},
           world.home.start({}).environment,
           {},
           {}});
  CHECK_MESSAGE(read.exit_code == 0, read.err);
  // One line about each format.
  const auto line = read.out.substr(0, read.out.find('\n') + 1);
  CHECK(line.starts_with(std::to_string(world.listed.size()) + " "));
  CHECK(read.out == line + line + line + line);
}

}  // namespace mailmgr::test
