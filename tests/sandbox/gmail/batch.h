// Batch requests ("Batching requests"): multipart/mixed in and out, one HTTP request or response per part.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox::gmail {

struct BatchPart {
  std::string content_id;  // without <>, may be empty
  Request request;         // with the outer request's headers where the part has none of that name
  std::string refusal;     // why the part is no request that can be answered; empty if it is
};

// Throws ApiError if the batch as a whole cannot be read or has too many parts.
std::vector<BatchPart> read_batch(const Request& outer);

// The response to a batch, written part by part.
class BatchWriter {
 public:
  BatchWriter();
  void add(const BatchPart& part, const Response& response);
  Response finish() &&;

 private:
  std::string boundary_;
  Response response_;
};

}  // namespace mailmgr::sandbox::gmail
