#include "providers/microsoft/microsoft_importer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "core/mail/take_apart.h"
#include "providers/api_client.h"
#include "providers/microsoft/microsoft_batch.h"
#include "providers/microsoft/microsoft_draft_json.h"
#include "providers/microsoft/microsoft_large_draft.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxImportJson = 3900000;  // a request may have 4 MB
constexpr std::string_view kMessageFlags = "Integer 0x0E07";
constexpr int kFlagRead = 1;  // mfRead; mfUnsent (8) is a draft's
constexpr std::string_view kDeliveryTime = "SystemTime 0x0E06";
constexpr std::string_view kSubmitTime = "SystemTime 0x0039";

Error too_large_to_import(std::size_t size) {
  return {Code::too_large,
          fmt::format("importing the message: it makes {} bytes, and Outlook takes {} at once", size, kMaxImportJson),
          "no way is known to import a larger one into Outlook"};
}

class MicrosoftImporter : public Importer {
 public:
  explicit MicrosoftImporter(const ProviderDeps& deps) : client_(deps, read_error) {}

  std::uint64_t max_size() const override { return kMaxImportJson; }

  Result<RemoteId> import(const Incoming& incoming, const Stop& stop) override {
    auto body = request_body(incoming);
    if (!body) return body.error();
    const auto folder = incoming.draft && !incoming.folder ? std::string("drafts")
                        : incoming.folder                  ? incoming.folder->value
                                                           : std::string("archive");
    const auto answer = client_.send({.what = "importing the message",
                                      .method = "POST",
                                      .path = fmt::format("{}{}/mailFolders/{}/messages", kRoot,
                                                          user_root(client_.deps().user), percent_encode(folder)),
                                      .headers = immutable_ids(),
                                      .body = *std::move(body),
                                      .content_type = "application/json",
                                      .repeatable = false},
                                     stop);
    if (!answer) return answer.error();
    auto made = read_draft(answer->http.body);
    if (answer->http.status == 201 && made) return RemoteId(made->id);
    return Error{Code::no_answer, "importing the message: the answer does not name the message", ""};
  }

  Result<std::optional<RemoteId>> find(std::string_view message_id, const Stop& stop) override {
    const auto found =
        client_.ask({.what = "looking for the message",
                     .path = fmt::format("{}{}/messages", kRoot, user_root(client_.deps().user)),
                     .query = fmt::format("$filter={}&$select={}&$top=1", same_message_id(message_id), kSentSelect),
                     .headers = immutable_ids()},
                    read_sent_list, stop);
    if (!found) return found.error();
    return found->empty() ? std::optional<RemoteId>() : RemoteId(found->front().id);
  }

 private:
  static Result<std::string> request_body(const Incoming& incoming) {
    auto message = take_apart(incoming.mime, kMaxImportJson);
    if (!message) {
      auto error = message.error().within("importing the message");
      error.hint = "Outlook takes no message as it is; this one stays out";
      return error;
    }
    auto fields = json::parse(write_draft_json(*message, message->message_id), nullptr, false);
    if (message->message_id.empty()) fields.erase("internetMessageId");
    fields["isRead"] = !incoming.unread;
    if (incoming.starred) fields["flag"] = {{"flagStatus", "flagged"}};
    for (const auto& label : incoming.labels) fields["categories"].push_back(to_valid_utf8(label.value));
    if (!incoming.draft) {
      auto& properties = fields["singleValueExtendedProperties"];
      const auto date = message->date ? message->date : incoming.received;
      properties.push_back({{"id", kMessageFlags}, {"value", std::to_string(incoming.unread ? 0 : kFlagRead)}});
      if (const auto received = incoming.received ? incoming.received : date) {
        properties.push_back({{"id", kDeliveryTime}, {"value", to_rfc3339(*received)}});
      }
      if (date) properties.push_back({{"id", kSubmitTime}, {"value", to_rfc3339(*date)}});
    }
    if (auto attached = attach(incoming.mime, *message, fields); !attached) return attached.error();
    auto body = fields.dump(-1, ' ', false, json::error_handler_t::replace);
    if (body.size() > kMaxImportJson) return too_large_to_import(body.size());
    return body;
  }

  // In the same request: what was created without them would be a message that lacks them when a run is killed.
  static Status attach(const Blob& mime, const ParsedMessage& message, json& fields) {
    const bool html = !message.body_html.empty();
    std::size_t total = 0;
    return each_attachment(mime, message, [&](const Attachment& attachment, OutgoingAttachment part) -> Status {
      total += part.content.size() / 3 * 4;
      if (total > kMaxImportJson) return too_large_to_import(total);
      auto bytes = part.content.bytes();
      if (!bytes) return bytes.error();
      if (part.name.empty()) part.name = part.type == "message/rfc822" ? "message.eml" : "attachment";
      const bool is_inline = html && attachment.is_inline && !part.content_id.empty();
      fields["attachments"].push_back(
          json::parse(write_attachment({part.name, part.type, part.content_id, is_inline}, *bytes), nullptr, false));
      return {};
    });
  }

  ApiClient client_;
};

}  // namespace

std::unique_ptr<Importer> make_importer(const ProviderDeps& deps) {
  return std::make_unique<MicrosoftImporter>(deps);
}

}  // namespace mailmgr::microsoft
