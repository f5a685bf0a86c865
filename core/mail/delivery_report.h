// What a mail system tells of a message that it could not deliver, or not yet: a delivery status notification (RFC
// 3464) in a multipart/report (RFC 6522), which brings back the message or its header. Anybody can write one: believe
// no more of it than that somebody knows the message's ids.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailmgr {

// The private header by which mailmgr recognises mail of its own making; providers that replace the Message-ID keep it.
inline constexpr std::string_view kMarkerHeader = "X-Mailmgr-Id";

struct DeliveryReport {
  enum class Action { failed, delayed };
  struct Recipient {
    std::string email;  // as the sender wrote it, where that is told (RFC 3464 §2.3.1), else where it was sent to
    Action action = Action::failed;
    std::string status;      // "5.1.1" (RFC 3463); empty if it is none
    std::string diagnostic;  // what the other server said, on one line; may be empty
  };
  std::vector<Recipient> recipients;  // those it did not reach; at least one
  std::string message_id;             // of the message that came back, with <>; empty if not told
  std::string marker;                 // its kMarkerHeader; empty if not told
};

}  // namespace mailmgr
