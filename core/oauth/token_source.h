// Valid access tokens for one grant, renewed when needed and never by two at once: by its refresh token, or, where the
// grant is an organisation's, by the provider's own key or secret. Within the process a mutex, between processes the
// lease `grant-<id>` makes sure that one refresh serves all: whoever gets the lease reads the grant again first. A new
// token is used only after it was committed, with the refresh token that may have come with it.
//
// Errors: auth_required when a person must log in (the stored grant then says why, and the provider is not asked again;
// never for an organisation's grant: there config and refused say what an administrator has to change); unreachable,
// no_answer, throttled, try_later when it passes: none of these speaks of a login; busy when the lease is not to be
// had; config for the client's setup or the key; store.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

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
    Random& random;
  };

  // `account` is what messages and hints call it. `spec` must outlive the source.
  TokenSource(const World& world, ProviderConfig config, const ProviderSpec& spec, GrantId grant, std::string account);

  Result<Secret> get(const Stop& stop) override;
  void reject(const Secret& token) override;

  // The token of get(), and when it ends.
  Result<ValidToken> current(const Stop& stop);
  // A fresh token for these scopes alone, which may be another API's. It is not kept; a refresh token that came with it
  // is committed first. auth_required, with the grant as it was, when there was no consent to these scopes; refused
  // for an application's own grant, whose permissions are the API's alone.
  Result<ValidToken> fresh_for(const std::vector<std::string>& scopes, const Stop& stop);

 private:
  struct Held {
    Secret token;
    Time use_until;
    Time expires;
  };
  enum class Keep { both, refresh_token };  // what of new tokens is stored

  Result<GrantRecord> load();
  std::optional<Held> stored_token(const GrantRecord& grant);
  Result<ValidToken> renew(const Stop& stop);
  Result<std::unique_ptr<Lease>> take_lease(const Stop& stop);
  Result<TokenSet> fetch(const GrantRecord& grant, const std::vector<std::string>& scopes, const Stop& stop);
  Result<TokenSet> ask(TokenClient& endpoint, const GrantRecord& grant, const Secret& refresh_token,
                       const std::vector<std::string>& scopes, milliseconds deadline, const Stop& stop);
  Result<Secret> refresh_token(const GrantRecord& grant);
  // False when the grant was changed meanwhile and nothing was written.
  Result<bool> save(const GrantRecord& grant, const TokenSet& tokens, Keep keep);
  Result<GrantRecord> with_tokens(const GrantRecord& grant, const TokenSet& tokens, Keep keep);
  bool holds_same_login(const GrantRecord& one, const GrantRecord& other);
  Result<bool> mark_dead(const GrantRecord& grant, const std::string& reason);
  Error login_needed(const std::string& reason) const;
  Error unusable(const GrantRecord& grant, const std::string& reason) const;
  std::string renewing() const;
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
