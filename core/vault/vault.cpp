#include "core/vault/vault.h"

#include <array>

#include "core/base/encoding.h"
#include "core/vault/aes_gcm.h"

namespace mailmgr {
namespace {

// A sealed value:   version, data key id, nonce, ciphertext, tag.
// The wrapped key:  version, key check, data key id, nonce, encrypted data key, tag.
// The key check is a hash that only the right wrapping key gives: it tells a wrong key from a damaged row.
constexpr char kVersion = 1;
constexpr std::size_t kKeyIdSize = 8;
constexpr std::size_t kCheckSize = 16;
constexpr std::size_t kSealedHeader = 1 + kKeyIdSize + kNonceSize;
constexpr std::size_t kWrappedSize = 1 + kCheckSize + kKeyIdSize + kNonceSize + kKeySize + kTagSize;

std::string_view to_string(SealKind kind) {
  switch (kind) {
    case SealKind::access_token:
      return "access_token";
    case SealKind::refresh_token:
      return "refresh_token";
    case SealKind::client_secret:
      return "client_secret";
    case SealKind::private_key:
      return "private_key";
  }
  return "";
}

std::string_view in_words(SealKind kind) {
  switch (kind) {
    case SealKind::access_token:
      return "access token";
    case SealKind::refresh_token:
      return "refresh token";
    case SealKind::client_secret:
      return "client secret";
    case SealKind::private_key:
      return "private key";
  }
  return "";
}

// Each field with its length in front, so that no two lists of fields give the same bytes.
template <std::size_t N>
std::string joined(const std::array<std::string_view, N>& fields) {
  std::string out;
  for (const std::string_view field : fields) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((field.size() >> shift) & 0xff);
    out += field;
  }
  return out;
}

std::string aad_of_value(std::string_view store_uuid, std::string_view key_id, const SealContext& context) {
  const std::string grant = std::to_string(context.grant.value);
  return joined<8>({"mailmgr sealed value 1", store_uuid, key_id, grant, context.provider, context.client_id,
                    context.origins, to_string(context.kind)});
}

std::string aad_of_key(std::string_view store_uuid, std::string_view key_id) {
  return joined<3>({"mailmgr wrapped key 1", store_uuid, key_id});
}

std::string key_check(std::string_view store_uuid, const Secret& key) {
  std::string text = joined<3>({"mailmgr key check 1", store_uuid, key.reveal()});
  const Secret input = Secret::take(text);
  return sha256(input.reveal()).substr(0, kCheckSize);
}

constexpr std::string_view kRestoreStore =
    "restore tokens.db from a backup; or move it away, set the providers and log in again";

Error library_failed() {
  return {Code::internal, "encrypting for the token store: OpenSSL failed", ""};
}

Error damaged_key() {
  return {Code::store, "opening the token store: its data key is damaged", std::string(kRestoreStore)};
}

Error wrong_key() {
  return {Code::config, "opening the token store: the key is not the one the stored logins were sealed with",
          "put the right key file back; if it is lost, move tokens.db away, set the providers and log in again"};
}

Error damaged_value(const SealContext& context) {
  const std::string what =
      "opening the stored " + std::string(in_words(context.kind)) + " of provider " + context.provider;
  const std::string hint = context.kind == SealKind::client_secret
                               ? "set it again: mailmgr provider set " + context.provider + " --client-secret-file FILE"
                               : "log in again: mailmgr login " + context.provider;
  return {Code::store, what + ": it is damaged or was sealed for something else", hint};
}

Status check_size(const Secret& key) {
  if (key.reveal().size() == kKeySize) return {};
  return Error{Code::config, "opening the token store: the key is not 32 bytes long",
               "put the right key file back, or name another key source"};
}

}  // namespace

Status Vault::prepare() {
  const std::lock_guard lock(mutex_);
  const auto key = unlock(true);
  if (!key) return key.error();
  return {};
}

Result<std::string> Vault::seal(const Secret& value, const SealContext& context) {
  const std::lock_guard lock(mutex_);
  const auto key = unlock(true);
  if (!key) return key.error();
  const DataKey& data = **key;
  const std::string nonce = random_.bytes(kNonceSize);
  const auto sealed = gcm_seal(data.key, nonce, value.reveal(), aad_of_value(data.store_uuid, data.id, context));
  if (!sealed) return library_failed();
  return kVersion + data.id + nonce + *sealed;
}

Result<Secret> Vault::open(std::string_view sealed, const SealContext& context) {
  const std::lock_guard lock(mutex_);
  const auto key = unlock(false);
  if (!key) return key.error();
  const DataKey& data = **key;
  if (sealed.size() < kSealedHeader + kTagSize || sealed.front() != kVersion) return damaged_value(context);
  // The id inside the value is authenticated as well: a changed one simply does not open.
  const std::string_view key_id = sealed.substr(1, kKeyIdSize);
  const std::string_view nonce = sealed.substr(1 + kKeyIdSize, kNonceSize);
  auto value = gcm_open(data.key, nonce, sealed.substr(kSealedHeader), aad_of_value(data.store_uuid, key_id, context));
  if (!value) return damaged_value(context);
  return std::move(*value);
}

Result<const Vault::DataKey*> Vault::unlock(bool create) {
  if (data_key_) return &*data_key_;
  auto row = store_.load();
  if (!row) return row.error();
  if (row->wrapped_key.empty()) {
    if (!create) return damaged_key();
    auto made = make_data_key(*row);
    if (!made) return made.error();
    data_key_ = std::move(*made);
    return &*data_key_;
  }
  // Where a data key is stored already, a missing key must never be replaced by a new one.
  const auto key = keys_.load();
  if (!key) return key.error();
  auto data = unwrap(*row, *key);
  if (!data) return data.error();
  data_key_ = std::move(*data);
  return &*data_key_;
}

Result<Vault::DataKey> Vault::make_data_key(const VaultRow& row) {
  const auto key = keys_.load_or_create();
  if (!key) return key.error();
  if (const Status size = check_size(*key); !size) return size.error();

  std::string fresh = random_.bytes(kKeySize);
  DataKey data{random_.bytes(kKeyIdSize), Secret::take(fresh), row.store_uuid};
  const std::string nonce = random_.bytes(kNonceSize);
  const auto sealed = gcm_seal(*key, nonce, data.key.reveal(), aad_of_key(row.store_uuid, data.id));
  if (!sealed) return library_failed();

  const auto saved = store_.save_first_key(kVersion + key_check(row.store_uuid, *key) + data.id + nonce + *sealed);
  if (!saved) return saved.error();
  if (*saved) return data;
  const auto theirs = store_.load();  // another process was faster: its data key is the one that counts
  if (!theirs) return theirs.error();
  return unwrap(*theirs, *key);
}

Result<Vault::DataKey> Vault::unwrap(const VaultRow& row, const Secret& key) const {
  if (const Status size = check_size(key); !size) return size.error();
  const std::string_view wrapped = row.wrapped_key;
  if (wrapped.size() != kWrappedSize || wrapped.front() != kVersion) return damaged_key();
  const std::string_view check = wrapped.substr(1, kCheckSize);
  const std::string_view id = wrapped.substr(1 + kCheckSize, kKeyIdSize);
  const std::string_view nonce = wrapped.substr(1 + kCheckSize + kKeyIdSize, kNonceSize);
  const std::string_view sealed = wrapped.substr(1 + kCheckSize + kKeyIdSize + kNonceSize);
  auto data = gcm_open(key, nonce, sealed, aad_of_key(row.store_uuid, id));
  if (data) return DataKey{std::string(id), std::move(*data), row.store_uuid};
  return equal_in_constant_time(check, key_check(row.store_uuid, key)) ? damaged_key() : wrong_key();
}

}  // namespace mailmgr
