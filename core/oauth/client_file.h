// The file that Google's console offers for download (client_secret_….json): an OAuth client under "installed"
// (desktop) or "web".
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mailmgr {

struct ClientFile {
  std::string client_id;
  Secret client_secret;
  std::string redirect_uri;  // empty for a desktop client, which may use any loopback port
};

// Takes the id, the secret and, of a web client, the first loopback redirect URI (else the first). The endpoints in the
// file are ignored: old files name retired ones. Code::usage for anything else, saying what the file seems to be; its
// content is never quoted.
Result<ClientFile> read_client_file(std::string_view json);

}  // namespace mailmgr
