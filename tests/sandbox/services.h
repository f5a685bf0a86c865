// Which mail services a sandbox has. The front owns them; tests of the front put in their own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sandbox/api.h"
#include "tests/sandbox/options.h"

namespace mailmgr::sandbox {

// Called by a service for each recipient of a message it accepted for sending.
using DeliverTo = std::function<void(const std::string& recipient, const std::string& raw)>;

struct ServiceMakers {
  std::function<std::unique_ptr<MailService>(FaultSource&, DeliverTo)> google;
  std::function<std::unique_ptr<MailService>(FaultSource&, DeliverTo)> microsoft;
  // Paths that need no token, because the URL is the secret: Graph's upload sessions.
  std::function<bool(std::string_view path)> is_upload;
};

// Gmail and Graph, with the limits that `quota` stands for, Gmail's units at another `rate` if one is given.
ServiceMakers real_services(QuotaMode quota, std::optional<QuotaRate> rate = std::nullopt);

}  // namespace mailmgr::sandbox
