// Ids as types, so that a folder's id cannot be passed where a message's is meant. Numbers are the local store's own
// and never reused; strings are the providers', opaque and case-sensitive.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace mailmgr {

template <class Tag, class Rep>
struct Id {
  Rep value{};

  Id() = default;
  explicit Id(Rep v) : value(std::move(v)) {}
  auto operator<=>(const Id&) const = default;
};

using AccountId = Id<struct AccountTag, std::int64_t>;
using GrantId = Id<struct GrantTag, std::int64_t>;
using MessageId = Id<struct MessageTag, std::int64_t>;  // public: what `mailmgr show 42` names
using OutboxId = Id<struct OutboxTag, std::int64_t>;
using BulkId = Id<struct BulkTag, std::int64_t>;  // one run of `bulk send`
using RunId = Id<struct RunTag, std::int64_t>;
using LocalDraftId = Id<struct LocalDraftTag, std::int64_t>;  // a message that is being written here

using RemoteId = Id<struct RemoteTag, std::string>;  // a message at its provider
// Gmail's threadId, Graph's conversationId; where a provider tells none, one of our own (store/threading.h).
using ThreadId = Id<struct ThreadTag, std::string>;
using FolderId = Id<struct FolderTag, std::string>;  // a folder or label at its provider; an Outlook category's name
using StreamId = Id<struct StreamTag, std::string>;  // one stream of changes: Gmail has one, Graph one per folder
using Cursor = Id<struct CursorTag, std::string>;    // a provider's sync position, opaque; empty means "from the start"
using StagedId = Id<struct StagedTag, std::string>;  // a provider draft made in order to be sent

// What the name of a thread of our own begins with, which no provider's does. No provider may be told of it.
inline constexpr std::string_view kOwnThread = "mailmgr:";
inline bool is_own(const ThreadId& thread) {
  return thread.value.starts_with(kOwnThread);
}

}  // namespace mailmgr

template <class Tag, class Rep>
struct std::hash<mailmgr::Id<Tag, Rep>> {
  std::size_t operator()(const mailmgr::Id<Tag, Rep>& id) const { return std::hash<Rep>{}(id.value); }
};
