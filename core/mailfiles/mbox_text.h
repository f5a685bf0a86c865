// mbox as the "mboxrd" kind has it (https://www.loc.gov/preservation/digital/formats/fdd/fdd000385.shtml; RFC 4155 for
// the separator): every line that begins with any number of '>' and "From " gets one '>' more, which reading takes away
// again. What stands between is the message's bytes as they are, with CRLF where it has them; the separator's own line
// ends with LF, and one LF follows each message. A message whose last line has no end gets one, and is marked by its
// separator's sender, so that reading gives the very same bytes for any message.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/blob.h"
#include "core/base/time.h"

namespace mailmgr {

using ByteSink = std::function<bool(std::string_view)>;  // false: it takes no more

// The message with its separator. `sender` stands in the separator where that can hold it.
Status write_mbox_message(const Blob& content, std::string_view sender, Time received, const ByteSink& sink);

// One line of a file, without its end: whether a message begins after it. Many files are not quoted, so that a line
// only counts that has a time of day in it.
bool is_mbox_separator(std::string_view line);
// When it says the message was received.
std::optional<Time> mbox_received(std::string_view separator);

// Takes a file piece by piece, and gives each message's bytes.
class MboxReader {
 public:
  // False: no more.
  using Sink = std::function<bool(Blob content, std::string_view separator)>;

  explicit MboxReader(Sink sink) : sink_(std::move(sink)) {}

  // False once the sink wants no more. Code::store.
  Result<bool> feed(std::string_view bytes);
  Result<bool> finish();  // the file has ended
  bool found_any() const { return begun_; }

 private:
  Status take(std::string_view bytes);
  Result<bool> line_start();  // once enough of a line is there to tell what it is
  Result<bool> end_message();

  Sink sink_;
  BlobWriter message_;
  std::string tail_;      // of the message, held back: it may belong to the separator
  std::string line_;      // the beginning of a line
  bool in_line_ = false;  // its beginning is dealt with
  bool after_empty_ = true;
  bool line_is_empty_ = true;
  bool begun_ = false;
  std::string separator_;
};

}  // namespace mailmgr
