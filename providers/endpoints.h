// Builds a provider's endpoints from its configuration: real hosts, or those that --base-url, --auth-url and --api-url
// put in their place. Also judges the links that a server sends.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/url.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

// The hosts that replace a provider's own, where configured. A path is a prefix of every real path.
struct ReplacedRoots {
  std::optional<Url> auth, api;

  // Code::usage, naming the option, for what is no URL, carries a query, or is plain http to a host that is not this
  // machine.
  static Result<ReplacedRoots> from(const ProviderConfig& config);
};

// `path` below `replaced`, or else below the real root, which is a valid URL by construction.
Url endpoint(const std::optional<Url>& replaced, std::string_view real_root, std::string_view path);

// Where a server's link leads, as path and query below `api` ("/v1.0/me/…?…"). Only a link that is https (or loopback)
// without userinfo, to exactly the host and port of `api` or `canonical`, to a path that begins with `root` ("/v1.0/")
// and has no dot segments is accepted; Code::refused for any other. Just path and query are ever used, on the
// configured host, so that no link decides where an access token goes.
Result<std::string> link_target(std::string_view link, const Url& api, const Url& canonical, std::string_view root);

}  // namespace mailmgr
