// HttpClient over cpp-httplib, with connections kept for reuse per origin, so that several threads can be in flight.
// Plain http is refused except to this machine; https goes through a proxy where the environment names one.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/ports/http.h"
#include "core/system/proxy.h"

namespace mailmgr {

struct HttpSettings {
  std::map<std::string, std::string>
      ca_files;         // Url::origin() → PEM file that is trusted there instead of the system's
  std::string ca_file;  // the same for origins not listed; empty: the system's
  ProxySettings proxy;
};

class HttplibClient final : public HttpClient {
 public:
  explicit HttplibClient(HttpSettings settings = {});
  ~HttplibClient() override;

  // As HttpClient::send. A request with an idempotent method is sent once more when the kept connection it was sent on
  // turns out to have been closed before any answer. When `on_body` ends a transfer, what came so far is the response.
  Result<HttpResponse> send(const HttpRequest& request, const Stop& stop) override;

 private:
  class Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace mailmgr
