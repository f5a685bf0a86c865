#include "core/base/sha256.h"

#include <openssl/evp.h>

#include <array>

namespace mailmgr {

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()) { restart(); }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  void restart() { EVP_DigestInit_ex(context, EVP_sha256(), nullptr); }

  EVP_MD_CTX* context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(state_->context, digest.data(), &size);
  state_->restart();
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace mailmgr
