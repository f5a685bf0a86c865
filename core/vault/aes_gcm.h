// AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and full 128-bit tags: the one place that talks to OpenSSL's
// ciphers. Nothing that was decrypted leaves here before its tag was verified.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/secret.h"
#include "core/ports/keys.h"

namespace mailmgr {

inline constexpr std::size_t kNonceSize = 12;
inline constexpr std::size_t kTagSize = 16;

// Ciphertext and tag. `key` must be kKeySize and `nonce` kNonceSize bytes, and a nonce must never be used twice with
// one key; nullopt when they are not or when the library fails.
std::optional<std::string> gcm_seal(const Secret& key, std::string_view nonce, std::string_view plain,
                                    std::string_view aad);

// The plaintext; nullopt when anything at all does not fit: key, nonce, ciphertext, tag or additional data.
std::optional<Secret> gcm_open(const Secret& key, std::string_view nonce, std::string_view sealed,
                               std::string_view aad);

}  // namespace mailmgr
