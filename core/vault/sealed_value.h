// One sealed value: AES-256-GCM under a data key, bound to what it belongs to. The bytes are
//   version, data key id, nonce, ciphertext, tag
// and everything but the nonce is authenticated, together with the context and the store's identity.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/secret.h"
#include "core/ports/random.h"

namespace mailmgr {

enum class SealKind { access_token, refresh_token, client_secret, private_key };
std::string_view in_words(SealKind kind);  // "access token"

// What a sealed value belongs to. Opening needs exactly the context it was sealed with.
struct SealContext {
  GrantId grant;  // 0 for what belongs to no grant
  std::string provider;
  std::string client_id;
  std::string origins;
  SealKind kind = SealKind::access_token;
};

// The key that seals values. It lives in the store, wrapped (wrapped_keys.h).
struct DataKey {
  std::string id;  // 8 bytes: which key a value was sealed with; not secret
  Secret key;
  std::string store_uuid;
};
inline constexpr std::size_t kDataKeyIdSize = 8;

// nullopt when the library fails.
std::optional<std::string> seal_value(const DataKey& key, Random& random, const Secret& value,
                                      const SealContext& context);

// The id of the data key that a value says it was sealed with; nullopt for what cannot be a sealed value.
std::optional<std::string_view> data_key_of(std::string_view sealed);

// nullopt when anything at all does not fit: key, context, store, any bit of the value.
std::optional<Secret> open_value(const DataKey& key, std::string_view sealed, const SealContext& context);

// Each field with its length in front, so that no two lists of fields give the same bytes.
template <std::size_t N>
std::string joined(const std::string_view (&fields)[N]) {
  std::string out;
  for (const std::string_view field : fields) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((field.size() >> shift) & 0xff);
    out += field;
  }
  return out;
}

}  // namespace mailmgr
