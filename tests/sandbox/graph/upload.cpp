// The upload URL of a large attachment ("Attach large files to Outlook messages"): pre-authenticated, sequential
// ranges.
#include <charconv>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/drafts.h"
#include "tests/sandbox/graph/json_text.h"
#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox::graph {
namespace {

struct Range {
  std::uint64_t first = 0, last = 0, total = 0;
};

// "bytes 0-2097151/3483322"
Range range_of(const Request& request) {
  const auto text = request.header("Content-Range");
  Range range;
  const char* at = text.data();
  const char* end = at + text.size();
  const auto number = [&](std::uint64_t& into, char before) {
    if (before != 0 && (at == end || *at++ != before)) {
      return false;
    }
    const auto result = std::from_chars(at, end, into);
    at = result.ptr;
    return result.ec == std::errc();
  };
  const bool prefix = text.starts_with("bytes ");
  at += prefix ? 6 : 0;
  if (!prefix || !number(range.first, 0) || !number(range.last, '-') || !number(range.total, '/') || at != end ||
      range.last < range.first) {
    fail(400, "InvalidContentRangeHeader", "The Content-Range header must have the form 'bytes FIRST-LAST/TOTAL'.");
  }
  return range;
}

Response session_state(const Upload& upload, int status) {
  JsonText out;
  out.open('{');
  // The service at the upload URL writes its property names in another case than createUploadSession does.
  out.field("ExpirationDateTime", graph_time(to_unix_seconds(upload.expires)));
  out.key("NextExpectedRanges");
  out.open('[');
  out.text(std::to_string(upload.bytes.size()));
  out.close(']');
  out.close('}');
  return json_response(status, std::move(out).take());
}

Response finish(World& world, Upload& upload, const Request& request, Time now) {
  Account* account = world.find(upload.owner);
  Message* draft = account == nullptr ? nullptr : account->box.find(upload.message);
  if (draft == nullptr || !draft->draft) {
    item_not_found();
  }
  const auto number = add_attachment(
      account->box, *draft,
      {upload.name, upload.content_type, upload.content_id, upload.is_inline, std::move(upload.bytes)}, now);
  const auto id = encode_id(account->box.number(), {IdKind::attachment, draft->key, draft->incarnation, number});
  auto response = empty_response(201);
  response.headers.emplace_back("Location", origin_of(request) + "/v1.0/users('" + account->box.user_id() +
                                                "')/messages('" + account->box.id_of(*draft, false) +
                                                "')/attachments('" + id + "')");
  return response;
}

Response put(World& world, const std::string& secret, Upload& upload, const Request& request, Time now) {
  if (request.body.size() > world.limits.max_request_bytes) {
    fail(413, "RequestEntityTooLarge", "The maximum request length supported is 4MB.");
  }
  const auto range = range_of(request);
  if (range.total != upload.size || range.last >= range.total || range.last - range.first + 1 != request.body.size()) {
    fail(400, "InvalidContentRangeHeader", "The Content-Range header does not fit the session or the body.");
  }
  if (range.first != upload.bytes.size()) {
    fail(416, "ErrorInvalidRange",
         "The range does not start at the next expected byte, " + std::to_string(upload.bytes.size()) + ".");
  }
  upload.bytes += request.body;
  if (upload.bytes.size() < upload.size) {
    return session_state(upload, 200);
  }
  auto response = finish(world, upload, request, now);
  world.uploads.erase(secret);
  return response;
}

Response answer(World& world, const Request& request, Time now) {
  if (!request.header("Authorization").empty()) {
    fail(401, "InvalidAudienceForResource", "The upload URL is pre-authenticated; send no Authorization header.");
  }
  constexpr std::string_view kKey = "authtoken=";
  const auto at = request.query.find(kKey);
  const std::string secret = at == std::string::npos ? std::string() : request.query.substr(at + kKey.size());
  const auto found = world.uploads.find(secret);
  if (found == world.uploads.end() || found->second.expires <= now) {
    fail(404, "ErrorItemNotFound", "The upload session does not exist or has expired.");
  }
  if (request.method == "PUT") {
    return put(world, secret, found->second, request, now);
  }
  if (request.method == "GET") {
    return session_state(found->second, 200);
  }
  if (request.method == "DELETE") {
    world.uploads.erase(found);
    return empty_response(204);
  }
  method_not_allowed("The HTTP method '" + request.method + "' is not supported on upload URLs.");
}

}  // namespace

Response handle_upload(World& world, const Request& request, Time now) {
  try {
    return answer(world, request, now);
  } catch (const Fault& fault) {
    return error_response(fault, guid(++world.counter), request.header("client-request-id"), now);
  }
}

}  // namespace mailmgr::sandbox::graph
