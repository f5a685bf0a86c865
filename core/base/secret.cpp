#include "core/base/secret.h"

#include <openssl/crypto.h>

#include <utility>

namespace mailmgr {
namespace {

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

// Longer than the small-string buffer from the start, so that a move leaves no copy inside the old object.
std::string heap_copy(std::string_view bytes) {
  std::string copy;
  copy.reserve(bytes.size() < 32 ? 32 : bytes.size());
  copy.assign(bytes);
  return copy;
}

}  // namespace

Secret::Secret(std::string_view bytes) : bytes_(heap_copy(bytes)) {}
Secret::Secret(const Secret& other) : bytes_(heap_copy(other.bytes_)) {}
Secret::Secret(Secret&& other) noexcept {
  bytes_.swap(other.bytes_);
}
Secret& Secret::operator=(Secret other) noexcept {
  bytes_.swap(other.bytes_);
  return *this;
}
Secret::~Secret() {
  wipe(bytes_);
}

Secret Secret::take(std::string& bytes) {
  Secret secret{std::string_view(bytes)};
  wipe(bytes);
  return secret;
}

bool Secret::operator==(const Secret& other) const {
  return equal_in_constant_time(bytes_, other.bytes_);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace mailmgr
