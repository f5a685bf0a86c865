// Proves that the local store equals the mailbox: compares the ids and marks of everything in scope with what the
// provider lists, and the store with itself. What is still queued to be fetched is backlog, not a difference.
//
// The mailbox goes on changing meanwhile. So changes are followed before and after listing, and what then seems to
// differ is looked up message by message; only what differs again is told.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/flow/sync.h"
#include "core/ports/inventory.h"
#include "core/ports/message_reader.h"

namespace mailmgr {

struct VerifyRequest {
  SyncRequest sync;
  bool deep = false;          // also the content: the stored bytes with their hash, and with the provider's
  bool stable_bytes = false;  // ProviderSpec::stable_bytes; without it the provider's bytes are not compared
  bool repair = false;        // make the store equal again
  bool store = true;          // also the integrity of the store, which all accounts share
};

enum class Divergence {
  missing,  // in the mailbox, not in the store
  surplus,  // in the store, no longer in the mailbox
  marks,    // read or star state, folders or labels
  content,  // the bytes
  store,    // something within the store itself
};
std::string_view to_string(Divergence divergence);

struct Difference {
  Divergence kind = Divergence::missing;
  RemoteId remote_id;                // empty for Divergence::store
  MessageId message = MessageId(0);  // 0: not in the store
  std::string detail;                // for people
};
using DifferenceSink = std::function<void(const Difference&)>;

struct VerifyReport {
  AccountId account;
  RunId run;
  Time started{};
  milliseconds took{};
  std::uint64_t compared = 0;     // messages in scope at the provider
  std::uint64_t contents = 0;     // of which the bytes were compared
  std::uint64_t differences = 0;  // told to the sink
  std::uint64_t repaired = 0;
  std::uint64_t remaining = 0;  // backlog: still to fetch
  Usage usage;
  bool complete = false;       // the store equals what is in scope, backlog included
  std::optional<Error> error;  // why it ended early: nothing is proven then

  // The error; Code::partial where something differs and was not repaired; or nothing.
  Status outcome() const;
};

struct VerifyWorld {
  SyncWorld sync;
  Inventory& inventory;
  MessageReader& reader;
};

// Takes the lease of a sync (Code::busy). With `progress`, `fetched` counts what was listed or read so far.
VerifyReport verify_account(const VerifyRequest& request, const VerifyWorld& world, const DifferenceSink& sink,
                            const SyncProgress& progress, const Stop& stop);

}  // namespace mailmgr
