#include "core/vault/aes_gcm.h"

#include <openssl/evp.h>

#include <memory>

namespace mailmgr {
namespace {

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// A context with key, nonce and additional data taken in; null when one of them is unusable.
Context start(bool encrypt, const Secret& key, std::string_view nonce, std::string_view aad) {
  Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  if (!context || key.reveal().size() != kKeySize || nonce.size() != kNonceSize) return {nullptr, &EVP_CIPHER_CTX_free};
  int length = 0;
  const bool ready = EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key.reveal()), bytes(nonce),
                                       encrypt ? 1 : 0) == 1 &&
                     EVP_CipherUpdate(context.get(), nullptr, &length, bytes(aad), static_cast<int>(aad.size())) == 1;
  if (!ready) context.reset();
  return context;
}

}  // namespace

std::optional<std::string> gcm_seal(const Secret& key, std::string_view nonce, std::string_view plain,
                                    std::string_view aad) {
  const Context context = start(true, key, nonce, aad);
  if (!context) return std::nullopt;
  std::string sealed(plain.size() + kTagSize, '\0');
  int length = 0;
  int rest = 0;
  const bool done =
      EVP_EncryptUpdate(context.get(), bytes(sealed), &length, bytes(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), bytes(sealed) + length, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagSize),
                          bytes(sealed) + plain.size()) == 1;
  if (!done) return std::nullopt;
  return sealed;
}

std::optional<Secret> gcm_open(const Secret& key, std::string_view nonce, std::string_view sealed,
                               std::string_view aad) {
  if (sealed.size() < kTagSize) return std::nullopt;
  const Context context = start(false, key, nonce, aad);
  if (!context) return std::nullopt;
  const std::string_view cipher = sealed.substr(0, sealed.size() - kTagSize);
  std::string tag(sealed.substr(cipher.size()));
  std::string plain(cipher.size() + 1, '\0');  // never empty, so that there is always an address to write to
  int length = 0;
  int rest = 0;
  const bool genuine =
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagSize), tag.data()) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes(plain), &length, bytes(cipher), static_cast<int>(cipher.size())) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes(plain) + length, &rest) == 1;
  plain.pop_back();
  Secret secret = Secret::take(plain);  // wipes the buffer in either case
  if (!genuine) return std::nullopt;
  return secret;
}

}  // namespace mailmgr
