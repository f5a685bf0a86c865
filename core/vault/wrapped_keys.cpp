#include "core/vault/wrapped_keys.h"

#include "core/base/encoding.h"
#include "core/vault/aes_gcm.h"

namespace mailmgr {
namespace {

constexpr char kWrapVersion = 1;
constexpr std::size_t kCheckSize = 16;
constexpr std::size_t kWrapping = 1 + kCheckSize + kDataKeyIdSize + kNonceSize + kKeySize + kTagSize;
constexpr std::size_t kMaxWrappings = 4;  // two, and what killed runs may have left

constexpr const char* kLostKeyHint =
    "mailmgr key status shows where the key comes from: put the right one there; if it is lost: mailmgr key destroy, "
    "then set the providers and log in again";

std::string aad_of(std::string_view store_uuid, std::string_view key_id) {
  return joined({"mailmgr wrapped key 1", store_uuid, key_id});
}

std::string key_check(std::string_view store_uuid, const Secret& key) {
  std::string text = joined({"mailmgr key check 1", store_uuid, key.reveal()});
  const Secret input = Secret::take(text);
  return sha256(input.reveal()).substr(0, kCheckSize);
}

Error wrong_key() {
  return {Code::config, "opening the token store: the key is not the one the stored logins were sealed with",
          kLostKeyHint};
}

Status check_size(const Secret& key) {
  if (key.reveal().size() == kKeySize) return {};
  return Error{Code::config, "opening the token store: the key is not 32 bytes long",
               "put the right key back, or name another source: mailmgr key set-source"};
}

bool is_well_formed(std::string_view wrapped) {
  if (wrapped.empty() || wrapped.size() % kWrapping != 0 || wrapped.size() / kWrapping > kMaxWrappings) return false;
  for (std::size_t at = 0; at < wrapped.size(); at += kWrapping) {
    if (wrapped[at] != kWrapVersion) return false;
  }
  return true;
}

std::optional<DataKey> unwrap_one(std::string_view wrapping, std::string_view store_uuid, const Secret& key) {
  const std::string_view id = wrapping.substr(1 + kCheckSize, kDataKeyIdSize);
  const std::string_view nonce = wrapping.substr(1 + kCheckSize + kDataKeyIdSize, kNonceSize);
  const std::string_view sealed = wrapping.substr(1 + kCheckSize + kDataKeyIdSize + kNonceSize);
  auto data = gcm_open(key, nonce, sealed, aad_of(store_uuid, id));
  if (!data) return std::nullopt;
  return DataKey{std::string(id), std::move(*data), std::string(store_uuid)};
}

}  // namespace

DataKey make_data_key(const VaultRow& row, Random& random) {
  std::string key = random.bytes(kKeySize);
  return {random.bytes(kDataKeyIdSize), Secret::take(key), row.store_uuid};
}

Result<std::string> wrap(const DataKey& data, const Secret& key, Random& random) {
  if (const Status size = check_size(key); !size) return size.error();
  const std::string nonce = random.bytes(kNonceSize);
  const auto sealed = gcm_seal(key, nonce, data.key.reveal(), aad_of(data.store_uuid, data.id));
  if (!sealed) return encryption_failed();
  return kWrapVersion + key_check(data.store_uuid, key) + data.id + nonce + *sealed;
}

Result<DataKey> unwrap(const VaultRow& row, const Secret& key) {
  if (const Status size = check_size(key); !size) return size.error();
  const std::string_view wrapped = row.wrapped_key;
  if (!is_well_formed(wrapped)) return damaged_data_key();
  const std::string check = key_check(row.store_uuid, key);
  bool is_known = false;
  for (std::size_t at = 0; at < wrapped.size(); at += kWrapping) {
    auto data = unwrap_one(wrapped.substr(at, kWrapping), row.store_uuid, key);
    if (data) return std::move(*data);
    is_known = is_known || equal_in_constant_time(wrapped.substr(at + 1, kCheckSize), check);
  }
  return is_known ? damaged_data_key() : wrong_key();
}

Result<std::string> only_wrappings_of(const VaultRow& row, const Secret& key) {
  if (const auto opens = unwrap(row, key); !opens) return opens.error();
  const std::string_view wrapped = row.wrapped_key;
  std::string kept;
  for (std::size_t at = 0; at < wrapped.size(); at += kWrapping) {
    const std::string_view wrapping = wrapped.substr(at, kWrapping);
    if (unwrap_one(wrapping, row.store_uuid, key)) kept += wrapping;
  }
  return kept;
}

Error damaged_data_key() {
  return {Code::store, "opening the token store: its data key is damaged",
          "restore tokens.db from a backup; or: mailmgr key destroy, then set the providers and log in again"};
}

Error encryption_failed() {
  return {Code::internal, "encrypting for the token store: OpenSSL failed", ""};
}

}  // namespace mailmgr
