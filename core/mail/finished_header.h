// The header of a finished message, read strictly and kept as written. Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mail/message.h"

namespace mailmgr::mail {

// Code::usage about a finished message.
Error finished_error(std::string what, std::string hint = {});

struct FinishedField {
  std::string name;    // as written
  std::string lower;   // lower case
  std::string source;  // its lines, with CRLF
  std::string value;   // unfolded and trimmed, otherwise raw
};

// Takes the message as it comes, until the header has ended.
class FinishedHeaderReader {
 public:
  explicit FinishedHeaderReader(bool may_end_early) : may_end_early_(may_end_early) {}

  // The number of bytes taken; fewer than given only when the header has ended: done() then.
  Result<std::size_t> feed(std::string_view bytes);
  // The message has ended.
  Status finish();

  bool done() const { return done_; }
  // Bytes that were taken and belong to the body.
  const std::string& body_start() const { return body_start_; }
  std::vector<FinishedField>& fields() { return fields_; }

 private:
  Status line(std::string_view text);
  Status end();

  bool may_end_early_;
  bool done_ = false;
  std::size_t lines_ = 0;
  std::size_t size_ = 0;
  std::string carry_;  // a line whose end has not come yet
  std::string body_start_;
  std::vector<FinishedField> fields_;
};

// The field as it can be sent: as written, or with encoded words where it has 8-bit bytes.
Result<std::string> sendable_field(const FinishedField& field);

bool is_address_field(std::string_view lower_name);

}  // namespace mailmgr::mail
