// Microsoft Graph's JSON batching: up to 20 requests as one POST to /$batch, of which the server runs four at a time
// for one mailbox. Each part has a status of its own; some may be throttled while others are answered.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/http.h"
#include "providers/api_client.h"
#include "providers/json_text.h"

namespace mailmgr::microsoft {

constexpr std::size_t kMaxBatch = 20;
constexpr std::string_view kRoot = "/v1.0";

// "/me", or "/users/ADDRESS" encoded.
std::string user_root(std::string_view user);

// The headers of every request: ids that survive moves.
HttpHeaders immutable_ids();

struct BatchCall {
  std::string url;               // path and query below /v1.0, encoded
  std::string_view prefer = {};  // beside the immutable ids, e.g. "odata.maxpagesize=500"
  std::string_view method = "GET";
  std::string body = {};      // a JSON object, or nothing
  std::string if_match = {};  // an etag; 412 when the resource has another by now
};
using BatchGet = BatchCall;

struct BatchPart {
  int status = 0;                        // 0: the answer has no such part
  const nlohmann::json* body = nullptr;  // null where there is none
  const nlohmann::json* headers = nullptr;
};

class BatchAnswer {
 public:
  // Takes the answer to a batch of `requests` whose ids were "0", "1", ….
  static Result<BatchAnswer> parse(std::string body, std::size_t requests);

  const BatchPart& part(std::size_t index) const { return parts_[index]; }
  const JsonText& text() const { return *text_; }
  // Whether the part says that it is something else than a message's MIME, which is text/plain: what stands between us
  // and the server (a proxy, a portal) may answer in its place.
  bool is_no_mime(std::size_t index) const;
  // The part as if it had been an answer of its own; for ErrorReaders.
  HttpResponse response(std::size_t index) const;

 private:
  std::unique_ptr<const std::string> body_;
  std::optional<JsonText> text_;
  std::vector<BatchPart> parts_;
};

// The same for the answer to a request of its own.
bool is_no_mime(const HttpResponse& answer);

ApiRequest batch_request(std::string what, const std::vector<BatchGet>& gets);

// Runs any number of calls that may be repeated and gives each one's final answer to `take` (index, answer, index
// within the answer), in no promised order. Parts that were throttled or failed in passing are asked for again, with
// patience. `seen_through` as ApiRequest has it.
Status batch_all(ApiClient& client, const std::string& what, const std::vector<BatchCall>& calls, const Stop& stop,
                 const std::function<void(std::size_t, const BatchAnswer&, std::size_t)>& take,
                 bool seen_through = false);

}  // namespace mailmgr::microsoft
