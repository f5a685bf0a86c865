// Bytes that go to an upload session in ranges, one after the other, read from where they lie piece by piece. After a
// failure only the server knows how far it got, so it is asked and the upload goes on from there. What both providers'
// sessions have in common; how a range is sent and an answer read is each one's own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/base/blob.h"
#include "core/ports/clock.h"
#include "core/ports/http.h"
#include "core/ports/random.h"
#include "core/ports/stop.h"

namespace mailmgr {

class UploadSession {
 public:
  struct Answer {
    bool complete = false;   // all of it has arrived
    std::uint64_t next = 0;  // else: the first byte that is missing
    HttpResponse http = {};  // of the last range
  };

  virtual ~UploadSession() = default;
  // One attempt each; the errors of core/net/retry.h that pass are made up for here.
  virtual Result<Answer> put(std::uint64_t first, std::string bytes) = 0;
  virtual Result<Answer> ask() = 0;
};

struct RangeUpload {
  const Blob& content;
  std::size_t piece;  // bytes of each range but the last
  Clock& clock;
  Random& random;
  std::function<void(std::uint64_t)> arrived;  // told of every byte count that the server has
};

// The answer that the session ended with. Gives up when nothing more arrives in several attempts in a row; the error
// is then the last one.
Result<HttpResponse> upload_in_ranges(UploadSession& session, const RangeUpload& upload, const Stop& stop);

}  // namespace mailmgr
