#include "cmd/key_settings.h"

#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/encoding.h"
#include "core/system/key_sources.h"
#include "core/system/secret_file.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<KeySourceKind, std::string_view>, 4> kNames{{{KeySourceKind::file, "file"},
                                                                            {KeySourceKind::command, "command"},
                                                                            {KeySourceKind::credential, "credential"},
                                                                            {KeySourceKind::keyring, "keyring"}}};

std::optional<KeySourceKind> kind_of(std::string_view name) {
  for (const auto& [kind, candidate] : kNames) {
    if (candidate == name) return kind;
  }
  return std::nullopt;
}

bool is_there(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

KeySettings without_file(const Paths& paths, const EnvironmentLookup& environment) {
  KeySettings settings;
  settings.file = paths.key_file();
  const std::string credential = credential_file(environment);
  if (!is_there(settings.file) && !credential.empty() && is_there(credential))
    settings.kind = KeySourceKind::credential;
  return settings;
}

// Throws Json::exception for a member of another type than it must have.
std::optional<KeySettings> understood(const Json& json, const Paths& paths) {
  const auto kind = kind_of(json.at("source").get<std::string>());
  const auto salt = hex_decode(json.value("salt", ""));
  if (!kind || !salt) return std::nullopt;
  KeySettings settings;
  settings.kind = *kind;
  settings.file = json.value("file", paths.key_file());
  settings.command = json.value("command", std::vector<std::string>());
  settings.entry = json.value("entry", "");
  settings.salt = *salt;
  if (settings.kind == KeySourceKind::command && settings.command.empty()) return std::nullopt;
  if (settings.kind == KeySourceKind::keyring && settings.entry.empty()) return std::nullopt;
  if (!settings.file.starts_with('/')) return std::nullopt;
  return settings;
}

}  // namespace

std::string_view to_string(KeySourceKind kind) {
  for (const auto& [candidate, name] : kNames) {
    if (candidate == kind) return name;
  }
  return {};
}

Result<KeySettings> read_key_settings(const Paths& paths, const EnvironmentLookup& environment) {
  constexpr const char* kReading = "reading where the key comes from";
  const auto text = read_secret_file(paths.key_settings());
  if (!text && text.error().code == Code::not_found) return without_file(paths, environment);
  if (!text) return text.error().within(kReading);
  try {
    if (auto settings = understood(Json::parse(text->reveal()), paths)) return *std::move(settings);
  } catch (const Json::exception&) {
    // Said below, without quoting the file.
  }
  return Error{Code::config, std::string(kReading) + ": " + paths.key_settings() + " cannot be understood",
               "say it again: mailmgr key set-source"};
}

Status write_key_settings(const Paths& paths, const KeySettings& settings) {
  Json json;
  json["source"] = to_string(settings.kind);
  // The usual file is not named, so that a home can be moved.
  if (settings.kind == KeySourceKind::file && settings.file != paths.key_file()) json["file"] = settings.file;
  if (!settings.command.empty()) json["command"] = settings.command;
  if (!settings.entry.empty()) json["entry"] = settings.entry;
  if (!settings.salt.empty()) json["salt"] = hex(settings.salt);
  const auto written = write_secret_file(
      paths.key_settings(), json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n', IfThere::replace);
  if (!written) return written.error().within("saving where the key comes from");
  return {};
}

}  // namespace mailmgr
