// The second half of a sync: brings what is wanted. The network, MIME parsing and the store work at the same time: the
// mailbox calls back from its own threads, where each message is parsed and packed, and one thread writes.
#pragma once

#include <functional>
#include <span>

#include "core/flow/sync.h"

namespace mailmgr {

class Fetching {
 public:
  Fetching(const SyncRequest& request, const SyncScope& scope, const SyncWorld& world, SyncReport& report,
           std::function<void()> on_written)
      : request_(request), scope_(scope), world_(world), report_(report), on_written_(std::move(on_written)) {}

  // Fetches these, stored or not.
  Status fetch(std::span<const Wanted> wanted, Want want, const Stop& stop);
  // Fetches up to `limit` of the messages that are due, newest first; how many it took from the queue.
  Result<std::size_t> drain(std::size_t limit, const Stop& stop);

 private:
  struct Arrival;

  Arrival make_ready(const RemoteId& id, Result<Fetched> fetched) const;
  Status write(std::vector<Arrival> arrivals);
  Status postpone(const Arrival& arrival, const Wanted& wanted);

  const SyncRequest& request_;
  const SyncScope& scope_;
  const SyncWorld& world_;
  SyncReport& report_;
  std::function<void()> on_written_;
};

}  // namespace mailmgr
