#include "providers/google/google_courier.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/google/google_fetch.h"
#include "providers/google/google_quota.h"
#include "providers/google/google_upload.h"
#include "providers/google/google_wire.h"
#include "providers/message_headers.h"
#include "providers/staged_draft.h"

namespace mailmgr::google {
namespace {

constexpr std::uint64_t kMaxSize = 36700160;  // discovery document: drafts.create, mediaUpload.maxSize
// What goes in one request: as JSON what is in memory anyway, as media up to the 5 MB that Google advises.
constexpr std::size_t kMaxInline = Blob::kMemoryLimit;
constexpr std::size_t kMaxAtOnce = 5000000;
constexpr int kDraftPages = 20;  // a draft among the newest 10,000 is found
constexpr int kDraftLooks = 50;  // newest drafts that are looked through for one of ours
constexpr int kSentLooks = 50;   // sent messages that are looked at for evidence

// What remains of a header for a comparison: Gmail may refold it.
std::string essence(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') text += c;
  }
  return to_lower_ascii(text);
}

// Whether a message in Sent is the one that was staged. Our marker decides where it survived. Else it must be newer
// than the staging, as a finished message may bring the Message-ID of one that was sent before; and as Gmail replaces
// the Message-IDs of what its API sends, equal ids speak for it, or equal thread, subject and recipients.
bool is_same(const QueryParams& ours, const std::optional<ThreadId>& thread, const MessageReply& theirs,
             bool is_newer) {
  const auto marker = header_in(theirs.headers, kMarkerHeader);
  if (!marker.empty()) return marker == header_in(ours, kMarkerHeader);
  if (!is_newer) return false;
  const auto message_id = header_in(ours, "Message-ID");
  for (const auto name : {"Message-ID", "X-Google-Original-Message-ID"}) {
    if (!message_id.empty() && header_in(theirs.headers, name) == message_id) return true;
  }
  if (thread && theirs.fetched.thread != *thread) return false;
  for (const auto name : {"Subject", "To", "Cc"}) {
    if (essence(header_in(ours, name)) != essence(header_in(theirs.headers, name))) return false;
  }
  return true;
}

class GoogleCourier : public Courier {
 public:
  explicit GoogleCourier(const ProviderDeps& deps) : client_(deps, read_error) {}

  std::uint64_t max_size() const override { return kMaxSize; }

  Result<StagedId> stage(const Outgoing& outgoing, const Stop& stop) override {
    if (outgoing.mime.size() > kMaxSize) {
      return Error{Code::too_large,
                   fmt::format("staging the message: {} bytes are more than the {} that Gmail takes",
                               outgoing.mime.size(), kMaxSize),
                   "send large files as a link"};
    }
    const Time started = client_.deps().clock.now();
    const auto size = outgoing.mime.size();
    auto draft = size <= kMaxInline   ? create_inline(outgoing, stop)
                 : size <= kMaxAtOnce ? upload_draft_at_once(client_, outgoing, stop)
                                      : upload_draft(client_, outgoing, stop);
    if (!draft) return draft.error();
    return staged_id(draft->id, started);
  }

  Result<std::optional<StagedId>> find_staged(const Outgoing& outgoing, const Stop& stop) override {
    const auto ours = message_headers(outgoing.mime);
    if (!ours) return ours.error();
    const auto marker = header_in(*ours, kMarkerHeader);
    const auto drafts = client_.ask({.what = "looking for the draft",
                                     .path = path("/drafts"),
                                     .query = fmt::format("maxResults={}", kDraftLooks),
                                     .units = units().list},
                                    read_draft_list, stop);
    if (!drafts) return drafts.error();
    for (const auto& listed : drafts->drafts) {
      const auto draft = client_.ask({.what = "looking at a draft",
                                      .path = path("/drafts/" + percent_encode(listed.id)),
                                      .query = "format=metadata",
                                      .units = units().draft},
                                     read_draft, stop);
      if (!draft && draft.error().code == Code::gone) continue;
      if (!draft) return draft.error();
      if (marker.empty() || header_in(draft->headers, kMarkerHeader) != marker) continue;
      return std::optional(staged_id(draft->id, client_.deps().clock.now()));
    }
    return std::optional<StagedId>();
  }

  Result<Receipt> dispatch(const StagedId& staged, const Outgoing&, const Stop& stop) override {
    ApiRequest request{.what = "sending the message",
                       .method = "POST",
                       .path = path("/drafts/send"),
                       .body = write_draft_id(StagedDraft::parse(staged).id),
                       .content_type = "application/json",
                       .repeatable = false,
                       .units = units().draft_send,
                       .limited_apart = true};
    auto answer = client_.send(request, stop);
    if (!answer) return answer.error();
    auto message = read_message(answer->http.body);
    // 2xx alone says nothing: a proxy or a captive portal may have answered, and nobody has sent anything.
    if (!message) {
      return Error{Code::no_answer, "sending the message: the answer does not name the message that was sent", ""};
    }
    return Receipt{std::move(message->id), std::move(message->fetched.thread)};
  }

  Result<Evidence> evidence(const StagedId& staged, const Outgoing& outgoing, const Stop& stop) override {
    const auto parsed = StagedDraft::parse(staged);
    if (!parsed.id.empty()) {
      const auto draft = client_.ask({.what = "looking for the draft",
                                      .path = path("/drafts/" + percent_encode(parsed.id)),
                                      .query = "format=minimal",
                                      .units = units().draft},
                                     read_draft, stop);
      if (draft) return Evidence::pending;
      if (draft.error().code != Code::gone) return draft.error();
    }
    return look_in_sent(parsed, outgoing, stop);
  }

  Result<std::optional<StagedId>> draft_of(const RemoteId& message, const Stop& stop) override {
    std::string page;
    for (int pages = 0; pages < kDraftPages; ++pages) {
      const auto list =
          client_.ask({.what = "looking for the draft",
                       .path = path("/drafts"),
                       .query = page.empty() ? "maxResults=500" : "maxResults=500&pageToken=" + percent_encode(page),
                       .units = units().list},
                      read_draft_list, stop);
      if (!list) return list.error();
      for (const auto& draft : list->drafts) {
        if (draft.message == message) {
          return std::optional(staged_id(draft.id, client_.deps().clock.now()));
        }
      }
      page = list->next_page;
      if (page.empty()) break;
    }
    return std::optional<StagedId>();
  }

  Status discard(const StagedId& staged, const Stop& stop) override {
    const auto answer = client_.carry_out({.what = "removing the draft",
                                           .method = "DELETE",
                                           .path = path("/drafts/" + percent_encode(StagedDraft::parse(staged).id)),
                                           .units = units().draft_delete},
                                          stop);
    if (!answer && answer.error().code != Code::gone) return answer.error();
    return {};
  }

 private:
  const Units& units() const { return units_of(client_.deps().quota); }
  std::string path(std::string_view tail) const { return user_path(client_.deps().user) + std::string(tail); }

  Result<DraftReply> create_inline(const Outgoing& outgoing, const Stop& stop) {
    std::string copy;
    const std::string* bytes = outgoing.mime.in_memory();
    if (bytes == nullptr) {
      auto read = outgoing.mime.bytes();
      if (!read) return read.error();
      copy = *std::move(read);
      bytes = &copy;
    }
    return client_.ask({.what = "staging the message",
                        .method = "POST",
                        .path = path("/drafts"),
                        .body = write_draft(*bytes, outgoing.thread),
                        .content_type = "application/json",
                        .repeatable = false,
                        .units = units().draft_create},
                       read_draft, stop);
  }

  Result<Evidence> look_in_sent(const StagedDraft& staged, const Outgoing& outgoing, const Stop& stop) {
    const auto ours = message_headers(outgoing.mime);
    if (!ours) return ours.error();
    QueryParams query{{"labelIds", "SENT"}, {"includeSpamTrash", "true"}, {"maxResults", std::to_string(kSentLooks)}};
    auto since = staged.since;
    if (!since && outgoing.ordered) since = to_unix_seconds(*outgoing.ordered);
    // A minute early: the two clocks may differ. Received dates are compared below, this only saves effort.
    if (since) query.emplace_back("q", fmt::format("after:{}", *since - 60));
    const auto answer = client_.send({.what = "looking in Sent",
                                      .path = path("/messages"),
                                      .query = encode_query(query),
                                      .units = units().list,
                                      .expected = {403}},
                                     stop);
    if (!answer) return answer.error();
    if (answer->http.status == 403) {
      // A login that may only send cannot look.
      const auto error = client_.error(answer->http);
      return error.code == Code::auth_required ? Result<Evidence>(Evidence::none) : error;
    }
    const auto sent = read_list(answer->http.body);
    if (!sent) return sent.error();
    for (const auto& [id, thread] : sent->ids) {
      const auto message = client_.ask({.what = "looking at a sent message",
                                        .path = path("/messages/" + percent_encode(id.value)),
                                        .query = "format=metadata",
                                        .units = units().message},
                                       read_message, stop);
      if (!message && message.error().code == Code::gone) continue;
      if (!message) return message.error();
      const auto& received = message->fetched.received;
      const bool is_newer = since && received && to_unix_seconds(*received) >= *since - 60;
      if (is_same(*ours, outgoing.thread, *message, is_newer)) return Evidence::sent;
    }
    return Evidence::none;
  }

  ApiClient client_;
};

}  // namespace

std::unique_ptr<Courier> make_courier(const ProviderDeps& deps) {
  return std::make_unique<GoogleCourier>(deps);
}

}  // namespace mailmgr::google
