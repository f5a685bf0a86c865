// HTTP as core sees it: one request, one answer or an Error. Implementations verify TLS (chain and host name, TLS
// ≥ 1.2), never follow redirects (a 3xx is an ordinary response), refuse header values with control characters, enforce
// the caps given with each request, and stop when asked. They are safe to use from several threads.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/base/url.h"
#include "core/ports/stop.h"

namespace mailmgr {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  Url url;
  HttpHeaders headers;  // Host and Content-Length are set by the implementation
  std::string body;     // sent when not empty or when the method is POST, PUT or PATCH
  std::string content_type;

  std::size_t max_body = std::size_t{64} << 20;     // of the answer, bytes; beyond it Code::too_large
  milliseconds deadline = std::chrono::minutes(2);  // for the whole exchange, connecting included
  // Receives the body of a 2xx answer piece by piece instead of HttpResponse::body; false ends the transfer.
  std::function<bool(std::string_view)> on_body;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;

  // The first header of that name (case-insensitive); nullopt if absent.
  std::optional<std::string_view> header(std::string_view name) const;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Any status is a value. Errors: unreachable (nothing was sent: DNS, connect, TLS handshake), no_answer (sent, but
  // the answer did not come or was cut off: the outcome is unknown), too_large, config (unusable CA file, bad header),
  // interrupted (`stop`).
  virtual Result<HttpResponse> send(const HttpRequest& request, const Stop& stop) = 0;
};

}  // namespace mailmgr
