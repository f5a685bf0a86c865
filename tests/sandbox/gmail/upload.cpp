#include "tests/sandbox/gmail/upload.h"

#include <cinttypes>
#include <cstdio>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/mime/headers.h"
#include "tests/sandbox/mime/parts.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr std::uint64_t kChunk = 256 * 1024;
constexpr std::chrono::hours kSessionLife{24 * 7};

void require_message_type(std::string_view type) {
  if (!to_lower_ascii(type).starts_with("message/")) {
    throw ApiError(
        400, "INVALID_ARGUMENT", "badContent",
        "Media type '" + std::string(type.substr(0, 100)) + "' is not supported. Valid media types: [message/*]");
  }
}

void require_size(std::uint64_t size, const Method& method) {
  if (size > method.max_upload) {
    throw too_large(method.max_upload);
  }
}

Uploaded multipart(const Request& request, const Method& method) {
  const auto type = request.header("Content-Type");
  const auto boundary = mime::content_type_parameter(type, "boundary");
  if (!to_lower_ascii(type).starts_with("multipart/related") || boundary.empty()) {
    throw ApiError(400, "INVALID_ARGUMENT", "badContent", "Missing or unreadable multipart/related boundary");
  }
  const auto pieces = mime::split_multipart(request.body, boundary);
  if (pieces.size() != 2) {
    throw ApiError(400, "INVALID_ARGUMENT", "badContent", "A multipart upload has two parts: metadata and media");
  }
  const auto meta_headers = mime::scan_headers(pieces[0]);
  if (!to_lower_ascii(mime::find_header(meta_headers, "Content-Type")).starts_with("application/json")) {
    throw ApiError(400, "INVALID_ARGUMENT", "badContent", "The first part of a multipart upload is application/json");
  }
  const auto media_headers = mime::scan_headers(pieces[1]);
  require_message_type(mime::find_header(media_headers, "Content-Type"));
  std::string media(pieces[1].substr(mime::body_offset(pieces[1])));
  if (equals_ignoring_ascii_case(mime::find_header(media_headers, "Content-Transfer-Encoding"), "base64")) {
    auto decoded = base64_decode(media);
    if (!decoded) {
      throw ApiError(400, "INVALID_ARGUMENT", "badContent", "Base64 decoding failed");
    }
    media = std::move(*decoded);
  }
  require_size(media.size(), method);
  return {parse_body(pieces[0].substr(mime::body_offset(pieces[0]))),
          std::make_shared<const std::string>(std::move(media)), ""};
}

std::string origin(const Request& request) {
  const auto set = request.header("X-Sandbox-Origin");
  return set.empty() ? "http://" + std::string(request.header("Host")) : std::string(set);
}

// "bytes 0-99/1000", "bytes 0-99/*", "bytes */1000" or "bytes */*".
struct ContentRange {
  bool query = false;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::optional<std::uint64_t> total;
};

std::optional<ContentRange> parse_range(const std::string& text) {
  ContentRange range;
  const auto slash = text.find('/');
  if (!text.starts_with("bytes ") || slash == std::string::npos) {
    return std::nullopt;
  }
  const std::string total = text.substr(slash + 1);
  if (total != "*") {
    const bool digits =
        !total.empty() && total.size() < 16 && total.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) {
      return std::nullopt;
    }
    range.total = std::stoull(total);
  }
  range.query = text.substr(6, slash - 6) == "*";
  const bool read =
      range.query || std::sscanf(text.c_str(), "bytes %15" SCNu64 "-%15" SCNu64 "/", &range.first, &range.last) == 2;
  return read && range.first <= range.last ? std::optional(range) : std::nullopt;
}

Response resume_incomplete(std::size_t received) {
  Response response;
  response.status = 308;
  if (received > 0) {
    response.headers.emplace_back("Range", "bytes=0-" + std::to_string(received - 1));
  }
  return response;
}

}  // namespace

std::variant<Uploaded, Response> Uploads::step(const Request& request, const Route& route, const Params& params,
                                               const std::string& user, Time now) {
  if (continues(params)) {
    return proceed(request, route, params.text("upload_id"), user, now);
  }
  const auto type = params.text("uploadType", params.text("upload_protocol"));
  if (type == "media" || type == "raw") {
    require_message_type(request.header("Content-Type"));
    require_size(request.body.size(), *route.method);
    return Uploaded{nlohmann::json::object(), std::make_shared<const std::string>(request.body), ""};
  }
  if (type == "multipart") {
    return multipart(request, *route.method);
  }
  if (type == "resumable") {
    return begin(request, route, user, now);
  }
  throw invalid_argument("Invalid upload type: uploadType must be media, multipart or resumable");
}

Response Uploads::begin(const Request& request, const Route& route, const std::string& user, Time now) {
  require_message_type(request.header("X-Upload-Content-Type"));
  Session session;
  const std::string length(request.header("X-Upload-Content-Length"));
  if (!length.empty()) {
    if (length.size() > 15 || length.find_first_not_of("0123456789") != std::string::npos) {
      throw invalid_argument("Invalid X-Upload-Content-Length");
    }
    session.total = std::stoull(length);
    require_size(*session.total, *route.method);
  }
  session.method = route.method;
  session.user = user;
  session.body = parse_body(request.body);
  session.created = now;
  const auto target = route.variables.find("id");
  session.target = target == route.variables.end() ? "" : target->second;
  const std::string id = "ABg5-U" + base64url(sha256(user + std::to_string(++begun_))).substr(0, 40);
  Response response;
  response.headers.emplace_back("Location", origin(request) + request.path + "?uploadType=resumable&upload_id=" + id);
  response.headers.emplace_back("X-GUploader-UploadID", id);
  sessions_[id] = std::move(session);
  return response;
}

std::variant<Uploaded, Response> Uploads::proceed(const Request& request, const Route& route, const std::string& id,
                                                  const std::string& user, Time now) {
  const auto found = sessions_.find(id);
  const auto target = route.variables.find("id");
  const bool fits = found != sessions_.end() && found->second.method == route.method && found->second.user == user &&
                    found->second.target == (target == route.variables.end() ? "" : target->second);
  if (!fits || found->second.created + kSessionLife < now) {
    throw not_found();
  }
  Session& session = found->second;
  if (session.answer) {
    return *session.answer;
  }
  const std::string header(request.header("Content-Range"));
  std::optional<ContentRange> range = header.empty() ? ContentRange{} : parse_range(header);
  if (!range || request.method != "PUT") {
    throw invalid_argument("Failed to parse Content-Range header.");
  }
  if (header.empty()) {
    session.received.clear();  // the whole message at once
    range->total = request.body.size();
    range->last = request.body.empty() ? 0 : request.body.size() - 1;
  }
  if (range->total) {
    require_size(*range->total, *session.method);
    if (session.total && *session.total != *range->total) {
      throw invalid_argument("The total size differs from what was announced.");
    }
    session.total = range->total;
  }
  if (!range->query) {
    const std::uint64_t size = request.body.size();
    const bool last = session.total && range->last + 1 == *session.total;
    if (size != range->last - range->first + 1 || (session.total && range->last >= *session.total)) {
      throw invalid_argument("The body is not as long as Content-Range says.");
    }
    if (!last && size % kChunk != 0) {
      throw invalid_argument("Chunks other than the last must be multiples of 262144 bytes.");
    }
    if (range->first != session.received.size()) {
      return resume_incomplete(session.received.size());
    }
    require_size(session.received.size() + size, *session.method);
    session.received += request.body;
  }
  if (!session.total || session.received.size() < *session.total) {
    return resume_incomplete(session.received.size());
  }
  return Uploaded{session.body, std::make_shared<const std::string>(session.received), id};
}

void Uploads::finished(const std::string& session, const Response& response) {
  const auto found = sessions_.find(session);
  // After a refusal (429, say) the session stays as it is, so that the last chunk may be sent again.
  if (found != sessions_.end() && response.status < 300) {
    found->second.received = std::string();
    found->second.answer = response;
  }
}

}  // namespace mailmgr::sandbox::gmail
