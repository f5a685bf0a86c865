#include "providers/microsoft/microsoft_courier.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_large_draft.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

// The most that administrators can allow in Exchange Online, counted as it is sent: attachments in base64.
constexpr std::uint64_t kMaxSize = 150 << 20;
// A login with Mail.Send alone may not make drafts: then the message is handed over whole on dispatch.
constexpr std::string_view kDirect = "sendMail:";

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
    if (outgoing.mime.size() > kMaxMime) {
      auto draft = make_large_draft(client_, outgoing, stop);
      if (!draft) return draft.error();
      return StagedId(std::move(draft->id));
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
    return StagedId(std::move(draft->id));
  }

  Result<std::optional<StagedId>> find_staged(const Outgoing& outgoing, const Stop& stop) override {
    const auto found = client_.ask(
        {.what = "looking for the draft",
         .path = path("/messages"),
         .query = fmt::format("$filter={}&$select=id,isDraft,parentFolderId", same_message_id(outgoing.message_id)),
         .headers = immutable_ids()},
        read_sent_list, stop);
    if (!found) {
      // A login that may only send can neither look nor have made a draft.
      if (found.error().code == Code::refused) return std::optional<StagedId>();
      return found.error();
    }
    for (const auto& entry : *found) {
      if (entry.is_draft && !entry.id.empty()) return std::optional(StagedId(entry.id));
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
                                      .path = path("/messages/" + percent_encode(staged.value) + "/send"),
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
    const auto id = staged.value.empty() ? std::string("-") : percent_encode(staged.value);
    const auto filter = same_message_id(outgoing.message_id);
    std::vector<BatchGet> gets{
        {fmt::format("{}/messages?$filter={}&$select=id,isDraft,parentFolderId", root_, filter)},
        {fmt::format("{}/mailFolders/drafts?$select=id", root_)},
        {fmt::format("{}/mailFolders/outbox?$select=id", root_)},
    };
    if (!staged.value.empty()) {
      gets.push_back({fmt::format("{}/messages/{}?$select=id,isDraft,parentFolderId", root_, id)});
    }

    Finds finds;
    const auto asked = batch_all(client_, "looking for the message", gets, stop,
                                 [&](std::size_t request, const BatchAnswer& answer, std::size_t index) {
                                   take(finds, request, answer, index);
                                 });
    if (!asked) return asked.error();
    if (finds.error) return *finds.error;
    return judge(finds);
  }

  // It may have been sent from elsewhere, under the same id: then it is a draft no more.
  Result<std::optional<StagedId>> draft_of(const RemoteId& message, const Stop& stop) override {
    const auto entry = client_.ask({.what = "looking for the draft",
                                    .path = path("/messages/" + percent_encode(message.value)),
                                    .query = "$select=id,isDraft,parentFolderId",
                                    .headers = immutable_ids()},
                                   read_sent_one, stop);
    if (!entry && entry.error().code == Code::gone) return std::optional<StagedId>();
    if (!entry) return entry.error();
    return entry->is_draft ? std::optional(StagedId(message.value)) : std::nullopt;
  }

  Status discard(const StagedId& staged, const Stop& stop) override {
    if (staged.value.starts_with(kDirect)) return {};
    const auto answer = client_.send({.what = "removing the draft",
                                      .method = "DELETE",
                                      .path = path("/messages/" + percent_encode(staged.value)),
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

  static Evidence judge(const Finds& finds) {
    if (finds.staged && !finds.staged->is_draft) return Evidence::sent;
    auto entries = finds.same_message_id;
    if (finds.staged) entries.push_back(*finds.staged);
    Evidence evidence = Evidence::none;
    for (const auto& entry : entries) {
      // Only a dispatch moves a draft to the Outbox.
      if (entry.folder == finds.outbox) return Evidence::on_its_way;
      if (!entry.is_draft && entry.folder != finds.drafts) return Evidence::sent;
      evidence = Evidence::pending;
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
