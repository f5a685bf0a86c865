#include "providers/google/google_importer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/api_client.h"
#include "providers/google/google_fetch.h"
#include "providers/google/google_quota.h"
#include "providers/google/google_upload.h"
#include "providers/google/google_wire.h"

namespace mailmgr::google {
namespace {

constexpr std::uint64_t kMaxImport = 157286400;    // discovery document: messages.import, mediaUpload.maxSize
constexpr std::size_t kMaxImportAtOnce = 5000000;  // what Gmail advises for one request
// The date is the Date header's, where there is one; "receivedTime" would be now.
constexpr std::string_view kImportQuery = "internalDateSource=dateHeader&neverMarkSpam=true";

Status names_message(std::string_view body) {
  auto message = google::read_message(body);
  return message ? Status() : Status(message.error());
}

// Words of the query language would ask for something else.
bool can_be_asked_for(std::string_view id) {
  return !id.empty() && id.find_first_of(" \t\"(){}") == id.npos && id.front() != '-';
}

class GoogleImporter : public Importer {
 public:
  explicit GoogleImporter(const ProviderDeps& deps) : client_(deps, read_error) {}

  std::uint64_t max_size() const override { return kMaxImport; }

  Result<RemoteId> import(const Incoming& incoming, const Stop& stop) override {
    if (incoming.draft) return import_draft(incoming, stop);
    nlohmann::json labels = nlohmann::json::array();
    if (incoming.folder) labels.push_back(to_valid_utf8(incoming.folder->value));
    for (const auto& label : incoming.labels) labels.push_back(to_valid_utf8(label.value));
    if (incoming.unread) labels.push_back("UNREAD");
    if (incoming.starred) labels.push_back("STARRED");
    const MediaUpload upload{"importing the message",
                             "/messages/import",
                             std::string(kImportQuery),
                             nlohmann::json{{"labelIds", std::move(labels)}}.dump(),
                             incoming.mime,
                             incoming.progress,
                             units_of(client_.deps().quota).message_import,
                             names_message};
    const auto body = incoming.mime.size() <= kMaxImportAtOnce ? upload_at_once(client_, upload, stop)
                                                               : upload_in_pieces(client_, upload, stop);
    if (!body) return body.error();
    auto message = google::read_message(*body);
    if (!message) return unclear();
    return std::move(message->id);
  }

  Result<std::optional<RemoteId>> find(std::string_view message_id, const Stop& stop) override {
    if (message_id.starts_with('<')) message_id.remove_prefix(1);
    if (message_id.ends_with('>')) message_id.remove_suffix(1);
    if (!can_be_asked_for(message_id)) {
      return Error{Code::refused, "looking for the message: Gmail cannot be asked for its Message-ID", ""};
    }
    const auto found = client_.ask(
        {.what = "looking for the message",
         .path = user_path(client_.deps().user) + "/messages",
         .query = encode_query({{"q", fmt::format("rfc822msgid:{}", message_id)}, {"includeSpamTrash", "true"}}),
         .units = units_of(client_.deps().quota).list},
        read_list, stop);
    if (!found) return found.error();
    return found->ids.empty() ? std::optional<RemoteId>() : found->ids.front().first;
  }

 private:
  static Error unclear() {
    return {Code::no_answer, "importing the message: the answer does not name the message", ""};
  }

  // The label DRAFT cannot be given to a message.
  Result<RemoteId> import_draft(const Incoming& incoming, const Stop& stop) {
    Outgoing outgoing{incoming.mime, "", std::nullopt, incoming.progress};
    outgoing.is_draft = true;
    auto draft = incoming.mime.size() <= kMaxImportAtOnce ? upload_draft_at_once(client_, outgoing, stop)
                                                          : upload_draft(client_, outgoing, stop);
    if (!draft) return draft.error();
    if (draft->message.value.empty()) return unclear();
    return std::move(draft->message);
  }

  ApiClient client_;
};

}  // namespace

std::unique_ptr<Importer> make_importer(const ProviderDeps& deps) {
  return std::make_unique<GoogleImporter>(deps);
}

}  // namespace mailmgr::google
