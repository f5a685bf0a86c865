// Gmail's JSON and our types. Readers take what a server sent, drop what they cannot use (an entry without an id, a
// value of the wrong type) and fail only when the answer as a whole is not what was asked for: Code::try_later, since
// that is an answer cut short or somebody else's. Documents: Gmail API reference, "Synchronize clients", "Resolve
// errors".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/provider.h"

namespace mailmgr::google {

struct ProfileReply {
  std::string email;
  std::string history_id;  // digits
  std::optional<std::uint64_t> messages;
};
Result<ProfileReply> read_profile(std::string_view body);

Result<std::vector<Folder>> read_labels(std::string_view body);
Result<Folder> read_label(std::string_view body);  // labels.create and patch

struct HistoryReply {
  std::vector<Change> changes;
  std::string next_page_token;
  std::string history_id;  // digits, or empty
};
Result<HistoryReply> read_history(std::string_view body);

struct ListReply {
  std::vector<std::pair<RemoteId, ThreadId>> ids;
  std::string next_page_token;
};
Result<ListReply> read_list(std::string_view body);

struct MessageReply {
  RemoteId id;
  Fetched fetched;       // without raw (content_stream.h brings it); marks complete
  bool is_chat = false;  // an old chat: the API lists it among messages, but it is no mail
  QueryParams headers;   // format=metadata: name and value, as in the message
};
Result<MessageReply> read_message(std::string_view body);

struct DraftReply {
  std::string id;
  RemoteId message;
  ThreadId thread;
  QueryParams headers;  // format=metadata: as in MessageReply
};
Result<DraftReply> read_draft(std::string_view body);
struct DraftListReply {
  std::vector<DraftReply> drafts;
  std::string next_page;  // empty: that was the last
};
Result<DraftListReply> read_draft_list(std::string_view body);

// settings.sendAs.list.
Result<std::vector<SendingIdentity>> read_send_as(std::string_view body);

std::string write_draft(std::string_view mime, const std::optional<ThreadId>& thread);  // drafts.create with `raw`
std::string write_draft_metadata(const std::optional<ThreadId>& thread);                // for uploads
std::string write_draft_id(std::string_view id);                                        // drafts.send

// messages.modify, batchModify (with ids) and batchDelete (ids alone): what of a wish is labels.
struct LabelEdit {
  std::vector<std::string> add, remove;
  bool empty() const { return add.empty() && remove.empty(); }
  auto operator<=>(const LabelEdit&) const = default;
};
LabelEdit label_edit(const MarksPatch& wish);
std::string write_label_edit(const LabelEdit& edit, const std::vector<std::string>& ids = {});
// labels.create and patch; empty values are left out. `color` is a background's.
std::string write_label(std::string_view name, std::string_view color, bool is_new);

// An ErrorReader (api_client.h). Google's rule: decide by `reason`, not by the status.
Error read_error(const HttpResponse& answer, Time now);

bool is_history_id(std::string_view text);  // 1 to 20 digits

}  // namespace mailmgr::google
