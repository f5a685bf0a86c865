// The ids of items and folders as Graph gives them out: opaque, URL-safe, and case-sensitive in earnest, for the ids of
// two neighbouring items differ in nothing but the case of one letter. A message has two of them ("Get immutable
// identifiers for Outlook resources"): the default id changes with every move, the immutable one does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailmgr::sandbox::graph {

enum class IdKind { message, immutable_message, attachment, immutable_attachment, folder };

struct ItemId {
  IdKind kind = IdKind::message;
  std::uint32_t key = 0;          // the message or folder
  std::uint32_t incarnation = 0;  // of default ids: how often the message has moved
  std::uint16_t attachment = 0;
  bool operator==(const ItemId&) const = default;
};

// `mailbox` is any number that tells mailboxes apart.
std::string encode_id(std::uint64_t mailbox, const ItemId& id);
// nullopt for anything that encode_id did not make for that mailbox.
std::optional<ItemId> decode_id(std::uint64_t mailbox, std::string_view text);

std::string conversation_id(std::uint64_t conversation);

// A stable hash (FNV-1a with a finish), for ids and tokens; not for security.
std::uint64_t stable_hash(std::string_view bytes);

// 8-4-4-4-12 hexadecimal digits made from a seed.
std::string guid(std::uint64_t seed);

}  // namespace mailmgr::sandbox::graph
