// The loopback redirect listener of RFC 8252 §7.3. It is bound before the authorization URL is built, and it judges
// requests only by their form: whether `state` is ours is asked of the caller, so that a stray or hostile request is
// answered and never ends the wait.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/url.h"
#include "core/ports/stop.h"

namespace mailmgr {

// The caller's verdict on the parameters of a well-formed request to the redirect path.
enum class CallbackVerdict { accept, reject };

class CallbackListener {
 public:
  virtual ~CallbackListener() = default;
  virtual std::uint16_t port() const = 0;
  // Waits until `judge` accepts a request's query parameters, and returns them. The browser gets a static page that
  // says the code arrived (or that the request was not expected, and the wait goes on). Errors: interrupted (`stop`;
  // its deadline included).
  virtual Result<QueryParams> wait(const std::function<CallbackVerdict(const QueryParams&)>& judge,
                                   const Stop& stop) = 0;
  // Requests that were turned away so far, for a remark afterwards.
  virtual int rejected() const = 0;
};

struct CallbackAddress {
  std::string host;  // "127.0.0.1" or "localhost" (then both loopback families are bound with one port)
  std::optional<std::uint16_t> port;  // fixed by the person or a registered redirect URI; else any free one
  std::string path;                   // exact, e.g. "/cb/google" or "/"
};

class CallbackListeners {
 public:
  virtual ~CallbackListeners() = default;
  // Binds to loopback only, without SO_REUSEADDR or SO_REUSEPORT. Code::config when a fixed port is taken.
  virtual Result<std::unique_ptr<CallbackListener>> listen(const CallbackAddress& address) = 0;
};

}  // namespace mailmgr
