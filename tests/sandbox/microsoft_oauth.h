// The Microsoft identity platform's v2.0 endpoints: authorize, token (authorization code, refresh, device code, client
// credentials), devicecode, logout, userinfo, keys and discovery, as its "OAuth 2.0 and OpenID Connect protocols"
// describe them for public and confidential clients.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "tests/sandbox/consent.h"
#include "tests/sandbox/form.h"
#include "tests/sandbox/microsoft_tenants.h"
#include "tests/sandbox/oauth.h"

namespace mailmgr::sandbox {

class MicrosoftOAuth {
 public:
  MicrosoftOAuth(OAuthWorld& world, Consent& consent) : world_(world), consent_(consent) {}

  // `tenant` is the path segment, decoded.
  Response authorize(const Request& request, std::string_view tenant, Time now);
  Response decide(const Decision& decision, Time now);
  Response token(const Request& request, std::string_view tenant, Time now);
  Response device_code(const Request& request, std::string_view tenant, Time now);
  // /_sandbox/devicelogin: the page where a person types the code (user_code, account, decision=allow|cancel).
  Response device_login(const Request& request, Time now);
  Response logout(const Request& request);
  Response userinfo(const Request& request, Time now);
  Response keys();
  Response discovery(const Request& request, std::string_view tenant, Time now);

 private:
  struct Device {
    std::string client_id, tenant, user_code;
    std::vector<ScopeChoice> scopes;
    Time expires{};
    Time next_poll{};
    std::chrono::seconds interval{5};
    enum class State { waiting, approved, declined, done } state = State::waiting;
    std::string account;
  };

  Response redeem(const Form& form, const OAuthClient& client, const Tenant& tenant, Time now);
  Response refresh(const Form& form, const OAuthClient& client, Time now);
  Response poll_device(const Form& form, const OAuthClient& client, const Tenant& tenant, Time now);
  Response client_credentials(const Form& form, const OAuthClient& client, const Tenant& tenant, Time now);
  // Access token, and by scope refresh token and id_token.
  Response tokens_for(const GrantPtr& grant, const std::set<std::string>& scopes, Time now);
  std::string id_token(const Grant& grant, Time now);
  std::vector<std::string> emails_admitted(const Tenant& tenant) const;

  OAuthWorld& world_;
  Consent& consent_;
  std::map<std::string, Device> devices_;  // by device code
};

// The 401 of Microsoft Graph for a missing or dead access token.
Response graph_unauthorized(bool token_given, Time now);
// Its 401 for a token that is for another API.
Response graph_wrong_audience(Time now);

}  // namespace mailmgr::sandbox
