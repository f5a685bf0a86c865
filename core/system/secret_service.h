// The Secret Service of the desktop session (specifications.freedesktop.org/secret-service), through libsecret: one
// entry of mailmgr's own per home. Every call ends within kKeyringPatience, even where the service never answers or
// shows a dialog that nobody sees.
//
// Errors are Code::config: no session bus, no service, a locked keyring, no answer in time, or a mailmgr that was built
// without libsecret.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mailmgr {

Result<std::optional<Secret>> lookup_in_keyring(const std::string& entry);  // nullopt: no such entry
Status store_in_keyring(const std::string& entry, const Secret& text);      // makes or replaces
Status clear_in_keyring(const std::string& entry);                          // nothing there is fine

}  // namespace mailmgr
