// Reads a delivery report out of the parts of a message while these are scanned. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/mail/delivery_report.h"
#include "core/mail/part_head.h"

namespace mailmgr::mail {

class ReportReader {
 public:
  // A leaf begins; its decoded bytes follow.
  void begin_part(const PartHead& head);
  void add(std::string_view bytes);
  // Nothing where there was no report, or it tells of no recipient that was not reached.
  std::optional<DeliveryReport> finish() const;

 private:
  std::string status_;    // the part that tells what happened, capped
  std::string returned_;  // the header of what came back, capped
  std::string* into_ = nullptr;
};

}  // namespace mailmgr::mail
