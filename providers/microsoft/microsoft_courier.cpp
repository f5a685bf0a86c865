#include "providers/microsoft/microsoft_courier.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/message_headers.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_large_draft.h"
#include "providers/microsoft/microsoft_wire.h"
#include "providers/staged_draft.h"

namespace mailmgr::microsoft {
namespace {

// The most that administrators can allow in Exchange Online, counted as it is sent: attachments in base64.
constexpr std::uint64_t kMaxSize = 150 << 20;
// A login with Mail.Send alone may not make drafts: then the message is handed over whole on dispatch.
constexpr std::string_view kDirect = "sendMail:";

constexpr auto kClocksDiffer = std::chrono::minutes(1);  // at most, ours and the server's
constexpr int kSameMessageId = 50;                       // messages with our Message-ID that are looked at

Result<std::string> encoded(const Blob& mime) {
  if (const auto* bytes = mime.in_memory()) return base64(*bytes);
  auto bytes = mime.bytes();
  if (!bytes) return bytes.error();
  return base64(*bytes);
}

class MicrosoftCourier : public Courier {
 public:
  explicit MicrosoftCourier(const ProviderDeps& deps) : client_(deps, read_error), root_(user_root(deps.user)) {}

  std::uint64_t max_size() const override { return kMaxSize; }

  Result<StagedId> stage(const Outgoing& outgoing, const Stop& stop) override {
    if (outgoing.mime.size() > kMaxSize) {
      return Error{Code::too_large,
                   fmt::format("staging the message: {} bytes are more than the {} that Microsoft takes",
                               outgoing.mime.size(), kMaxSize),
                   "send large files as a link"};
    }
    const Time started = client_.deps().clock.now();
    if (outgoing.mime.size() > kMaxMime) {
      auto draft = make_large_draft(client_, outgoing, stop);
      if (!draft) return draft.error();
      return staged_id(draft->id, draft->created.value_or(started - kClocksDiffer));
    }
    auto body = encoded(outgoing.mime);
    if (!body) return body.error();
    auto answer = client_.send({.what = "staging the message",
                                .method = "POST",
                                .path = path("/messages"),
                                .headers = immutable_ids(),
                                .body = *std::move(body),
                                .content_type = "text/plain",
                                .repeatable = false,
                                .expected = {403}},
                               stop);
    if (!answer) return answer.error();
    if (answer->http.status == 403) return stage_without_drafts(outgoing, answer->http);
    auto draft = read_draft(answer->http.body);
    // Only 201 promises a draft: too large a message was seen to end in a misleading 200.
    if (answer->http.status != 201 || !draft) {
      return Error{Code::no_answer, "staging the message: the answer does not name the draft", ""};
    }
    return staged_id(draft->id, draft->created.value_or(started - kClocksDiffer));
  }

  Result<std::optional<StagedId>> find_staged(const Outgoing& outgoing, const Stop& stop) override {
    const auto ours = message_headers(outgoing.mime);
    if (!ours) return ours.error();
    const auto marker = header_in(*ours, kMarkerHeader);
    const auto found =
        client_.ask({.what = "looking for the draft",
                     .path = path("/messages"),
                     .query = fmt::format("$filter={}&$select={},internetMessageHeaders&$top={}",
                                          same_message_id(outgoing.message_id), kSentSelect, kSameMessageId),
                     .headers = immutable_ids()},
                    read_sent_list, stop);
    if (!found) {
      // A login that may only send can neither look nor have made a draft.
      if (found.error().code == Code::refused) return std::optional<StagedId>();
      return found.error();
    }
    for (const auto& entry : *found) {
      if (!entry.is_draft || entry.id.empty()) continue;
      // Another draft may have our Message-ID. Where the server does not tell our marker, its age has to do.
      const bool is_ours = entry.marker.empty() ? !is_older(entry.created, since(outgoing)) : entry.marker == marker;
      if (is_ours) return std::optional(staged_as(entry));
    }
    if (outgoing.mime.size() > kMaxMime) {
      if (auto removed = remove_half_done(client_, outgoing, stop); !removed) return removed.error();
    }
    return std::optional<StagedId>();
  }

  Result<Receipt> dispatch(const StagedId& staged, const Outgoing& outgoing, const Stop& stop) override {
    if (staged.value.starts_with(kDirect)) return dispatch_directly(outgoing, stop);
    const auto answer = client_.send({.what = "sending the message",
                                      .method = "POST",
                                      .path = path(message_path(staged) + "/send"),
                                      .headers = immutable_ids(),
                                      .repeatable = false,
                                      .limited_apart = true},
                                     stop);
    return accepted(answer);
  }

  Result<Evidence> evidence(const StagedId& staged, const Outgoing& outgoing, const Stop& stop) override {
    // Who may only send may not look either.
    if (staged.value.starts_with(kDirect)) return Evidence::none;
    // By the draft's id, which sending may change, and by Message-ID, which it does not.
    const auto filter = same_message_id(outgoing.message_id);
    std::vector<BatchGet> gets{
        {fmt::format("{}/messages?$filter={}&$select={}&$top={}", root_, filter, kSentSelect, kSameMessageId)},
        {fmt::format("{}/mailFolders/drafts?$select=id", root_)},
        {fmt::format("{}/mailFolders/outbox?$select=id", root_)},
    };
    if (!staged.value.empty()) {
      gets.push_back({fmt::format("{}{}?$select={}", root_, message_path(staged), kSentSelect)});
    }

    Finds finds;
    const auto asked = batch_all(client_, "looking for the message", gets, stop,
                                 [&](std::size_t request, const BatchAnswer& answer, std::size_t index) {
                                   take(finds, request, answer, index);
                                 });
    if (!asked) return asked.error();
    if (finds.error) return *finds.error;
    const auto made = StagedDraft::parse(staged).since;
    return judge(finds, made ? from_unix_seconds(*made) : since(outgoing));
  }

  // It may have been sent from elsewhere, under the same id: then it is a draft no more.
  Result<std::optional<StagedId>> draft_of(const RemoteId& message, const Stop& stop) override {
    auto entry = client_.ask({.what = "looking for the draft",
                              .path = path("/messages/" + percent_encode(message.value)),
                              .query = fmt::format("$select={}", kSentSelect),
                              .headers = immutable_ids()},
                             read_sent_one, stop);
    if (!entry && entry.error().code == Code::gone) return std::optional<StagedId>();
    if (!entry) return entry.error();
    if (!entry->is_draft) return std::optional<StagedId>();
    entry->id = message.value;
    return std::optional(staged_as(*entry));
  }

  Status discard(const StagedId& staged, const Stop& stop) override {
    if (staged.value.starts_with(kDirect)) return {};
    const auto answer = client_.carry_out({.what = "removing the draft",
                                           .method = "DELETE",
                                           .path = path(message_path(staged)),
                                           .headers = immutable_ids()},
                                          stop);
    if (!answer && answer.error().code != Code::gone) return answer.error();
    return {};
  }

 private:
  struct Finds {
    std::optional<SentEntry> staged;  // nullopt: no message of that id
    std::vector<SentEntry> same_message_id;
    FolderId drafts, outbox;
    std::optional<Error> error;
  };

  std::string path(std::string_view tail) const { return fmt::format("{}{}{}", kRoot, root_, tail); }

  static std::string message_path(const StagedId& staged) {
    return "/messages/" + percent_encode(StagedDraft::parse(staged).id);
  }

  // The earliest that a message of ours can have by the server's clock.
  static std::optional<Time> since(const Outgoing& outgoing) {
    return outgoing.ordered ? std::optional(*outgoing.ordered - kClocksDiffer) : std::nullopt;
  }
  static bool is_older(const std::optional<Time>& time, const std::optional<Time>& since) {
    return since && (!time || *time < *since);
  }

  StagedId staged_as(const SentEntry& draft) const {
    return staged_id(draft.id, draft.created.value_or(client_.deps().clock.now() - kClocksDiffer));
  }

  static Result<Receipt> accepted(const Result<ApiAnswer>& answer) {
    if (!answer) return answer.error();
    if (answer->http.status == 202) return Receipt{};
    return Error{Code::no_answer,
                 fmt::format("sending the message: HTTP status {} instead of 202", answer->http.status), ""};
  }

  Result<StagedId> stage_without_drafts(const Outgoing& outgoing, const HttpResponse& answer) {
    if (client_.error(answer).code != Code::refused || outgoing.message_id.empty() || outgoing.is_draft) {
      return client_.error(answer).within("staging the message");
    }
    return StagedId(std::string(kDirect) + outgoing.message_id);
  }

  Result<Receipt> dispatch_directly(const Outgoing& outgoing, const Stop& stop) {
    auto body = encoded(outgoing.mime);
    if (!body) return body.error();
    return accepted(client_.send({.what = "sending the message",
                                  .method = "POST",
                                  .path = path("/sendMail"),
                                  .body = *std::move(body),
                                  .content_type = "text/plain",
                                  .repeatable = false,
                                  .limited_apart = true},
                                 stop));
  }

  void take(Finds& finds, std::size_t request, const BatchAnswer& answer, std::size_t index) {
    const auto& part = answer.part(index);
    if (part.status != 200 || part.body == nullptr) {
      auto error = client_.error(answer.response(index));
      if (error.code != Code::gone) finds.error = error.within("looking for the message");
      return;
    }
    if (request == 0) finds.same_message_id = read_sent(answer.text(), *part.body);
    if (request == 1) finds.drafts = read_folder_id(answer.text(), *part.body);
    if (request == 2) finds.outbox = read_folder_id(answer.text(), *part.body);
    if (request == 3) finds.staged = read_sent_entry(answer.text(), *part.body);
  }

  // Another message with our Message-ID may have been here before, and even be a draft: only what is no older than ours
  // counts, and only ours can be pending.
  static Evidence judge(const Finds& finds, const std::optional<Time>& since) {
    if (finds.staged && !finds.staged->is_draft) return Evidence::sent;
    if (finds.staged && finds.staged->folder == finds.outbox) return Evidence::on_its_way;
    Evidence evidence = finds.staged ? Evidence::pending : Evidence::none;
    for (const auto& entry : finds.same_message_id) {
      if (is_older(entry.received, since)) continue;
      // Only a dispatch moves a draft to the Outbox.
      if (entry.folder == finds.outbox) return Evidence::on_its_way;
      if (!entry.is_draft && entry.folder != finds.drafts) return Evidence::sent;
    }
    return evidence;
  }

  ApiClient client_;
  std::string root_;
};

}  // namespace

std::unique_ptr<Courier> make_courier(const ProviderDeps& deps) {
  return std::make_unique<MicrosoftCourier>(deps);
}

}  // namespace mailmgr::microsoft
