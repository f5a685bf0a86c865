// Mail made up from a seed: the same bytes for the same options, made only when they are asked for, so that 100,000
// messages start in well under a second. About 20 KB on average, in threads of 1 to 12, over five years, with the
// charsets and encodings found in real mailboxes, HTML, attachments, and one message in 2,000 of 1 to 8 MB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "tests/sandbox/api.h"

namespace mailmgr::sandbox {

struct SyntheticOptions {
  std::size_t count = 0;
  std::uint64_t seed = 1;
  std::string email;           // whose mailbox: the recipient, and the author of sent mail
  std::optional<Time> newest;  // of the last message; a fixed date if absent
};

// Oldest first.
std::vector<SourceMessage> synthetic_mail(const SyntheticOptions& options);

}  // namespace mailmgr::sandbox
