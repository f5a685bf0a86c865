// Writes backups: a tar archive (POSIX pax) compressed with zstd, which `tar` can open too. A backup appears under its
// name complete and on disk, or not at all; a killed writer leaves a file NAME.XXXXXX. It is readable by its owner
// alone.
#pragma once

#include <string>

#include "core/archive/manifest.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/ports/byte_progress.h"
#include "core/ports/stop.h"

namespace mailmgr {

// Whether a backup may be written there: Code::usage for what exists (unless it is a regular file and `replace` says
// so), not_found without the folder.
Status check_output(const std::string& path, bool replace);

// Size and hash of `folder`/`name`.
Result<BackupMember> describe_file(const std::string& folder, const std::string& name, const ByteProgress& progress,
                                   const Stop& stop);

// The key as a member: its text, and what the manifest says of it.
Secret key_text(const Secret& key);
BackupMember describe_key(const Secret& text);

// Writes the manifest and its members: files of those names in `folder`, and the key's text. Code::store when the disk
// is full; Code::usage when something has come to be at `path` meanwhile.
Status write_backup(const std::string& path, bool replace, const BackupManifest& manifest, const std::string& folder,
                    const Secret& key, const ByteProgress& progress, const Stop& stop);

}  // namespace mailmgr
