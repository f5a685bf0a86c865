// Valid access tokens for one grant, refreshed when needed and never by two at once. Within the process a mutex,
// between processes the lease `grant-<id>` makes sure that one refresh serves all: whoever gets the lease reads the
// grant again first. A new token is used only after it was committed, with the refresh token that may have come with
// it.
//
// Errors of get(): auth_required when a person must log in (the stored grant then says why, and the provider is not
// asked again); unreachable, no_answer, throttled, try_later when it passes: none of these speaks of a login; busy when
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

struct ValidToken {
  Secret token;
  Time expires;
};

class TokenSource final : public AccessTokens {
 public:
  struct World {
    GrantStore& grants;
    Vault& vault;
    Leases& leases;
    HttpClient& http;
    Clock& clock;
  };

  // `account` is what messages and hints call it. `spec` must outlive the source.
  TokenSource(const World& world, ProviderConfig config, const ProviderSpec& spec, GrantId grant, std::string account);

  Result<Secret> get(const Stop& stop) override;
  void reject(const Secret& token) override;

  // The token of get(), and when it ends.
  Result<ValidToken> current(const Stop& stop);
  // A fresh token for these scopes alone, which may be another API's. It is not kept; a refresh token that came with it
  // is committed first. auth_required, with the grant as it was, when there was no consent to these scopes.
  Result<ValidToken> fresh_for(const std::vector<std::string>& scopes, const Stop& stop);

 private:
  struct Held {
    Secret token;
    Time use_until;
    Time expires;
  };

  Result<GrantRecord> load();
  std::optional<Held> stored_token(const GrantRecord& grant);
  Result<ValidToken> renew(const Stop& stop);
  Result<std::unique_ptr<Lease>> take_lease(const Stop& stop);
  Result<TokenSet> refresh(const GrantRecord& grant, const std::vector<std::string>& scopes, const Stop& stop);
  // False when the grant was changed meanwhile and nothing was written.
  Result<bool> save(const GrantRecord& grant, const TokenSet& tokens);
  Result<bool> save_refresh_token(GrantRecord grant, const TokenSet& tokens);
  Result<bool> mark_dead(const GrantRecord& grant, const std::string& reason);
  Error login_needed(const std::string& reason) const;
  std::string refreshing() const;
  Error overtaken() const;

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
