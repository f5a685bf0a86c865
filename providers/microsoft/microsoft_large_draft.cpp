#include "providers/microsoft/microsoft_large_draft.h"

#include <fmt/format.h>

#include <charconv>

#include "core/base/encoding.h"
#include "core/mail/take_apart.h"
#include "core/net/retry.h"
#include "providers/microsoft/microsoft_attachment_upload.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_draft_json.h"
#include "providers/microsoft/microsoft_links.h"

namespace mailmgr::microsoft {
namespace {

constexpr std::size_t kMaxDraftJson = 3900000;  // a request may have 4 MB
constexpr int kTries = 5;

std::string provisional_id(std::string_view message_id) {
  return message_id.starts_with('<') ? fmt::format("<unfinished.{}", message_id.substr(1))
                                     : fmt::format("unfinished.{}", message_id);
}

bool may_have_happened(const Error& error) {
  return error.code == Code::no_answer || error.code == Code::try_later;
}

class LargeDraft {
 public:
  LargeDraft(ApiClient& client, const Outgoing& outgoing, const Stop& stop)
      : client_(client),
        outgoing_(outgoing),
        stop_(stop),
        messages_(fmt::format("{}{}/messages", kRoot, user_root(client.deps().user))) {}

  Result<DraftReply> run() {
    auto message = take_apart(outgoing_.mime, kMaxDraftJson);
    if (!message) return message.error().within("staging the message");
    // Also what an attempt left that could not tidy up.
    if (auto removed = remove_half_done(client_, outgoing_, stop_); !removed) return removed.error();
    auto draft = create(*message);
    if (!draft) return draft;
    draft_ = fmt::format("{}/{}", messages_, percent_encode(draft->id));
    for (const auto& attachment : message->attachments) total_ += attachment.size;
    auto filled = fill(*message);
    if (filled) filled = finish();
    if (filled) return draft;
    if (filled.error().code == Code::gone) {
      return Error{Code::try_later, "staging the message: somebody removed the draft", "run the command again"};
    }
    if (filled.error().code != Code::interrupted) discard();
    return filled.error();
  }

 private:
  // Repeated where no answer came, once what it may have made is gone.
  Result<DraftReply> create(const ParsedMessage& message) {
    const auto body = write_draft_json(message, provisional_id(outgoing_.message_id));
    if (body.size() > kMaxDraftJson) {
      return Error{Code::too_large,
                   fmt::format("staging the message: without its attachments it has {} bytes, and Microsoft takes {} "
                               "in one request",
                               body.size(), kMaxDraftJson),
                   "attach long text as a file"};
    }
    Retry retry({.is_idempotent = true, .tries = kTries}, client_.deps().clock, client_.deps().random);
    while (true) {
      auto draft = create_once(body);
      if (draft || !may_have_happened(draft.error())) return draft;
      if (const auto again = retry.next(draft.error(), stop_); !again) return again.error();
      if (auto removed = remove_half_done(client_, outgoing_, stop_); !removed) return removed.error();
    }
  }

  Result<DraftReply> create_once(const std::string& body) {
    const auto answer = client_.send({.what = "staging the message",
                                      .method = "POST",
                                      .path = messages_,
                                      .headers = immutable_ids(),
                                      .body = body,
                                      .content_type = "application/json",
                                      .repeatable = false,
                                      .expected = {403}},
                                     stop_);
    if (!answer) return answer.error();
    if (answer->http.status == 403) return cannot_make_drafts(answer->http);
    auto draft = read_draft(answer->http.body);
    if (answer->http.status == 201 && draft) return draft;
    return Error{Code::no_answer, "staging the message: the answer does not name the draft", ""};
  }

  Error cannot_make_drafts(const HttpResponse& answer) const {
    auto error = client_.error(answer);
    if (error.code != Code::refused || outgoing_.is_draft) return error.within("staging the message");
    return {Code::too_large,
            fmt::format("staging the message: {} bytes are more than the {} that Microsoft takes from a login that may "
                        "only send",
                        outgoing_.mime.size(), kMaxMime),
            "mailmgr login --account NAME --access full"};
  }

  Status fill(const ParsedMessage& message) {
    const bool html = !message.body_html.empty();
    return each_attachment(outgoing_.mime, message, [&](const Attachment& attachment, OutgoingAttachment part) {
      if (part.name.empty()) part.name = part.type == "message/rfc822" ? "message.eml" : "attachment";
      const AttachmentJson shown{part.name, part.type, part.content_id,
                                 html && attachment.is_inline && !part.content_id.empty()};
      auto added = add(shown, part.content);
      done_ += part.content.size();
      return added;
    });
  }

  Status add(const AttachmentJson& attachment, const Blob& content) {
    const auto arrived = [&](std::uint64_t bytes) {
      if (outgoing_.progress) outgoing_.progress("uploading", done_ + bytes, std::max(total_, done_ + bytes));
    };
    Retry retry({.is_idempotent = true, .tries = kTries}, client_.deps().clock, client_.deps().random);
    while (true) {
      auto added = upload_attachment(client_, draft_, attachment, content, arrived, stop_);
      if (added) break;
      if (added.error().code == Code::gone) added = forgotten();
      if (!may_have_happened(added.error())) return added;
      if (const auto again = retry.next(added.error(), stop_); !again) return again;
      const auto there = count();
      if (!there) return there.error();
      if (*there == added_ + 1) break;
      if (*there != added_) {
        return Error{Code::try_later, "adding an attachment: somebody else changes the draft", "run the command again"};
      }
    }
    ++added_;
    arrived(content.size());
    return {};
  }

  static Error forgotten() {
    return {Code::try_later, "adding an attachment: the server has forgotten the upload", "run the command again"};
  }

  // How many attachments the draft has.
  Result<std::uint64_t> count() {
    const auto answer = client_.send(
        {.what = "counting the attachments", .path = draft_ + "/attachments/$count", .headers = immutable_ids()},
        stop_);
    if (!answer) return answer.error();
    const std::string_view text = answer->http.body;
    const auto start = std::min(text.find_first_of("0123456789"), text.size());  // there may be a byte order mark
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data() + start, text.data() + text.size(), number);
    if (start <= 3 && problem == std::errc() && end == text.data() + text.size()) return number;
    return Error{Code::try_later, "counting the attachments: the answer is no number", "run the command again"};
  }

  // From here on it is the message.
  Status finish() {
    const auto answer = client_.carry_out({.what = "finishing the draft",
                                           .method = "PATCH",
                                           .path = draft_,
                                           .headers = immutable_ids(),
                                           .body = write_message_id(outgoing_.message_id),
                                           .content_type = "application/json"},
                                          stop_);
    if (!answer) return answer.error();
    return {};
  }

  void discard() {
    (void)client_.carry_out(
        {.what = "removing the draft", .method = "DELETE", .path = draft_, .headers = immutable_ids()}, stop_);
  }

  ApiClient& client_;
  const Outgoing& outgoing_;
  const Stop& stop_;
  const std::string messages_;
  std::string draft_;                   // its path
  std::uint64_t added_ = 0;             // attachments
  std::uint64_t done_ = 0, total_ = 0;  // bytes of them
};

}  // namespace

std::string same_message_id(std::string_view message_id) {
  return percent_encode(fmt::format("internetMessageId eq '{}'", odata_quoted(message_id)));
}

Result<DraftReply> make_large_draft(ApiClient& client, const Outgoing& outgoing, const Stop& stop) {
  return LargeDraft(client, outgoing, stop).run();
}

Status remove_half_done(ApiClient& client, const Outgoing& outgoing, const Stop& stop) {
  const auto messages = fmt::format("{}{}/messages", kRoot, user_root(client.deps().user));
  const auto found = client.ask({.what = "looking for a half-done draft",
                                 .path = messages,
                                 .query = fmt::format("$filter={}&$select=id,isDraft,parentFolderId",
                                                      same_message_id(provisional_id(outgoing.message_id))),
                                 .headers = immutable_ids()},
                                read_sent_list, stop);
  // A login that may only send can neither look nor have made a draft.
  if (!found && found.error().code == Code::refused) return {};
  if (!found) return found.error();
  for (const auto& entry : *found) {
    if (!entry.is_draft || entry.id.empty()) continue;
    const auto removed = client.carry_out({.what = "removing a half-done draft",
                                           .method = "DELETE",
                                           .path = fmt::format("{}/{}", messages, percent_encode(entry.id)),
                                           .headers = immutable_ids()},
                                          stop);
    if (!removed && removed.error().code != Code::gone) return removed.error();
  }
  return {};
}

}  // namespace mailmgr::microsoft
