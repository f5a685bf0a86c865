#include "providers/microsoft/microsoft_attachment_upload.h"

#include <fmt/format.h>

#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_wire.h"
#include "providers/range_upload.h"

namespace mailmgr::microsoft {
namespace {

// "3 to 150 MB" through sessions, less in one request. Which MB is not said: what lies between the two is tried with a
// session first. (If it is the larger one, the last 200 bytes below it fit into neither, and the server says so.)
constexpr std::size_t kSurelySmall = 3000000;
constexpr std::size_t kMaxSmall = std::size_t{3} << 20;
// Below the 4 MB that a range may have, and a multiple of the 320 KiB that the same sessions ask for at OneDrive.
constexpr std::size_t kRange = 10 * (std::size_t{320} << 10);
constexpr milliseconds kDeadline = std::chrono::minutes(10);

class AttachmentSession : public UploadSession {
 public:
  AttachmentSession(ApiClient& client, Url url, std::uint64_t size, const Stop& stop)
      : client_(client), url_(std::move(url)), size_(size), stop_(stop) {}

  Result<Answer> put(std::uint64_t first, std::string bytes) override {
    auto range = fmt::format("bytes {}-{}/{}", first, first + bytes.size() - 1, size_);
    const auto answer = client_.send({.what = "uploading an attachment",
                                      .method = "PUT",
                                      .headers = {{"Content-Range", std::move(range)}},
                                      .body = std::move(bytes),
                                      .content_type = "application/octet-stream",
                                      .preauthorized = url_,
                                      .repeatable = false,
                                      .attempts = 1,
                                      .expected = {416},
                                      .deadline = kDeadline},
                                     stop_);
    if (!answer) return answer.error();
    if (answer->http.status == 416) return ask();  // not the range that is expected next
    if (answer->http.status == 201) return Answer{true, 0, {}};
    return position_in(answer->http);
  }

  Result<Answer> ask() override {
    const auto answer = client_.send(
        {.what = "asking how much has arrived", .preauthorized = url_, .repeatable = false, .attempts = 1}, stop_);
    if (!answer) return answer.error();
    return position_in(answer->http);
  }

 private:
  static Result<Answer> position_in(const HttpResponse& answer) {
    auto state = read_upload_state(answer.body);
    if (!state) return state.error().within("uploading an attachment");
    return Answer{false, state->next, {}};
  }

  ApiClient& client_;
  const Url url_;
  const std::uint64_t size_;
  const Stop& stop_;
};

// Any host the provider names may have it, since no token goes there; but encrypted, or to this machine where the API
// is there too.
Result<Url> upload_url(const std::string& text, const Url& api) {
  auto url = Url::parse(text);  // refuses userinfo and the like
  const bool good = url && (url->scheme == "https" || (url->is_loopback() && api.is_loopback()));
  if (good) return url;
  return Error{Code::refused, "the server sent an address for the upload that is not encrypted or none at all", ""};
}

Status upload_whole(ApiClient& client, const std::string& draft, const AttachmentJson& attachment, const Blob& content,
                    const Stop& stop) {
  auto bytes = content.bytes();
  if (!bytes) return bytes.error();
  auto body = write_attachment(attachment, *bytes);
  bytes = std::string();
  const auto answer = client.carry_out({.what = "adding an attachment",
                                        .method = "POST",
                                        .path = draft + "/attachments",
                                        .headers = immutable_ids(),
                                        .body = std::move(body),
                                        .content_type = "application/json",
                                        .repeatable = false},
                                       stop);
  if (!answer) return answer.error();
  return {};
}

}  // namespace

Status upload_attachment(ApiClient& client, const std::string& draft, const AttachmentJson& attachment,
                         const Blob& content, const std::function<void(std::uint64_t)>& arrived, const Stop& stop) {
  if (content.size() < kSurelySmall) return upload_whole(client, draft, attachment, content, stop);
  const bool may_be_small = content.size() < kMaxSmall;
  std::vector<int> expected;
  if (may_be_small) expected.push_back(400);
  // A session that is not used ends by itself.
  const auto opened = client.send({.what = "starting the upload of an attachment",
                                   .method = "POST",
                                   .path = draft + "/attachments/createUploadSession",
                                   .headers = immutable_ids(),
                                   .body = write_upload_session(attachment, content.size()),
                                   .content_type = "application/json",
                                   .expected = std::move(expected)},
                                  stop);
  if (!opened) return opened.error();
  if (opened->http.status == 400) return upload_whole(client, draft, attachment, content, stop);
  const auto state = read_upload_state(opened->http.body);
  if (!state) return state.error().within("starting the upload of an attachment");
  auto url = upload_url(state->url, client.deps().endpoints.api);
  if (!url) return url.error().within("starting the upload of an attachment");
  AttachmentSession session(client, *std::move(url), content.size(), stop);
  const auto ended =
      upload_in_ranges(session, {content, kRange, client.deps().clock, client.deps().random, arrived}, stop);
  if (!ended) return ended.error();
  return {};
}

}  // namespace mailmgr::microsoft
