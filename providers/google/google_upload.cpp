#include "providers/google/google_upload.h"

#include <fmt/format.h>

#include <charconv>

#include "core/base/encoding.h"
#include "providers/endpoints.h"
#include "providers/google/google_quota.h"

namespace mailmgr::google {
namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20;  // a multiple of the required 256 KiB
constexpr int kResumptions = 5;
constexpr milliseconds kDeadline = std::chrono::minutes(10);

class Upload {
 public:
  Upload(ApiClient& client, const Outgoing& outgoing, const Stop& stop)
      : client_(client), mime_(outgoing.mime), thread_(outgoing.thread), stop_(stop) {}

  Result<DraftReply> run() {
    if (auto opened = open(); !opened) return opened.error();
    int resumptions = 0;
    while (true) {
      auto answer = send_piece();
      // Beyond the first failure only the server knows how far it got.
      while (!answer && resumable(answer.error()) && resumptions++ < kResumptions) answer = ask_position();
      if (!answer) return answer.error();
      if (answer->http.status != 308) return read_draft(answer->http.body);
      const auto next = position_after(answer->http);
      if (next <= position_ && resumptions++ >= kResumptions) {
        return Error{Code::try_later, "uploading the message: the server takes no more of it", "run the command again"};
      }
      position_ = next;
    }
  }

 private:
  static bool resumable(const Error& error) {
    return error.code == Code::no_answer || error.code == Code::unreachable || error.code == Code::try_later;
  }

  // Starting a session makes no draft yet, so it may be repeated.
  Status open() {
    const auto answer =
        client_.send({.what = "starting the upload of the message",
                      .method = "POST",
                      .path = fmt::format("/upload/gmail/v1/users/{}/drafts", percent_encode(client_.deps().user)),
                      .query = "uploadType=resumable",
                      .headers = {{"X-Upload-Content-Type", "message/rfc822"},
                                  {"X-Upload-Content-Length", std::to_string(mime_.size())}},
                      .body = write_draft_metadata(thread_),
                      .content_type = "application/json; charset=UTF-8",
                      .units = units_of(client_.deps().quota).draft_create},
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

  Result<std::string> piece() const {
    std::string bytes;
    std::size_t offset = 0;
    const auto read = mime_.each_chunk([&](std::string_view chunk) {
      const auto skip = std::min(chunk.size(), position_ - std::min(position_, offset));
      offset += chunk.size();
      bytes += chunk.substr(skip, kPiece - bytes.size());
      return bytes.size() < kPiece;
    });
    if (!read) return read.error();
    return bytes;
  }

  Result<ApiAnswer> send_piece() {
    auto bytes = piece();
    if (!bytes) return bytes.error();
    const auto range = bytes->empty()
                           ? fmt::format("bytes */{}", mime_.size())
                           : fmt::format("bytes {}-{}/{}", position_, position_ + bytes->size() - 1, mime_.size());
    return put(range, *std::move(bytes));
  }

  Result<ApiAnswer> ask_position() { return put(fmt::format("bytes */{}", mime_.size()), {}); }

  Result<ApiAnswer> put(std::string range, std::string bytes) {
    const bool is_question = bytes.empty();
    return client_.send({.what = "uploading the message",
                         .method = "PUT",
                         .path = path_,
                         .query = query_,
                         .headers = {{"Content-Range", std::move(range)}},
                         .body = std::move(bytes),
                         .content_type = is_question ? "" : "message/rfc822",
                         .repeatable = is_question,
                         .units = 0,
                         .expected = {308},
                         .deadline = kDeadline},
                        stop_);
  }

  // "Range: bytes=0-262143" says what has arrived; no header says nothing has.
  std::size_t position_after(const HttpResponse& answer) const {
    const auto range = answer.header("Range");
    const auto dash = range ? range->rfind('-') : std::string_view::npos;
    if (dash == std::string_view::npos) return 0;
    std::size_t last = 0;
    const auto [end, problem] = std::from_chars(range->data() + dash + 1, range->data() + range->size(), last);
    return problem == std::errc() && last < mime_.size() ? last + 1 : 0;
  }

  ApiClient& client_;
  const Blob& mime_;
  const std::optional<ThreadId>& thread_;
  const Stop& stop_;
  std::string path_, query_;
  std::size_t position_ = 0;
};

}  // namespace

Result<DraftReply> upload_draft(ApiClient& client, const Outgoing& outgoing, const Stop& stop) {
  return Upload(client, outgoing, stop).run();
}

}  // namespace mailmgr::google
