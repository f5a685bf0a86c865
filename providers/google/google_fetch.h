// Fetches Gmail messages: batches of users.messages.get, two at a time; one message is asked for without a batch.
// Either way its bytes are decoded as they arrive.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/ports/provider.h"
#include "providers/api_client.h"
#include "providers/fetch_queue.h"
#include "providers/google/google_batch.h"

namespace mailmgr::google {

// "/gmail/v1/users/USER", encoded.
std::string user_path(std::string_view user);

class GoogleFetch {
 public:
  explicit GoogleFetch(ApiClient& client) : client_(client) {}

  // See Mailbox::fetch.
  Status run(std::span<const RemoteId> ids, Want want, const FetchSink& sink, const Stop& stop);

 private:
  struct Round;

  void batch(FetchQueue& queue, FetchQueue::Batch batch, Want want, const Stop& stop);
  void take_part(Round& round, BatchPart part);
  void settle(Round& round, const Result<ApiAnswer>& answer);
  void take_message(FetchQueue& queue, const FetchQueue::Job& job, Result<Fetched> message);
  void alone(FetchQueue& queue, FetchQueue::Batch one, Want want, const Stop& stop);

  // Google advises at most 50 calls in a batch.
  BatchSize size_{50};
  ApiClient& client_;
};

}  // namespace mailmgr::google
