#include "providers/google/google_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"
#include "providers/endpoints.h"
#include "providers/google/google_quota.h"
#include "providers/range_upload.h"

namespace mailmgr::google {
namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20;  // a multiple of the required 256 KiB
constexpr milliseconds kDeadline = std::chrono::minutes(10);

std::string upload_path(const ApiClient& client, std::string_view below) {
  return fmt::format("/upload/gmail/v1/users/{}{}", percent_encode(client.deps().user), below);
}

std::string upload_query(std::string_view type, const MediaUpload& upload) {
  return fmt::format("uploadType={}{}{}", type, upload.query.empty() ? "" : "&", upload.query);
}

class Upload : public UploadSession {
 public:
  Upload(ApiClient& client, const MediaUpload& upload, const Stop& stop)
      : client_(client), upload_(upload), mime_(upload.mime), stop_(stop) {}

  Result<std::string> run() {
    if (auto opened = open(); !opened) return opened.error();
    const auto arrived = [&](std::uint64_t bytes) {
      if (upload_.progress) upload_.progress("uploading", bytes, mime_.size());
    };
    auto answer = upload_in_ranges(*this, {mime_, kPiece, client_.deps().clock, client_.deps().random, arrived}, stop_);
    if (!answer && answer.error().code == Code::gone) {
      return Error{Code::no_answer, "uploading the message: the server has forgotten the upload", ""};
    }
    if (!answer) return answer.error();
    return std::move(answer->body);
  }

  Result<Answer> put(std::uint64_t first, std::string bytes) override {
    const auto range = bytes.empty() ? fmt::format("bytes */{}", mime_.size())
                                     : fmt::format("bytes {}-{}/{}", first, first + bytes.size() - 1, mime_.size());
    return send(range, std::move(bytes));
  }

  Result<Answer> ask() override { return send(fmt::format("bytes */{}", mime_.size()), {}); }

 private:
  // Starting a session makes nothing yet, so it may be repeated.
  Status open() {
    const auto answer = client_.send({.what = "starting the upload of the message",
                                      .method = "POST",
                                      .path = upload_path(client_, upload_.path),
                                      .query = upload_query("resumable", upload_),
                                      .headers = {{"X-Upload-Content-Type", "message/rfc822"},
                                                  {"X-Upload-Content-Length", std::to_string(mime_.size())}},
                                      .body = upload_.metadata,
                                      .content_type = "application/json; charset=UTF-8",
                                      .units = upload_.units},
                                     stop_);
    if (!answer) return answer.error();
    const auto location = answer->http.header("Location");
    if (!location) return Error{Code::try_later, "starting the upload of the message: no address to send it to", ""};
    auto target = session_target(*location);
    if (!target) return target.error().within("starting the upload of the message");
    const auto question = target->find('?');
    path_ = target->substr(0, question);
    if (question != std::string::npos) query_ = target->substr(question + 1);
    return {};
  }

  Result<std::string> session_target(std::string_view location) const {
    const auto& api = client_.deps().endpoints.api;
    const auto canonical = Url::parse("https://gmail.googleapis.com").value();
    auto target = link_target(location, api, canonical, "/upload/gmail/v1/");
    if (target) return target;
    return link_target(location, api, canonical, "/resumable/upload/gmail/v1/");
  }

  Result<Answer> send(std::string range, std::string bytes) {
    const bool is_question = bytes.empty();
    auto answer = client_.send({.what = "uploading the message",
                                .method = "PUT",
                                .path = path_,
                                .query = query_,
                                .headers = {{"Content-Range", std::move(range)}},
                                .body = std::move(bytes),
                                .content_type = is_question ? "" : "message/rfc822",
                                .repeatable = false,
                                .attempts = 1,
                                .units = 0,
                                .expected = {308},
                                .deadline = kDeadline},
                               stop_);
    if (!answer) return answer.error();
    if (answer->http.status != 308) {
      if (auto read = upload_.read(answer->http.body); !read) return read.error().within("uploading the message");
      return Answer{true, 0, std::move(answer->http)};
    }
    return Answer{false, position_after(answer->http), {}};
  }

  // "Range: bytes=0-262143" says what has arrived; no header says nothing has.
  std::uint64_t position_after(const HttpResponse& answer) const {
    const auto range = answer.header("Range");
    const auto dash = range ? range->rfind('-') : std::string_view::npos;
    if (dash == std::string_view::npos) return 0;
    std::uint64_t last = 0;
    const auto [end, problem] = std::from_chars(range->data() + dash + 1, range->data() + range->size(), last);
    return problem == std::errc() && last < mime_.size() ? last + 1 : 0;
  }

  ApiClient& client_;
  const MediaUpload& upload_;
  const Blob& mime_;
  const Stop& stop_;
  std::string path_, query_;
};

Status names_draft(std::string_view body) {
  auto draft = read_draft(body);
  return draft ? Status() : Status(draft.error());
}

MediaUpload draft_upload(const ApiClient& client, const Outgoing& outgoing) {
  return {"staging the message",
          "/drafts",
          "",
          write_draft_metadata(outgoing.thread),
          outgoing.mime,
          outgoing.progress,
          units_of(client.deps().quota).draft_create,
          names_draft};
}

}  // namespace

Result<std::string> upload_at_once(ApiClient& client, const MediaUpload& upload, const Stop& stop) {
  // 128 random bits do not occur in a message by chance, and nobody who writes one knows them before.
  const auto boundary = "=_" + hex(client.deps().random.bytes(16));
  std::string body = fmt::format(
      "--{0}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{1}\r\n--{0}\r\nContent-Type: "
      "message/rfc822\r\n\r\n",
      boundary, upload.metadata);
  body.reserve(body.size() + upload.mime.size() + boundary.size() + 8);
  const auto read = upload.mime.each_chunk([&](std::string_view chunk) {
    body += chunk;
    return true;
  });
  if (!read) return read.error();
  body += fmt::format("\r\n--{}--\r\n", boundary);
  auto answer = client.send({.what = upload.what,
                             .method = "POST",
                             .path = upload_path(client, upload.path),
                             .query = upload_query("multipart", upload),
                             .body = std::move(body),
                             .content_type = fmt::format("multipart/related; boundary=\"{}\"", boundary),
                             .repeatable = false,
                             .units = upload.units},
                            stop);
  if (!answer) return answer.error();
  if (auto named = upload.read(answer->http.body); !named) return named.error().within(upload.what);
  return std::move(answer->http.body);
}

Result<std::string> upload_in_pieces(ApiClient& client, const MediaUpload& upload, const Stop& stop) {
  return Upload(client, upload, stop).run();
}

Result<DraftReply> upload_draft_at_once(ApiClient& client, const Outgoing& outgoing, const Stop& stop) {
  const auto body = upload_at_once(client, draft_upload(client, outgoing), stop);
  return body ? read_draft(*body) : body.error();
}

Result<DraftReply> upload_draft(ApiClient& client, const Outgoing& outgoing, const Stop& stop) {
  const auto body = upload_in_pieces(client, draft_upload(client, outgoing), stop);
  return body ? read_draft(*body) : body.error();
}

}  // namespace mailmgr::google
