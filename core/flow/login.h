// A login, from the provider's name to a stored account: listen, send the person to the provider (or show a code for
// another device), check what comes back, exchange it, look whose mailbox it is, and only then write, first the grant,
// then the account. Until that moment nothing stored changes, so a login that fails in any way costs nothing. Prints
// nothing: a front end shows the URL.
//
// Errors: not_found (a provider or account nobody knows), config (provider not set, key or store unusable, port taken),
// usage, busy (a login for the same mailbox is running), auth_required (no answer in time), refused (declined, scopes
// missing, another mailbox than expected, no mailbox), interrupted, and what the token endpoint and the API report.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/flow/login_answer.h"
#include "core/flow/login_forecast.h"
#include "core/ports/account_stores.h"
#include "core/ports/browser.h"
#include "core/ports/callback_listener.h"
#include "core/ports/leases.h"
#include "core/ports/provider.h"
#include "core/vault/vault.h"

namespace mailmgr {

struct LoginRequest {
  std::string provider;               // empty: that of `account`, else the only one that is set
  std::string account;                // name or address of an account to log in again; empty: whoever logs in
  std::string name;                   // of a new account; empty: its address
  std::string login_hint;             // the address that is expected to log in
  std::optional<AccessLevel> access;  // default: the account's, else the provider's
  std::set<std::string> with;         // besides what the provider is set to
  bool connect = true;                // false: the account is stored disconnected
  bool set_since = false;             // whether `since` was given
  std::optional<Time> since;          // sync start; nullopt: everything
  std::optional<std::uint16_t> port;  // of the listener; default: any free one
  // How long to wait for the person; default: five minutes, and with a device code as long as that lasts.
  std::optional<milliseconds> timeout;
  bool device = false;           // with a device code (RFC 8628) instead of a browser here
  bool open_browser = true;      // false: the URL is only shown
  bool allow_different = false;  // accept another mailbox than the expected one
};

struct LoginWorld {
  std::span<const ProviderSpec> specs;
  ProviderStore& providers;
  GrantStore& grants;
  AccountStore& accounts;
  Vault& vault;
  Leases& leases;
  CallbackListeners& listeners;
  Browser& browser;
  Clock& clock;
  Random& random;
  std::function<HttpClient&(const ProviderConfig&)> http;  // a client that trusts the provider's --ca-file
};

struct LoginResult {
  AccountRecord account;
  AccessLevel access = AccessLevel::full;
  std::set<std::string> scopes;             // granted
  std::vector<std::string> missing_scopes;  // asked for and not granted; none that `access` needs
  LoginForecast forecast;                   // when this login will end, and why
  bool connected = false;                   // the mailbox was not connected before
};

Result<LoginResult> login(const LoginRequest& request, const LoginWorld& world, const LoginFront& front,
                          const Stop& stop);

}  // namespace mailmgr
