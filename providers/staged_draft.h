// What a StagedId holds, the same at both providers: "ID@SECONDS", the draft and when it was made. A finished message
// may bring a Message-ID that is in the mailbox already, so only what is no older than the draft tells what became of
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/time.h"

namespace mailmgr {

struct StagedDraft {
  std::string id;
  std::optional<std::int64_t> since;  // Unix seconds; nullopt: it was not noted

  static StagedDraft parse(const StagedId& staged);
};

StagedId staged_id(std::string_view draft, Time since);

}  // namespace mailmgr
