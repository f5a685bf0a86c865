// What a backup says about itself: the first member of its archive, as JSON. It names every other member with size and
// hash, so that a reader knows what may come and how much of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr {

struct BackupMember {
  std::string name;
  std::uint64_t size = 0;  // bytes
  std::string sha256;      // hexadecimal, lower case
};

struct BackupManifest {
  Time created{};
  std::string program;  // who wrote it: "mailmgr 1.2.3"
  std::int64_t mail_schema = 0, tokens_schema = 0;
  std::vector<BackupMember> members;  // mail.db, tokens.db and, where it is inside, key

  bool has_key() const;
  std::uint64_t size() const;  // of all members
};

inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kMailMember = "mail.db";
inline constexpr std::string_view kTokensMember = "tokens.db";
inline constexpr std::string_view kKeyMember = "key";  // base64 on one line, as a key file holds it
inline constexpr std::size_t kMaxManifestSize = 64 * 1024;

std::string to_json(const BackupManifest& manifest);

// Takes only what to_json() could have written. Code::config: of a newer format; Code::store: no manifest.
Result<BackupManifest> parse_manifest(std::string_view json);

}  // namespace mailmgr
