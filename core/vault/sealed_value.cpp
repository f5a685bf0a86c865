#include "core/vault/sealed_value.h"

#include "core/vault/aes_gcm.h"

namespace mailmgr {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeader = 1 + kDataKeyIdSize + kNonceSize;

// Part of what is authenticated: never changed.
std::string_view label_of(SealKind kind) {
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

std::string aad_of(const DataKey& key, const SealContext& context) {
  const std::string grant = std::to_string(context.grant.value);
  return joined({"mailmgr sealed value 1", key.store_uuid, key.id, grant, context.provider, context.client_id,
                 context.origins, label_of(context.kind)});
}

}  // namespace

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

std::optional<std::string> seal_value(const DataKey& key, Random& random, const Secret& value,
                                      const SealContext& context) {
  const std::string nonce = random.bytes(kNonceSize);
  const auto sealed = gcm_seal(key.key, nonce, value.reveal(), aad_of(key, context));
  if (!sealed) return std::nullopt;
  return kVersion + key.id + nonce + *sealed;
}

std::optional<std::string_view> data_key_of(std::string_view sealed) {
  if (sealed.size() < kHeader + kTagSize || sealed.front() != kVersion) return std::nullopt;
  return sealed.substr(1, kDataKeyIdSize);
}

std::optional<Secret> open_value(const DataKey& key, std::string_view sealed, const SealContext& context) {
  if (data_key_of(sealed) != std::string_view(key.id)) return std::nullopt;
  const std::string_view nonce = sealed.substr(1 + kDataKeyIdSize, kNonceSize);
  return gcm_open(key.key, nonce, sealed.substr(kHeader), aad_of(key, context));
}

}  // namespace mailmgr
