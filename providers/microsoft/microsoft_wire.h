// Microsoft Graph's JSON and our types. As everywhere at the wire, an entry that cannot be used is dropped, and an
// answer that is not what was asked for is Code::try_later. Documents: Graph v1.0 "message: delta", "mailFolder",
// "message", "Microsoft Graph error responses", "Get change notifications … delta query".
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/provider.h"
#include "providers/json_text.h"

namespace mailmgr::microsoft {

Result<Profile> read_me(std::string_view body);

// The addresses of /me: `mail` and what proxyAddresses names as SMTP.
Result<std::vector<SendingIdentity>> read_addresses(std::string_view body);

struct FolderEntry {
  FolderId id;
  std::string name;
  bool has_children = false;
  std::optional<std::uint64_t> total;
};
struct FolderList {
  std::vector<FolderEntry> folders;  // without search folders
  std::string next_link;
};
FolderList read_folders(const JsonText& text, const nlohmann::json& node);
FolderId read_folder_id(const JsonText& text, const nlohmann::json& node);  // empty if there is none

struct Category {
  std::string id, name;
  std::string color;  // "preset0" to "preset24"; empty: none
};
struct CategoryList {
  std::vector<Category> categories;
  std::string next_link;
};
CategoryList read_categories(const JsonText& text, const nlohmann::json& node);
Result<CategoryList> read_categories(std::string_view body);
Result<Category> read_category(std::string_view body);
Result<FolderEntry> read_folder(std::string_view body);

struct DeltaReply {
  std::vector<Change> changes;
  std::string next_link, delta_link;
};
DeltaReply read_delta(const JsonText& text, const nlohmann::json& node);

struct ListReply {
  std::vector<std::pair<RemoteId, ThreadId>> ids;
  std::string next_link;
};
Result<ListReply> read_list(std::string_view body);

constexpr std::string_view kMarksSelect =
    "id,isRead,flag,categories,parentFolderId,isDraft,receivedDateTime,conversationId";

// A message with kMarksSelect; `raw` is left out.
Fetched read_marks(const JsonText& text, const nlohmann::json& node);
Result<Fetched> read_marks(std::string_view body);
std::string read_etag(const JsonText& text, const nlohmann::json& node);
// A message's body for PATCH: isRead, flag and, where given, all its categories.
std::string write_marks(const MarksPatch& wish, const std::optional<std::vector<FolderId>>& categories);
std::string write_destination(const FolderId& folder);                      // move
std::string write_folder(std::string_view name);                            // mailFolder
std::string write_category(std::string_view name, std::string_view color);  // outlookCategory; empty: left out

struct DraftReply {
  std::string id;
  std::optional<Time> created;  // by the server's clock
};
Result<DraftReply> read_draft(std::string_view body);

struct SentEntry {
  bool is_draft = true;
  FolderId folder;
  std::string id;
  std::optional<Time> created, received;  // by the server's clock
  std::string marker;                     // of kMarkerHeader, where headers were asked for and are told
};
constexpr std::string_view kSentSelect = "id,isDraft,parentFolderId,createdDateTime,receivedDateTime";
std::vector<SentEntry> read_sent(const JsonText& text, const nlohmann::json& node);
Result<std::vector<SentEntry>> read_sent_list(std::string_view body);
Result<SentEntry> read_sent_one(std::string_view body);  // a message by its id
SentEntry read_sent_entry(const JsonText& text, const nlohmann::json& message);

// An ErrorReader (api_client.h). Microsoft's rule: the most specific known code decides, else the status.
Error read_error(const HttpResponse& answer, Time now);

}  // namespace mailmgr::microsoft
