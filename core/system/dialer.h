// Opens TCP connections, directly or through an HTTP proxy's CONNECT (RFC 9110 §9.3.6). Sockets are non-blocking, with
// TCP_NODELAY (a request otherwise waits out a delayed ACK) and close-on-exec. Errors are unreachable or interrupted.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/descriptor.h"
#include "core/base/result.h"
#include "core/system/waiter.h"

namespace mailmgr {

struct Endpoint {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 0;
};

std::string to_string(const Endpoint& endpoint);  // "host:443", "[::1]:443"

struct Proxy {
  Endpoint endpoint;
  std::string authorization;  // the value of Proxy-Authorization; empty: none
};

// Tries the addresses of `endpoint` in the resolver's order, ten seconds in all.
Result<Descriptor> connect_tcp(const Endpoint& endpoint, Waiter& waiter);

// Asks the proxy at the other end of `fd` for a tunnel to `target`.
Status open_tunnel(int fd, const Endpoint& target, const Proxy& proxy, Waiter& waiter);

}  // namespace mailmgr
