// Messages of which Graph has no MIME: for odd items $value answers 404, 500 or nothing. What else Graph tells of them,
// header fields, body and attachments, is made into a message again, and marked as such. A 5xx may as well be trouble
// that passes, so it counts as having no MIME with Want::anything alone.
#pragma once

#include <functional>
#include <span>

#include "core/ports/provider.h"
#include "providers/api_client.h"

namespace mailmgr::microsoft {

class MicrosoftRebuild {
 public:
  explicit MicrosoftRebuild(ApiClient& client) : client_(client) {}

  using Fetch = std::function<Status(const FetchSink& sink)>;
  // Runs `fetch`, and asks once more, differently, for messages that seem to be gone or to have no MIME: afterwards and
  // one by one, so that no more requests are on their way than the mailbox allows.
  Status run(const Fetch& fetch, Want want, const FetchSink& sink, const Stop& stop);

 private:
  Result<Fetched> message(const RemoteId& id, Want want, const Stop& stop);
  Result<Blob> value(const std::string& path, const Stop& stop);

  ApiClient& client_;
};

}  // namespace mailmgr::microsoft
