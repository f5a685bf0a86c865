// A message on standard input, for sendmail(8).
#pragma once

#include <string>
#include <string_view>

#include "core/base/blob.h"
#include "core/ports/clock.h"
#include "core/ports/stop.h"

namespace mailmgr {

// Takes a message as it comes, wherever it is cut, up to a line with a dot alone where that ends it.
class MessageCollector {
 public:
  explicit MessageCollector(bool dot_ends) : dot_ends_(dot_ends) {}

  Status add(std::string_view bytes);  // too_large beyond what any provider takes
  bool ended() const { return ended_; }
  Result<Blob> finish() &&;

 private:
  bool dot_ends_;
  bool ended_ = false;
  bool at_line_start_ = true;
  std::string held_;  // the start of a line that may become a dot alone
  std::size_t size_ = 0;
  BlobWriter writer_;
};

// Code::interrupted when stopped; else as the collector, and store where it cannot be read.
Result<Blob> read_message(int fd, bool dot_ends, Clock& clock, const Stop& stop);

}  // namespace mailmgr
