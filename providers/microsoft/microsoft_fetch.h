// Fetches messages from Graph: batches of `$value` (MIME) and metadata GETs. One batch is on its way at a time, since
// the server runs four of its parts at once and that is all it allows a mailbox; while it is, the batch before is
// decoded. One message is asked for without a batch.
#pragma once

#include <mutex>
#include <span>

#include "core/ports/provider.h"
#include "providers/api_client.h"
#include "providers/fetch_queue.h"
#include "providers/microsoft/microsoft_batch.h"

namespace mailmgr::microsoft {

class MicrosoftFetch {
 public:
  explicit MicrosoftFetch(ApiClient& client) : client_(client) {}

  // See Mailbox::fetch.
  Status run(std::span<const RemoteId> ids, Want want, const FetchSink& sink, const Stop& stop);

 private:
  struct Round;

  void batch(FetchQueue& queue, FetchQueue::Batch batch, Want want, const Stop& stop);
  void take(Round& round, std::size_t job);
  void failed(Round& round, const FetchQueue::Job& job, Error error);
  static Result<Blob> content_of(Round& round, std::size_t part);
  static bool is_whole(const HttpResponse& answer, std::uint64_t received);
  void alone(FetchQueue& queue, FetchQueue::Batch one, Want want, const Stop& stop);
  std::string message(const RemoteId& id) const;

  BatchSize size_{kMaxBatch};
  ApiClient& client_;
  std::mutex on_its_way_;
};

}  // namespace mailmgr::microsoft
