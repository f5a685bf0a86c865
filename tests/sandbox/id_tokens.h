// Signs id_tokens (RFC 7519, RS256) with a key made for this sandbox and publishes it as JWKS (RFC 7517).
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace mailmgr::sandbox {

class IdTokens {
 public:
  IdTokens();
  ~IdTokens();
  IdTokens(const IdTokens&) = delete;
  IdTokens& operator=(const IdTokens&) = delete;

  // header.payload.signature. The key is made at the first use, which takes some tens of milliseconds.
  std::string sign(const nlohmann::json& claims);
  nlohmann::json keys();

 private:
  struct Key;
  Key& key();
  std::unique_ptr<Key> key_;
};

}  // namespace mailmgr::sandbox
