// Real mail from disk, byte for byte as it lies there: Maildirs (with Maildir++ and nested subfolders), mbox files and
// .eml files. Bytes are read when asked for; only the first part of a message is looked at while loading. Throws
// std::runtime_error, naming the path, for what cannot be read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/api.h"
#include "tests/sandbox/options.h"

namespace mailmgr::sandbox {

// Everything in all `sources`, oldest first. Threads are found across sources by References and In-Reply-To.
std::vector<SourceMessage> load_sources(const std::vector<MailSource>& sources);

// inbox archive sent drafts trash spam for the names that mail programs use, else the name itself ("Work/2026").
std::string folder_word(std::string_view path);

// Where messages lie in the text of an mbox file, in order: each starts after its "From " line. A "From " line counts
// only at the start or after an empty line, and with a time of day in it: many files are not quoted.
struct MboxSpan {
  std::size_t begin = 0, end = 0;  // end without the empty line before the next message
};
std::vector<MboxSpan> mbox_messages(std::string_view text);
// One '>' less in front of each ">From ", ">>From " … line.
std::string mbox_unquoted(std::string_view message);

}  // namespace mailmgr::sandbox
