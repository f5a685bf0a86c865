#include "tests/sandbox/graph/ids.h"

#include <array>
#include <cstdio>

#include "core/base/encoding.h"

namespace mailmgr::sandbox::graph {
namespace {

struct Prefix {
  IdKind kind;
  std::string_view text;
};

constexpr std::array<Prefix, 5> kPrefixes = {{
    {IdKind::message, "AAMkADk0-zYBGAAAAAAD_"},
    {IdKind::immutable_message, "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A_"},
    {IdKind::attachment, "AAMkADk0-zYBEgAQ_"},
    {IdKind::immutable_attachment, "AAkALgAAAAAAEgAQ-_"},
    {IdKind::folder, "AQMkADk0-zYALgAAA_"},
}};

void append(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>((value >> shift) & 0xff);
  }
}

std::uint64_t number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) {
    value = value << 8 | static_cast<unsigned char>(c);
  }
  return value;
}

// Everything but the key's lowest bit, which is the case of the id's last letter.
std::string payload(std::uint64_t mailbox, const ItemId& id) {
  std::string bytes;
  append(bytes, mailbox, 6);
  append(bytes, id.key >> 1, 4);
  append(bytes, id.incarnation, 4);
  append(bytes, id.attachment, 2);
  const auto check = stable_hash(bytes + static_cast<char>(id.kind));
  append(bytes, check, 2);
  return bytes;
}

}  // namespace

std::string encode_id(std::uint64_t mailbox, const ItemId& id) {
  for (const auto& prefix : kPrefixes) {
    if (prefix.kind == id.kind) {
      return std::string(prefix.text) + base64url(payload(mailbox, id)) + ((id.key & 1) != 0 ? "Q=" : "q=");
    }
  }
  return {};
}

std::optional<ItemId> decode_id(std::uint64_t mailbox, std::string_view text) {
  constexpr std::size_t kEncoded = 24;  // of 18 bytes
  for (const auto& prefix : kPrefixes) {
    if (!text.starts_with(prefix.text) || text.size() != prefix.text.size() + kEncoded + 2) {
      continue;
    }
    const auto encoded = text.substr(prefix.text.size(), kEncoded);
    const auto bytes = base64_decode(encoded);
    const auto tail = text.substr(text.size() - 2);
    if (!bytes || bytes->size() != 18 || (tail != "q=" && tail != "Q=")) {
      return std::nullopt;
    }
    ItemId id;
    id.kind = prefix.kind;
    id.key = static_cast<std::uint32_t>(number(std::string_view(*bytes).substr(6, 4)) << 1) | (tail == "Q=" ? 1U : 0U);
    id.incarnation = static_cast<std::uint32_t>(number(std::string_view(*bytes).substr(10, 4)));
    id.attachment = static_cast<std::uint16_t>(number(std::string_view(*bytes).substr(14, 2)));
    return encode_id(mailbox, id) == text ? std::optional(id) : std::nullopt;
  }
  return std::nullopt;
}

std::string conversation_id(std::uint64_t conversation) {
  std::string bytes;
  append(bytes, conversation, 8);
  append(bytes, conversation * 0x9E3779B97F4A7C15ULL, 7);
  return "AAQkADk0-zYALgAQA_" + base64url(bytes) + "=";
}

std::uint64_t stable_hash(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93ULL;
  return hash ^ hash >> 32;
}

std::string guid(std::uint64_t seed) {
  const std::uint64_t low = stable_hash(std::to_string(seed));
  char out[40];
  std::snprintf(out, sizeof out, "%08x-%04x-4%03x-a%03x-%012llx", static_cast<unsigned>(seed >> 32),
                static_cast<unsigned>(seed >> 16 & 0xffff), static_cast<unsigned>(seed & 0xfff),
                static_cast<unsigned>(low >> 52), static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return out;
}

}  // namespace mailmgr::sandbox::graph
