#include "core/flow/verify_content.h"

#include <mutex>
#include <set>

#include "core/base/sha256.h"

namespace mailmgr {
namespace {

// nullopt: the bytes cannot be read.
std::optional<std::string> hash_of(const Blob& blob) {
  Sha256 hash;
  const auto read = blob.each_chunk([&](std::string_view piece) {
    hash.update(piece);
    return true;
  });
  return read ? std::optional(hash.finish()) : std::nullopt;
}

// Those whose bytes at the provider have another hash.
Result<std::set<RemoteId>> other_there(const std::map<RemoteId, std::string>& hashes, Mailbox& mailbox,
                                       const Stop& stop) {
  std::vector<RemoteId> ids;
  for (const auto& [id, hash] : hashes) ids.push_back(id);
  std::mutex mutex;
  std::set<RemoteId> other;
  Status trouble;
  const auto take = [&](const RemoteId& id, Result<Fetched> answer) {
    const auto hash = answer && answer->raw ? hash_of(*answer->raw) : std::nullopt;
    const std::lock_guard lock(mutex);
    if (!answer && answer.error().code != Code::gone) trouble = answer.error();
    if (hash && *hash != hashes.at(id)) other.insert(id);
    return true;
  };
  if (auto fetched = mailbox.fetch(ids, Want::content, take, stop); !fetched) return fetched.error();
  if (!trouble) return trouble.error();
  return other;
}

}  // namespace

Result<Differences> compare_content(const std::vector<LocalMessage>& messages, const VerifyWorld& world,
                                    bool stable_bytes, std::uint64_t& compared, const Stop& stop) {
  Differences differences;
  std::map<RemoteId, std::string> hashes;  // of those that are intact here
  std::map<RemoteId, MessageId> numbers;
  for (const auto& message : messages) {
    auto stored = world.inventory.content_hash(message.id);
    if (!stored) return stored.error();
    if (!*stored) continue;  // removed since
    ++compared;
    const auto raw = world.reader.raw(message.id);
    const auto hash = raw ? hash_of(*raw) : std::nullopt;
    numbers.emplace(message.remote_id, message.id);
    if (hash == **stored) {
      hashes.emplace(message.remote_id, *hash);
    } else {
      differences.emplace(message.remote_id, Difference{Divergence::content, message.remote_id, message.id,
                                                        "the stored bytes are damaged"});
    }
  }
  if (!stable_bytes) return differences;
  auto other = other_there(hashes, world.sync.mailbox, stop);
  if (!other) return other.error();
  for (const auto& id : *other) {
    differences.emplace(id, Difference{Divergence::content, id, numbers.at(id), "the provider's bytes are others"});
  }
  return differences;
}

}  // namespace mailmgr
