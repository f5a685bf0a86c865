#include "providers/range_upload.h"

#include <algorithm>
#include <optional>

#include "core/net/retry.h"

namespace mailmgr {
namespace {

constexpr int kTriesInARow = 8;  // without a byte more than before

Error nothing_arrives() {
  return {Code::try_later, "the server takes no more of it", "run the command again"};
}

}  // namespace

Result<HttpResponse> upload_in_ranges(UploadSession& session, const RangeUpload& upload, const Stop& stop) {
  std::optional<Retry> retry;
  const auto start_counting = [&] {
    retry.emplace(RetryPolicy{.is_idempotent = true, .tries = kTriesInARow}, upload.clock, upload.random);
  };
  start_counting();
  std::uint64_t position = 0;
  std::uint64_t furthest = 0;  // that the server had
  std::uint64_t sent = 0;      // of what it can have at most
  while (true) {
    auto bytes = upload.content.piece(position, upload.piece);
    if (!bytes) return bytes.error();
    sent = std::max<std::uint64_t>(sent, position + bytes->size());
    auto answer = session.put(position, *std::move(bytes));
    while (!answer) {
      if (const auto again = retry->next(answer.error(), stop); !again) return again.error();
      answer = session.ask();
    }
    if (answer->complete) {
      upload.arrived(upload.content.size());
      return std::move(answer->http);
    }
    const bool believable = answer->next <= sent && answer->next < upload.content.size();
    if (believable && answer->next > furthest) {
      furthest = answer->next;
      start_counting();
    } else if (!believable || answer->next <= position) {
      if (const auto again = retry->next(nothing_arrives(), stop); !again) return again.error();
    }
    if (believable) position = answer->next;  // also an earlier one: a server may have lost some
    upload.arrived(position);
  }
}

}  // namespace mailmgr
