// The opaque part of a nextLink or deltaLink. A token holds everything the next answer depends on, so the service keeps
// no state per walk, any token can be used twice, and a token from before an expiry is recognised.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/sandbox/graph/mailbox.h"

namespace mailmgr::sandbox::graph {

struct DeltaToken {
  bool of_folders = false;
  std::uint32_t folder = 0;
  bool enumerating = true;         // the first walk through what is there; later, only changes
  std::uint64_t since = 0;         // changes after this one
  std::uint64_t until = 0;         // the round looks no further than this
  std::uint64_t position = 0;      // entry or change last reported
  std::int64_t position_time = 0;  // when walking by date
  std::uint32_t page = 0;
  std::uint32_t given = 0;  // items so far, for the cap of filtered walks
  std::string select, expand, order, change_type;
  bool filtered = false;
  std::int64_t not_before = 0;  // of the filter
};

std::string encode_token(const Mailbox& box, const DeltaToken& token);
// Faults: 400 InvalidSyncStateData when it was not made here; 410 SyncStateNotFound when it is too old or unknown.
DeltaToken decode_token(const Mailbox& box, std::string_view text, bool of_folders, std::uint32_t folder);

}  // namespace mailmgr::sandbox::graph
