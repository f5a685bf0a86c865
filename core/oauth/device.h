// The device authorization grant (RFC 8628), for a person whose browser is on another device: the program shows a page
// and a code, and asks the token endpoint until the person has typed the code there and decided.
#pragma once

#include <string>
#include <vector>

#include "core/oauth/token_client.h"

namespace mailmgr {

struct DeviceCode {
  Secret device_code;     // for the token endpoint alone
  std::string user_code;  // for the person: printable ASCII, at most 32 characters
  Url verification_uri;   // https, or this machine
  milliseconds expires_in;
  milliseconds interval;  // least time between two questions
};

class DeviceClient {
 public:
  DeviceClient(HttpClient& http, Clock& clock, Random& random, const OAuthClient& client)
      : http_(http), clock_(clock), random_(random), client_(client) {}

  // Asks for a code. Errors: as in token_answer.h, with GrantType::device_code; config where the provider has no such
  // endpoint.
  Result<DeviceCode> begin(const std::vector<std::string>& scopes, milliseconds deadline, const Stop& stop);

  // Asks until the person has decided, as slowly as the server wants it (§3.5: slow_down is for good, and trouble on
  // the way slows down too). Errors: auth_required when the code expired or the deadline of `stop` passed first;
  // refused when the person or a policy said no; interrupted; others as in token_answer.h, where they do not pass.
  Result<TokenSet> wait(const DeviceCode& code, const Stop& stop);

 private:
  HttpClient& http_;
  Clock& clock_;
  Random& random_;
  const OAuthClient& client_;
};

}  // namespace mailmgr
