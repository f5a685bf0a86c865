// `provider test`: finds out what is wrong with a provider's set-up before any browser opens. Each check asks the
// provider one thing and changes nothing there. Prints nothing and returns no secret.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/ports/clock.h"
#include "core/ports/provider.h"
#include "core/ports/random.h"
#include "core/vault/vault.h"

namespace mailmgr {

struct ProviderCheck {
  // settings, login_host, redirect, token_host, client, api_host, api; of an organisation's credential: token instead
  // of redirect and client
  std::string_view name;
  enum class Verdict { good, bad, unknown } verdict = Verdict::good;  // unknown: it could not be told
  std::string message;                                                // what was found, where there is something to say
  std::optional<Error> error;                                         // of a bad one: code, message and hint
};

struct ProviderCheckWorld {
  std::span<const ProviderSpec> specs;
  Vault& vault;
  HttpClient& http;
  Clock& clock;
  Random& random;
  // One that a service account may act for, for a try; empty: whether it works is not told.
  std::string mailbox = {};
};

// The checks that could be made, in order; interrupted.
Result<std::vector<ProviderCheck>> check_provider_setup(const ProviderConfig& config, const ProviderCheckWorld& world,
                                                        const Stop& stop);

// The failure that counts most: nothing, or the first of config, refused and network trouble.
Status outcome(const std::vector<ProviderCheck>& checks);

}  // namespace mailmgr
