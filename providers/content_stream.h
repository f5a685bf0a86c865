// Reads a JSON answer that carries mail as strings, as it arrives: each message's bytes are decoded straight into a
// Blob, which moves to a file when it grows, and only the small rest is kept as text. So an answer of any size is read
// in the memory of one piece.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/blob.h"
#include "core/base/result.h"

namespace mailmgr {

class ContentStream {
 public:
  // How the bytes are written: in base64 of either alphabet, or else as the text itself. MIME as text has a ':' in its
  // first field, which base64 never has.
  enum class Form { base64, base64_or_text };

  // Mail is in the members of this name (at most 7 characters) of the objects at this depth; 1 is the answer itself.
  ContentStream(std::string_view member, int depth, Form form = Form::base64)
      : member_(member), content_depth_(depth), form_(form) {}

  bool feed(std::string_view piece);  // false: not worth reading on, finish() says why

  struct Parts {
    std::string rest;  // the answer with the number of its content in place of each message: "raw":"0"
    // Code::refused where the bytes are not in the form expected.
    std::vector<Result<Blob>> contents;
  };
  // Code::no_answer when the answer was cut short; refused when it holds more than any answer does; store when the disk
  // is full.
  Result<Parts> finish() &&;

 private:
  enum class State { between, text, content };

  bool take(char c);
  bool begin_text();
  void end_text();
  std::size_t take_content(std::string_view piece);
  void take_escaped(char c);
  void take_code_unit(unsigned unit);
  void give_up_surrogate();
  void decode(bool last);
  void end_content();

  std::string_view member_;
  int content_depth_;
  Form form_;

  State state_ = State::between;
  Status status_;
  std::string rest_;
  std::string text_;    // the current string's first characters, to recognise the key
  std::string key_;     // the last string seen before a ':'
  std::string escape_;  // of the current escape sequence, with its backslash; empty outside
  int depth_ = 0;
  bool after_colon_ = false;
  bool complete_ = false;

  // Of the content that is being read.
  BlobWriter blob_;
  Status decoded_;
  std::string undecoded_;
  bool begun_ = false;      // some of it was decoded
  bool is_text_ = false;    // not base64
  unsigned surrogate_ = 0;  // the first half of a character above U+FFFF
  std::vector<Result<Blob>> contents_;
};

}  // namespace mailmgr
