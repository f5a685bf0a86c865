// Where mailmgr keeps its things. With --home or MAILMGR_HOME everything is below that folder in data, config and
// state; otherwise the XDG Base Directory Specification decides.
#pragma once

#include <functional>
#include <string>

#include "core/base/result.h"

namespace mailmgr {

// std::getenv, or a stand-in: nullptr for a variable that is not set.
using EnvironmentLookup = std::function<const char*(const char*)>;
EnvironmentLookup system_environment();

// Where settings for all users of the machine are: MAILMGR_ETC, else /etc/mailmgr.
std::string system_folder(const EnvironmentLookup& environment = system_environment());

struct Paths {
  std::string data;    // mail.db, tokens.db, the locks and what is spent of quotas
  std::string config;  // the key, key.json and config.toml
  std::string state;   // logs

  // `home_option` is the argument of --home, empty if not given. Code::config, naming MAILMGR_HOME, when neither HOME
  // nor the password database says where the user's home is.
  static Result<Paths> find(const std::string& home_option,
                            const EnvironmentLookup& environment = system_environment());

  std::string mail_db() const { return data + "/mail.db"; }
  std::string tokens_db() const { return data + "/tokens.db"; }
  std::string locks() const { return data + "/locks"; }
  std::string quota() const { return data + "/quota"; }
  std::string key_file() const { return config + "/key"; }
  std::string key_settings() const { return config + "/key.json"; }
  std::string config_file() const { return config + "/config.toml"; }

  // Makes the folders that are missing (0700) and checks owners and modes of folders, databases, key and settings.
  // Code::config with the chmod or chown that repairs what is wrong.
  Status prepare() const;
};

}  // namespace mailmgr
