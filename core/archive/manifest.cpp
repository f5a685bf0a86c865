#include "core/archive/manifest.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/net/json_limits.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

// Raised when an older mailmgr could not read what is written any more.
constexpr std::int64_t kFormat = 1;
constexpr std::uint64_t kMaxMemberSize = std::uint64_t{1} << 47;  // SQLite's databases end at 2^48 bytes

Error not_one() {
  return {Code::store, "it is not a mailmgr backup, or damaged", "use another backup; nothing was changed"};
}

std::optional<std::int64_t> number_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto number = found->get<std::uint64_t>();
  if (number > kMaxMemberSize) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<std::string> text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<BackupMember> parse_member(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  const auto name = text_at(object, "name");
  const auto size = number_at(object, "size");
  const auto hash = text_at(object, "sha256");
  if (!name || !size || !hash || !is_hash(*hash)) return std::nullopt;
  return BackupMember{*name, static_cast<std::uint64_t>(*size), *hash};
}

bool are_complete(const std::vector<BackupMember>& members) {
  std::set<std::string_view> names;
  for (const auto& member : members) names.insert(member.name);
  if (names.size() != members.size() || !names.contains(kMailMember) || !names.contains(kTokensMember)) return false;
  return names.size() == (names.contains(kKeyMember) ? 3 : 2);
}

}  // namespace

bool BackupManifest::has_key() const {
  return std::any_of(members.begin(), members.end(), [](const auto& member) { return member.name == kKeyMember; });
}

std::uint64_t BackupManifest::size() const {
  std::uint64_t sum = 0;
  for (const auto& member : members) sum += member.size;
  return sum;
}

std::string to_json(const BackupManifest& manifest) {
  Json members = Json::array();
  for (const auto& [name, size, hash] : manifest.members) {
    members.push_back({{"name", name}, {"size", size}, {"sha256", hash}});
  }
  const Json json{{"format", kFormat},
                  {"created", to_rfc3339(manifest.created)},
                  {"program", manifest.program},
                  {"mail_schema", manifest.mail_schema},
                  {"tokens_schema", manifest.tokens_schema},
                  {"members", std::move(members)}};
  return json.dump(2) + "\n";
}

Result<BackupManifest> parse_manifest(std::string_view text) {
  if (text.size() > kMaxManifestSize || !nesting_within(text)) return not_one();
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return not_one();
  const auto format = number_at(json, "format");
  if (!format) return not_one();
  if (*format > kFormat) {
    return Error{Code::config, "it was written by a newer mailmgr", "use that newer mailmgr; nothing was changed"};
  }
  const auto created = text_at(json, "created");
  const auto when = created ? from_rfc3339(*created) : std::nullopt;
  const auto program = text_at(json, "program");
  const auto mail_schema = number_at(json, "mail_schema"), tokens_schema = number_at(json, "tokens_schema");
  const auto members = json.find("members");
  if (!when || !program || !mail_schema || !tokens_schema || members == json.end() || !members->is_array()) {
    return not_one();
  }
  BackupManifest manifest{*when, *program, *mail_schema, *tokens_schema, {}};
  for (const auto& entry : *members) {
    auto member = parse_member(entry);
    if (!member) return not_one();
    manifest.members.push_back(*std::move(member));
  }
  if (!are_complete(manifest.members)) return not_one();
  return manifest;
}

}  // namespace mailmgr
