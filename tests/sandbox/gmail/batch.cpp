#include "tests/sandbox/gmail/batch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/mime/headers.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr std::size_t kMaxParts = 100;

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 409:
      return "Conflict";
    case 413:
      return "Payload Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

// The first line of an inner request: "GET /gmail/v1/…?query", with or without " HTTP/1.1".
bool read_request_line(std::string_view line, BatchPart& part) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos || space == 0) {
    return false;
  }
  part.request.method = line.substr(0, space);
  auto target = line.substr(space + 1);
  target = target.substr(0, target.find(' '));
  const auto question = target.find('?');
  part.request.path = target.substr(0, question);
  part.request.query = question == std::string_view::npos ? "" : target.substr(question + 1);
  return true;
}

BatchPart read_part(std::string_view piece, const Request& outer) {
  BatchPart part;
  const auto headers = mime::scan_headers(piece);
  auto id = mime::find_header(headers, "Content-ID");
  if (id.starts_with('<') && id.ends_with('>')) {
    id = id.substr(1, id.size() - 2);
  }
  part.content_id = id;
  if (!to_lower_ascii(mime::find_header(headers, "Content-Type")).starts_with("application/http")) {
    part.refusal = "Parts of a batch must be of type application/http.";
    return part;
  }
  auto inner = piece.substr(mime::body_offset(piece));
  const auto line_end = std::min(inner.find('\n'), inner.size());
  auto line = inner.substr(0, line_end);
  line.remove_suffix(line.ends_with('\r') ? 1 : 0);
  if (!read_request_line(line, part)) {
    part.refusal = "Failed to parse batch request, error: no request line.";
    return part;
  }
  if (!part.request.path.starts_with('/')) {
    part.refusal = "The request line of a batch part must have a path, not a full URL.";
  } else if (part.request.path.find("/upload/") != std::string::npos || part.request.path.starts_with("/batch")) {
    part.refusal = "Media uploads and nested batches cannot be part of a batch.";
  }
  inner.remove_prefix(std::min(line_end + 1, inner.size()));
  part.request.headers = mime::scan_headers(inner);
  part.request.body = inner.substr(mime::body_offset(inner));
  part.request.in_flight = outer.in_flight;
  for (const auto& [name, value] : outer.headers) {
    if (!to_lower_ascii(name).starts_with("content-") && mime::find_header(part.request.headers, name).empty()) {
      part.request.headers.emplace_back(name, value);
    }
  }
  return part;
}

}  // namespace

std::vector<BatchPart> read_batch(const Request& outer) {
  const auto type = outer.header("Content-Type");
  const auto boundary = mime::content_type_parameter(type, "boundary");
  if (!to_lower_ascii(type).starts_with("multipart/mixed") || boundary.empty()) {
    throw ApiError(400, "INVALID_ARGUMENT", "badRequest",
                   "Failed to parse batch request, error: the Content-Type must be multipart/mixed with a boundary.");
  }
  const auto pieces = mime::split_multipart(outer.body, boundary);
  if (pieces.empty()) {
    throw ApiError(400, "INVALID_ARGUMENT", "badRequest",
                   "Failed to parse batch request, error: 0 items. Received batch body: (0) bytes redacted");
  }
  if (pieces.size() > kMaxParts) {
    throw ApiError(400, "INVALID_ARGUMENT", "badRequest",
                   "Inner request count exceeds the limit. Received: " + std::to_string(pieces.size()) +
                       ", Limit: " + std::to_string(kMaxParts));
  }
  std::vector<BatchPart> parts;
  for (const auto piece : pieces) {
    parts.push_back(read_part(piece, outer));
  }
  return parts;
}

BatchWriter::BatchWriter() : boundary_("batch_") {
  // Contents are JSON without line breaks followed by "--", so any boundary does.
  boundary_ += base64url(sha256("batch")).substr(0, 32);
  response_.headers.emplace_back("Content-Type", "multipart/mixed; boundary=" + boundary_);
}

void BatchWriter::add(const BatchPart& part, const Response& response) {
  std::string& out = response_.body;
  out.append("--").append(boundary_).append("\r\nContent-Type: application/http\r\n");
  if (!part.content_id.empty()) {
    out.append("Content-ID: <response-").append(part.content_id).append(">\r\n");
  }
  out.append("\r\nHTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_phrase(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    out.append(name).append(": ").append(value).append("\r\n");
  }
  out.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n\r\n");
  out.append(response.body).append("\r\n");
  response_.quota_units += response.quota_units;
}

Response BatchWriter::finish() && {
  response_.body.append("--").append(boundary_).append("--\r\n");
  return std::move(response_);
}

}  // namespace mailmgr::sandbox::gmail
