// One key pair for all tests of this room (making one takes a while), and the files an administrator has it in.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/base/time.h"
#include "tests/sandbox/key_pair.h"

namespace mailmgr::test {

inline const sandbox::KeyPair& test_keys() {
  static const auto keys =
      sandbox::make_key_pair(*from_rfc3339("2026-01-01T00:00:00Z"), *from_rfc3339("2027-01-01T00:00:00Z"));
  return keys;
}

inline nlohmann::json service_account_json() {
  return {{"type", "service_account"},
          {"project_id", "p"},
          {"private_key_id", "key-1"},
          {"private_key", test_keys().private_pem},
          {"client_email", "mailmgr@p.iam.gserviceaccount.com"},
          {"client_id", "1234567890"},
          {"token_uri", "https://evil.test/token"}};
}

}  // namespace mailmgr::test
