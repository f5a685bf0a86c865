// The people and the OAuth clients a sandbox knows: who can log in, at which provider, in which tenant; and which
// client ids, secrets and redirect URIs were registered.
#pragma once

#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mailmgr::sandbox {

enum class Provider { google, microsoft };
std::string_view provider_name(Provider provider);

// The tenant of all personal Microsoft accounts.
inline constexpr std::string_view kConsumerTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";

struct Account {
  std::string email;
  Provider provider = Provider::google;
  std::string subject;  // Google: the numeric `sub`; Microsoft: the object id
  std::string name;     // display name
  std::string tenant;   // Microsoft only: kConsumerTenant or the id of the domain's tenant

  bool personal() const { return tenant == kConsumerTenant; }
};

// The tenant id of a Microsoft work domain: always the same for one domain.
std::string tenant_of_domain(std::string_view domain);
// A UUID that depends on `text` alone.
std::string uuid_of(std::string_view text);

class Accounts {
 public:
  // `spec` is an address, or google:ADDRESS or microsoft:ADDRESS. Without prefix the domain decides: gmail and google
  // are Google's; outlook, hotmail, live, microsoft are Microsoft's (the first three personal, microsoft a work
  // account, as is every other domain given with the prefix). Throws std::invalid_argument when undecided or malformed.
  const Account& add(std::string_view spec);

  const Account* find(std::string_view email) const;  // ignoring ASCII case; nullptr if unknown
  const Account* find(Provider provider, std::string_view email) const;
  std::vector<const Account*> of(Provider provider) const;
  const std::deque<Account>& all() const { return accounts_; }

 private:
  std::deque<Account> accounts_;  // addresses of elements stay valid
};

// A Google service account: acts for the people of one Workspace domain, within the scopes its administrator delegated.
struct ServiceAccount {
  std::string email;
  std::string public_key;           // PEM
  std::string domain;               // "corp.test"
  std::set<std::string> delegated;  // scopes, canonical
  bool disabled = false;
};

struct OAuthClient {
  Provider provider = Provider::google;
  std::string id;
  std::string secret;  // empty: none. A Microsoft client with one is confidential
  bool web = false;    // Google "web" or a Microsoft "Web" platform: registered redirect URIs only, secret required
  std::vector<std::string> redirect_uris;
  bool testing = false;                           // Google publishing status "Testing": refresh tokens live seven days
  std::string audience = "all";                   // Microsoft: all, organizations, consumers, or one tenant id
  std::vector<std::string> app_roles;             // Microsoft application permissions for client credentials
  std::vector<std::string> certificates;          // Microsoft: registered ones, PEM; such a client is confidential too
  std::optional<ServiceAccount> service_account;  // Google

  // {"provider","client_id","client_secret","web","redirect_uris","testing","audience","app_roles","certificates",
  // "service_account":{"email","public_key","domain","delegated","disabled"}}; throws std::invalid_argument for unknown
  // or missing keys.
  static OAuthClient from_json(const nlohmann::json& json);
  nlohmann::json to_json() const;  // with the secret: nothing here is secret
};

class Clients {
 public:
  Clients();                     // with the two default clients
  void put(OAuthClient client);  // replaces one with the same provider and id
  const OAuthClient* find(Provider provider, std::string_view id) const;
  const std::deque<OAuthClient>& all() const { return clients_; }

 private:
  std::deque<OAuthClient> clients_;
};

inline constexpr std::string_view kGoogleClientId = "sandbox-google.apps.googleusercontent.test";
inline constexpr std::string_view kGoogleClientSecret = "sandbox-google-secret";
inline constexpr std::string_view kMicrosoftClientId = "11111111-2222-3333-4444-555555555555";

}  // namespace mailmgr::sandbox
