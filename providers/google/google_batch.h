// Gmail's batch requests ("Gmail API: Batching requests"): several calls as one multipart/mixed POST. Answers are read
// as they arrive, one part at a time, so that a batch of large messages needs the memory of one message.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/http.h"

namespace mailmgr::google {

inline constexpr std::string_view kBatchPath = "/batch/gmail/v1";

struct BatchBody {
  std::string body;
  std::string content_type;
};

// GETs of `targets` (path and query from the host's root, encoded); part i carries the Content-ID <i>.
BatchBody write_batch(const std::vector<std::string>& targets);

// One answer within a batch. `http.body` is what the part held, up to the batch's next delimiter.
struct BatchPart {
  std::size_t index = 0;  // of the request in write_batch
  HttpResponse http;
};

class BatchReader {
 public:
  static constexpr std::size_t kMaxPart = std::size_t{8} << 20;  // bytes; larger parts are left to single requests

  // `on_part` takes each whole part; false ends the reading.
  BatchReader(std::size_t requests, std::function<bool(BatchPart)> on_part)
      : requests_(requests), on_part_(std::move(on_part)) {}

  // Takes the next piece of the body; false when no more is wanted (too large a part, `on_part` said no, not a batch).
  bool feed(std::string_view piece);

  // After the last piece: the part that was given up because of its size, if any.
  std::optional<std::size_t> oversized() const { return oversized_; }
  bool stopped() const { return stopped_; }

 private:
  bool find_delimiter();
  bool read_parts();
  bool give(std::string_view part);

  std::size_t requests_;
  std::function<bool(BatchPart)> on_part_;
  std::string buffer_;        // from the current part's first byte on
  std::string delimiter_;     // "\n--boundary"; empty until the first line was seen
  std::size_t searched_ = 0;  // no delimiter starts before this
  std::optional<std::size_t> oversized_;
  bool stopped_ = false;
  bool ended_ = false;
};

}  // namespace mailmgr::google
