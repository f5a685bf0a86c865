#include "core/ports/change_feed.h"

namespace mailmgr {

std::string_view to_string(ChangeEvent event) {
  switch (event) {
    case ChangeEvent::arrived:
      return "new";
    case ChangeEvent::changed:
      return "changed";
    case ChangeEvent::deleted:
      return "deleted";
    case ChangeEvent::sent:
      return "sent";
    case ChangeEvent::bounced:
      return "bounced";
  }
  return "changed";
}

}  // namespace mailmgr
