#include "core/ports/outbox_store.h"

namespace mailmgr {

std::string_view to_string(OutboxState state) {
  switch (state) {
    case OutboxState::queued:
      return "queued";
    case OutboxState::scheduled:
      return "scheduled";
    case OutboxState::sending:
      return "sending";
    case OutboxState::sent:
      return "sent";
    case OutboxState::failed:
      return "failed";
    case OutboxState::unknown:
      return "unknown";
    case OutboxState::held:
      return "held";
    case OutboxState::cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string_view to_string(DeliveryState state) {
  switch (state) {
    case DeliveryState::unreported:
      return "";
    case DeliveryState::delayed:
      return "delayed";
    case DeliveryState::bounced:
      return "bounced";
  }
  return "";
}

}  // namespace mailmgr
