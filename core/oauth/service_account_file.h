// The key file that Google's console makes for a service account ("type":"service_account").
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/oauth/signing_key.h"

namespace mailmgr {

struct ServiceAccountFile {
  std::string client_id;  // numeric: what an administrator delegates to
  std::string issuer;     // the service account's address
  SigningKey key;         // its id is the file's private_key_id
};

// The endpoints in the file are ignored: a file must not decide where an assertion goes. Code::usage for anything else,
// saying what the file seems to be; its content is never quoted.
Result<ServiceAccountFile> read_service_account_file(std::string_view json);

}  // namespace mailmgr
