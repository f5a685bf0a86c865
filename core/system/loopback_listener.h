// The loopback redirect listener (RFC 8252 §7.3) on plain sockets. It is small on purpose: cpp-httplib's server buffers
// unbounded headers, takes any Host, and answers HEAD with GET handlers.
#pragma once

#include <memory>

#include "core/ports/callback_listener.h"

namespace mailmgr {

struct CallbackLimits {
  std::size_t connections = 8;  // at once; one more pushes out the one that has been silent longest
  std::size_t head = 8192;      // request line and headers, bytes
  milliseconds connection_time = std::chrono::seconds(5);
  milliseconds linger = std::chrono::seconds(1);  // after the code came, for its page to be read and for double clicks
};

class LoopbackListeners final : public CallbackListeners {
 public:
  explicit LoopbackListeners(CallbackLimits limits = {}) : limits_(limits) {}
  // For "localhost" 127.0.0.1 and ::1 are bound with one port; 127.0.0.1 alone where there is no IPv6. Code::config for
  // any other host and when a fixed port is taken on either.
  Result<std::unique_ptr<CallbackListener>> listen(const CallbackAddress& address) override;

 private:
  CallbackLimits limits_;
};

}  // namespace mailmgr
