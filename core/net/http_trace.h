// Tells of every HTTP request, for -vv. What is told is chosen by what a record can hold: no header, query or body has
// a place in it, so no secret can get there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/ports/clock.h"
#include "core/ports/http.h"

namespace mailmgr {

struct HttpRecord {
  std::string method;
  std::string address;         // origin and path
  int status = 0;              // 0: no answer
  Code error{};                // why there was none
  std::uint64_t sent = 0;      // bytes of the request's body
  std::uint64_t received = 0;  // bytes of the answer's body
  milliseconds took{};
  std::string request_id;  // the provider's, where it gave one that is a GUID; for its support
};

// "GET https://graph.microsoft.com/v1.0/me 200, 0 B out, 512 B in, 83 ms, request-id …".
std::string to_string(const HttpRecord& record);

class TracedHttp final : public HttpClient {
 public:
  // `sink` is called from whatever thread sends, also at the same time.
  using Sink = std::function<void(const HttpRecord&)>;
  TracedHttp(std::unique_ptr<HttpClient> inner, Clock& clock, Sink sink)
      : inner_(std::move(inner)), clock_(clock), sink_(std::move(sink)) {}

  Result<HttpResponse> send(const HttpRequest& request, const Stop& stop) override;

 private:
  Result<HttpResponse> counted(const HttpRequest& request, std::uint64_t& streamed, const Stop& stop);

  std::unique_ptr<HttpClient> inner_;
  Clock& clock_;
  Sink sink_;
};

}  // namespace mailmgr
