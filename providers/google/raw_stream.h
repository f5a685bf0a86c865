// Reads one users.messages.get answer with `format=raw` of any size as it arrives: the message's bytes are decoded
// straight into a Blob, which moves to a file when it grows, and only the small rest is kept as JSON.
#pragma once

#include <string>
#include <string_view>

#include "core/base/blob.h"
#include "core/base/result.h"

namespace mailmgr::google {

class RawStream {
 public:
  bool feed(std::string_view piece);  // false: not worth reading on, finish() says why

  struct Parts {
    std::string rest;  // the answer with "raw":"" in place of the bytes
    Blob raw;
  };
  // Code::no_answer when the answer was cut short; refused when it is not base64url; store when the disk is full.
  Result<Parts> finish() &&;

 private:
  enum class State { between, text, raw };

  bool take(char c);
  void begin_text();
  void end_text();
  std::size_t take_raw(std::string_view piece);
  void take_escaped(char c);
  void decode(bool last);

  State state_ = State::between;
  BlobWriter blob_;
  Status status_;
  std::string rest_;
  std::string text_;    // the current string's first characters, to recognise the key
  std::string key_;     // the last string seen before a ':'
  std::string escape_;  // of the current escape sequence, with its backslash; empty outside
  std::string undecoded_;
  int depth_ = 0;
  bool after_colon_ = false;
  bool complete_ = false;
};

}  // namespace mailmgr::google
