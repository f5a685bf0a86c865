// Messages to export without a store.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>

#include "core/base/encoding.h"
#include "core/mailfiles/export_target.h"
#include "tests/support/temp_folder.h"

namespace mailmgr::test {

struct Exported {
  MessageRow row;
  std::string content, account = "ada";
};

inline Exported message_to_export(std::int64_t id, const std::string& subject, const std::string& folder = "inbox") {
  Exported one;
  one.row.id = MessageId(id);
  one.row.remote_id = RemoteId("r" + std::to_string(id));
  one.row.message_id = "<" + std::to_string(id) + "@example.org>";
  one.row.subject = subject;
  one.row.folders = {folder};
  one.row.received = from_unix_seconds(1762077600 + id);
  one.content = "Subject: x\r\n\r\nText " + std::to_string(id) + "\r\n";
  one.row.size = one.content.size();
  return one;
}

struct ExportRun {
  int added = 0, updated = 0, same = 0;
  std::uint64_t gone = 0;
  bool operator==(const ExportRun&) const = default;
};

// A whole run; `finish` false: it is killed before its end.
inline ExportRun export_all(const TargetOptions& options, const std::vector<Exported>& messages, bool finish = true) {
  auto target = open_export_target(options);
  REQUIRE_MESSAGE(target, (target ? "" : target.error().message));
  ExportRecord record;
  record.format = options.format;
  record.mirror = options.mirror;
  REQUIRE((*target)->begin(record));
  ExportRun run;
  for (const auto& one : messages) {
    const ExportItem item{one.row, one.account, hex(sha256(one.account + one.row.remote_id.value)).substr(0, 32)};
    const auto placed = (*target)->look(item).value();
    ++(placed == Placed::missing ? run.added : placed == Placed::differs ? run.updated : run.same);
    if (placed == Placed::same) continue;
    const auto put = (*target)->put(item, placed, Blob(one.content));
    REQUIRE_MESSAGE(put, (put ? "" : put.error().message));
  }
  if (!finish) return run;
  if (options.mirror) {
    run.gone = (*target)->gone();
    REQUIRE((*target)->remove_gone());
  }
  record.complete = true;
  REQUIRE((*target)->finish(record));
  return run;
}

// Path below `root` → content, without what mailmgr keeps beside the mail.
inline std::map<std::string, std::string> files_in(const std::string& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const auto path = std::filesystem::relative(entry.path(), root).string();
    if (entry.is_regular_file() && !path.starts_with(".mailmgr") && path != "notmuch-tags") {
      files[path] = read_text(entry.path().string());
    }
  }
  return files;
}

}  // namespace mailmgr::test
