// Tells systemd how a long-running command is doing (sd_notify(3): a datagram to the socket that NOTIFY_SOCKET names).
// Without a service manager every call does nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/descriptor.h"
#include "core/base/time.h"
#include "core/system/paths.h"

namespace mailmgr {

class ServiceManager {
 public:
  explicit ServiceManager(const EnvironmentLookup& environment = system_environment());

  void ready() { send("READY=1"); }
  void stopping() { send("STOPPING=1"); }
  void status(std::string_view text);  // one line for `systemctl status`
  // Half the time within which the manager wants to hear alive() (WATCHDOG_USEC); nullopt: never.
  std::optional<milliseconds> watchdog_interval() const { return watchdog_; }
  void alive() { send("WATCHDOG=1"); }

 private:
  void send(std::string_view message);

  Descriptor socket_;
  std::optional<milliseconds> watchdog_;
};

}  // namespace mailmgr
