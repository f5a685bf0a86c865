// Valid access tokens for one grant, renewed when needed and never by two at once: by its refresh token, or, where the
// grant is an organisation's, by the provider's own key or secret. Within the process a mutex,
// between processes the lease `grant-<id>` makes sure that one refresh serves all: whoever gets the lease reads the
// grant again first. A new token is used only after it was committed, with the refresh token that may have come with
// it.
//
// Errors of get(): auth_required when a person must log in (the stored grant then says why, and the provider is not
// asked again; never for an organisation's grant: there config and refused say what an administrator has to change);
// unreachable, no_answer, throttled, try_later when it passes: none of these speaks of a login; busy when
// the lease is not to be had; config for the client's setup or the key; store.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "core/oauth/token_client.h"
#include "core/ports/access_tokens.h"
#include "core/ports/account_stores.h"
#include "core/ports/leases.h"

namespace mailmgr {

class TokenSource final : public AccessTokens {
 public:
  struct World {
    GrantStore& grants;
    Vault& vault;
    Leases& leases;
    HttpClient& http;
    Clock& clock;
    Random& random;
  };

  // `account` is what messages and hints call it. `spec` must outlive the source.
  TokenSource(const World& world, ProviderConfig config, const ProviderSpec& spec, GrantId grant, std::string account);

  Result<Secret> get(const Stop& stop) override;
  void reject(const Secret& token) override;

 private:
  struct Held {
    Secret token;
    Time use_until;
  };

  Result<GrantRecord> load();
  std::optional<Held> stored_token(const GrantRecord& grant);
  Result<Secret> renew(const Stop& stop);
  Result<TokenSet> fetch(const GrantRecord& grant, const Stop& stop);
  Result<TokenSet> ask(TokenClient& endpoint, const GrantRecord& grant, const Secret& refresh_token,
                       milliseconds deadline, const Stop& stop);
  Result<Secret> refresh_token(const GrantRecord& grant);
  // False when the grant was changed meanwhile and nothing was written.
  Result<bool> save(const GrantRecord& grant, const TokenSet& tokens);
  Result<bool> mark_dead(const GrantRecord& grant, const std::string& reason);
  Error login_needed(const std::string& reason) const;
  Error unusable(const GrantRecord& grant, const std::string& reason) const;

  World world_;
  ProviderConfig config_;
  const ProviderSpec& spec_;
  GrantId grant_;
  std::string account_;

  std::mutex mutex_;
  std::optional<Held> held_;
  Secret rejected_;  // the token the API refused last; empty if none
};

}  // namespace mailmgr
