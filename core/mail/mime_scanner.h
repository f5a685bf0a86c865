// Walks the MIME tree of a message in one pass over bytes that come in pieces, without building it. Private to this
// room. GMime's own parser makes an object per part before anyone can stop it (100,000 parts: 194 MiB); here the limits
// hold while scanning, memory does not grow with the message, and GMime decodes the pieces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/mail/message.h"
#include "core/mail/part_head.h"

namespace mailmgr::mail {

class PartVisitor {
 public:
  virtual ~PartVisitor() = default;
  // Once, before any part: the message's own header fields.
  virtual void message_fields(const std::vector<HeaderField>& fields) = 0;
  // Each leaf: begin, its encoded body in pieces, end. message/rfc822 is a leaf.
  virtual void begin_part(PartHead head) = 0;
  virtual void body(std::string_view encoded) = 0;
  virtual void end_part() = 0;
  // What is wrong with the bytes, for people; may repeat.
  virtual void damage(std::string_view what) = 0;
};

class MimeScanner {
 public:
  MimeScanner(PartVisitor& visitor, const ParseLimits& limits);

  // False when nothing more can come of it (too many parts); feeding may then stop.
  bool feed(std::string_view bytes);
  void finish();

 private:
  enum class State { headers, leaf, skip };
  struct Level {
    std::string delimiter;  // "--boundary"
    std::string prefix;     // of its children's numbers: "2."
    std::string type;
    int children = 0;
    int alternative = 0;
  };

  void consume(std::string_view bytes);  // whole lines, or the start of one longer than kLongestLine
  void header_line(std::string_view line);
  void end_headers();
  void start_part();
  void emit(std::string_view bytes);
  void close_part();
  bool at_boundary(std::string_view line);  // true if the line was one; the state has then moved on
  PartHead place(PartHead head) const;

  PartVisitor& visitor_;
  const ParseLimits& limits_;
  State state_ = State::headers;
  std::vector<Level> levels_;
  std::string head_;             // the header block being collected
  std::string suspect_;          // a line in it that is no field; see header_line
  std::string carry_;            // the start of a line whose end has not come yet
  std::string_view line_break_;  // held back: it belongs to a boundary that may follow (RFC 2046 §5.1.1)
  bool inside_line_ = false;     // the bytes so far do not end with a line break
  bool root_ = true;             // the header block is the message's
  bool has_fields_ = false;
  bool stopped_ = false;
  std::size_t parts_ = 0;
  int alternatives_ = 0;
};

}  // namespace mailmgr::mail
