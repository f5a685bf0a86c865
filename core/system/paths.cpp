#include "core/system/paths.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "core/base/private_file.h"

namespace mailmgr {
namespace {

std::string value_of(const EnvironmentLookup& environment, const char* name) {
  const char* value = environment(name);
  return value != nullptr ? value : "";
}

std::string home_from_password_database() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer;
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return entry.pw_dir != nullptr ? entry.pw_dir : "";
}

Result<Paths> below(const std::string& home) {
  std::error_code problem;
  const auto absolute = std::filesystem::absolute(home, problem).lexically_normal();
  if (problem) return Error{Code::config, "finding the home folder " + home + ": " + problem.message(), ""};
  return Paths{absolute / "data", absolute / "config", absolute / "state"};
}

// $NAME/mailmgr, or HOME/fallback/mailmgr. A relative $NAME is to be ignored, says the specification.
std::string xdg_folder(const EnvironmentLookup& environment, const char* name, const std::string& home,
                       const char* fallback) {
  const std::string folder = value_of(environment, name);
  return (folder.starts_with('/') ? folder : home + '/' + fallback) + "/mailmgr";
}

bool has_all_xdg_folders(const EnvironmentLookup& environment) {
  for (const char* name : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"}) {
    if (!value_of(environment, name).starts_with('/')) return false;
  }
  return true;
}

}  // namespace

EnvironmentLookup system_environment() {
  return [](const char* name) -> const char* { return std::getenv(name); };
}

std::string system_folder(const EnvironmentLookup& environment) {
  const std::string named = value_of(environment, "MAILMGR_ETC");
  return named.empty() ? "/etc/mailmgr" : named;
}

Result<Paths> Paths::find(const std::string& home_option, const EnvironmentLookup& environment) {
  if (!home_option.empty()) return below(home_option);
  if (const std::string own = value_of(environment, "MAILMGR_HOME"); !own.empty()) return below(own);
  std::string home = value_of(environment, "HOME");
  if (!home.starts_with('/')) home = home_from_password_database();
  if (!home.starts_with('/') && !has_all_xdg_folders(environment)) {
    return Error{Code::config,
                 "finding the home folder: HOME is not set and the password database has none for this user",
                 "set MAILMGR_HOME to a folder for mailmgr, or give --home"};
  }
  return Paths{xdg_folder(environment, "XDG_DATA_HOME", home, ".local/share"),
               xdg_folder(environment, "XDG_CONFIG_HOME", home, ".config"),
               xdg_folder(environment, "XDG_STATE_HOME", home, ".local/state")};
}

Status Paths::prepare() const {
  for (const std::string& folder : {data, config, state, locks(), quota()}) {
    if (auto prepared = prepare_private_folder(folder); !prepared) return prepared;
  }
  for (const std::string& database : {mail_db(), tokens_db()}) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      if (auto checked = check_private_file(database + suffix); !checked) return checked;
    }
  }
  for (const std::string& file : {key_file(), key_settings(), config_file()}) {
    if (auto checked = check_private_file(file); !checked) return checked;
  }
  return {};
}

}  // namespace mailmgr
