// Google's OAuth 2.0 endpoints: authorize, token, revoke, userinfo, device, keys and discovery, as "Using OAuth 2.0 to
// access Google APIs" describes them for desktop and web clients. Errors of the authorize endpoint are pages in the
// browser and never redirected, except access_denied; the token endpoint answers {"error","error_description"}.
#pragma once

#include <set>
#include <string>

#include "tests/sandbox/consent.h"
#include "tests/sandbox/form.h"
#include "tests/sandbox/oauth.h"

namespace mailmgr::sandbox {

class GoogleOAuth {
 public:
  GoogleOAuth(OAuthWorld& world, Consent& consent) : world_(world), consent_(consent) {}

  Response authorize(const Request& request, Time now);
  Response decide(const Decision& decision, Time now);
  Response token(const Request& request, Time now);
  Response revoke(const Request& request, Time now);
  Response userinfo(const Request& request, Time now);
  Response device_code(const Request& request);
  Response keys();
  static Response discovery(const Request& request);

 private:
  Response redeem(const Form& form, const OAuthClient& client, Time now);
  Response refresh(const Form& form, const OAuthClient& client, Time now);
  Response delegate(const Form& form, Time now);  // a service account's assertion
  std::string id_token(const Grant& grant, const std::string& access_token, Time now);

  OAuthWorld& world_;
  Consent& consent_;
  std::set<std::string> consented_;  // client and account: a web client gets a refresh token at the first consent only
};

// The 401 of Google's APIs for a missing or dead access token.
Response google_unauthorized(bool token_given);

}  // namespace mailmgr::sandbox
