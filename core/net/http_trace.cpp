#include "core/net/http_trace.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailmgr {
namespace {

// Anything but a GUID could be what a server was sent and sends back.
bool is_guid(std::string_view text) {
  return text.size() == 36 && text.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
}

// Graph's and Entra's; Google gives none.
std::string request_id(const HttpResponse& answer) {
  for (const auto name : {"request-id", "x-ms-request-id"}) {
    const auto value = answer.header(name);
    if (value && is_guid(*value)) return std::string(*value);
  }
  return {};
}

}  // namespace

std::string to_string(const HttpRecord& record) {
  const std::string ending =
      record.status != 0 ? std::to_string(record.status) : fmt::format("failed ({})", exit_class(record.error).name);
  return fmt::format("{} {} {}, {} B out, {} B in, {} ms{}{}", record.method, record.address, ending, record.sent,
                     record.received, record.took.count(), record.request_id.empty() ? "" : ", request-id ",
                     record.request_id);
}

// Sends it, counting what is streamed past the response.
Result<HttpResponse> TracedHttp::counted(const HttpRequest& request, std::uint64_t& streamed, const Stop& stop) {
  if (!request.on_body) return inner_->send(request, stop);
  HttpRequest copy = request;
  copy.on_body = [&](std::string_view piece) {
    streamed += piece.size();
    return request.on_body(piece);
  };
  return inner_->send(copy, stop);
}

Result<HttpResponse> TracedHttp::send(const HttpRequest& request, const Stop& stop) {
  HttpRecord record{request.method, request.url.origin() + request.url.path, 0, {}, request.body.size(), 0, {}, {}};
  const Monotonic began = clock_.monotonic();
  auto answer = counted(request, record.received, stop);
  record.took = std::chrono::duration_cast<milliseconds>(clock_.monotonic() - began);
  if (answer) {
    record.status = answer->status;
    record.received += answer->body.size();
    record.request_id = request_id(*answer);
  } else {
    record.error = answer.error().code;
  }
  sink_(record);
  return answer;
}

}  // namespace mailmgr
