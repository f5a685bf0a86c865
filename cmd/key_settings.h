// key.json in the configuration folder: which source the key comes from, written by `key set-source` alone.
//
//   {"source":"command","command":["pass","show","mailmgr"],"salt":"…"}
//
// Where there is none the key is in the file `key` beside it; in a systemd unit that provides the credential
// mailmgr.key, and where that file does not exist, it is the credential.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/ports/key_source.h"
#include "core/system/paths.h"

namespace mailmgr {

std::string_view to_string(KeySourceKind kind);  // "file", "command", "credential", "keyring"

// Code::config for a file that is not private or cannot be understood.
Result<KeySettings> read_key_settings(const Paths& paths, const EnvironmentLookup& environment = system_environment());

// All or nothing.
Status write_key_settings(const Paths& paths, const KeySettings& settings);

}  // namespace mailmgr
