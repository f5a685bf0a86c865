// Which proxy a request goes through, by the custom of HTTPS_PROXY and NO_PROXY.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/url.h"
#include "core/system/dialer.h"

namespace mailmgr {

struct ProxySettings {
  std::string https_proxy;  // "http://[user:password@]host:port" or "host:port"; empty: none
  std::string no_proxy;     // hosts and domains to reach directly, separated by commas; "*" means all

  // From https_proxy, HTTPS_PROXY, no_proxy and NO_PROXY; the lower-case names win.
  static ProxySettings from_environment();
};

// The proxy for `url`; none for http, for loopback and for what no_proxy names. Code::config when https_proxy cannot be
// understood or is not an http:// proxy.
Result<std::optional<Proxy>> proxy_for(const Url& url, const ProxySettings& settings);

}  // namespace mailmgr
