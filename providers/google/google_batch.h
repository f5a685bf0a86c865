// Gmail's batch requests ("Gmail API: Batching requests"): several calls as one multipart/mixed POST. Answers are read
// as they arrive, piece by piece, so that a batch of large messages needs little memory.
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
  using OnPart = std::function<bool(BatchPart)>;
  using OnBody = std::function<void(std::size_t index, std::string_view piece)>;

  // `on_part` takes each whole part; false ends the reading. `on_body`, where given, receives the bodies of 200 parts
  // piece by piece, instead of HttpResponse::body; others are collected, up to kMaxPart bytes.
  BatchReader(std::size_t requests, OnPart on_part, OnBody on_body = nullptr)
      : requests_(requests), on_part_(std::move(on_part)), on_body_(std::move(on_body)) {}

  static constexpr std::size_t kMaxPart = std::size_t{8} << 20;

  // Takes the next piece of the body; false when no more is wanted (`on_part` said no, not a batch, too large a part).
  bool feed(std::string_view piece);

  bool stopped() const { return stopped_; }

 private:
  bool find_delimiter();
  bool read_parts();
  void begin_part(std::string_view& part);
  bool end_part(std::string_view rest);
  void pass_on(std::string_view piece);

  std::size_t requests_;
  OnPart on_part_;
  OnBody on_body_;
  std::string buffer_;             // what was not passed on yet
  std::string delimiter_;          // "\n--boundary"; empty until the first line was seen
  std::size_t searched_ = 0;       // no delimiter starts before this
  bool begun_ = false;             // the current part's head was read
  std::optional<BatchPart> part_;  // nullopt: one that nobody asked for
  bool stopped_ = false;
  bool ended_ = false;
};

}  // namespace mailmgr::google
