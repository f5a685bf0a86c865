// Provider → grant → account. A provider is an OAuth client that an administrator set up. A grant is one credential
// with its tokens, obtained through a provider. An account is a mailbox reached through a grant; several may share one.
// These are plain rows; secrets in them are ciphertext (core/vault).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/time.h"

namespace mailmgr {

enum class ProviderKind { google, microsoft };
std::string_view to_string(ProviderKind kind);  // "google", "microsoft"
std::optional<ProviderKind> provider_kind(std::string_view name);

enum class AccessLevel { full, drafts_only, send_only, read_only };
std::string_view to_string(AccessLevel level);  // "full", "drafts-only", "send-only", "read-only"
std::optional<AccessLevel> access_level(std::string_view name);

// What a command does to a mailbox. `full` permits all of them, every other level exactly the one it is named after:
// the same rule for what a login may do (--access) and for what a run may do (--allow).
enum class Permission { read, draft, send, change, administer };
bool permits(AccessLevel level, Permission permission);

// How a credential came about: a person in a browser or with a device code, or an administrator for a whole
// organisation (Google: a service account with domain-wide delegation; Microsoft: application permissions).
enum class GrantKind { oauth_code, device, service_account, app_only };
std::string_view to_string(GrantKind kind);  // as written here
std::optional<GrantKind> grant_kind(std::string_view name);
// One credential reaches every mailbox of an organisation, and nobody logs in.
bool serves_organisation(GrantKind kind);

enum class GrantState {
  active,
  needs_login,
  revoke_pending,  // let go here, but the provider could not be told yet; the tokens are kept for that alone
};

struct ProviderConfig {
  std::string name;  // unique; "google" and "microsoft" have a known kind
  ProviderKind kind = ProviderKind::google;
  std::string client_id;
  std::string sealed_client_secret;  // empty: a public client
  // oauth_code: people log in. Otherwise one credential, the administrator's, reaches every mailbox.
  GrantKind grants = GrantKind::oauth_code;
  std::string sealed_private_key;  // service_account; app_only with a certificate: PEM (PKCS#8)
  std::string key_id;              // Google: private_key_id; Microsoft: the certificate's x5t#S256, base64url
  std::string key_issuer;          // Google: the service account's address (`iss` of its assertions)
  std::string tenant;              // Microsoft: common, organizations, consumers, a GUID or a domain; default "common"
  std::string redirect_uri;        // empty: loopback with any port
  AccessLevel access = AccessLevel::full;
  std::set<std::string> with;  // shared, settings, permanent-delete, imap
  std::string base_url;        // empty: the provider's real hosts
  std::string auth_url;        // replaces the login host alone
  std::string api_url;         // replaces the API host alone
  std::string ca_file;         // PEM; empty: the system's
  std::string quota;           // which limits hold (choose_quota)
  bool system = false;         // from /etc/mailmgr/providers.d: for all users, and no user's command changes it
  // A desktop client's "secret" that the system's file gives to every user, and so is none (RFC 8252 §8.5).
  std::string open_client_secret;

  bool has_client_secret() const { return !sealed_client_secret.empty() || !open_client_secret.empty(); }
};

struct GrantRecord {
  GrantId id;
  std::string provider;  // ProviderConfig::name
  GrantKind kind = GrantKind::oauth_code;
  std::string client_id;         // the client the tokens were issued to
  std::string origins;           // login and API origins they were issued by and for; part of the seal
  std::string email;             // the mailbox that logged in; app_only: empty, as it reaches all
  std::set<std::string> scopes;  // granted, canonical
  AccessLevel access = AccessLevel::full;
  std::string sealed_refresh_token;
  std::string sealed_access_token;
  std::optional<Time> access_expires;
  std::optional<Time> refresh_expires;  // where the provider said so
  std::optional<Time> refreshed;        // when the provider last gave tokens
  GrantState state = GrantState::active;
  std::string state_reason;     // why a login is needed, for people
  std::int64_t generation = 0;  // counts every change of the tokens
};

enum class AccountState { active, paused, disconnected };

struct AccountRecord {
  AccountId id;
  std::string name;   // unique, exact; default: its address
  std::string email;  // compared case-insensitively
  GrantId grant;
  std::string provider;  // ProviderConfig::name
  ProviderKind kind = ProviderKind::google;
  std::optional<Time> since;                  // sync start; nullopt: everything
  std::vector<std::string> include, exclude;  // folders and labels to sync and not to sync; empty: all, none
  std::string sender_name;                    // shown beside the address on mail sent from here; may be empty
  std::optional<AccountId> via;               // the account whose login reaches this shared or delegated mailbox
  AccountState state = AccountState::active;
  bool is_default = false;
  Time connected{};
};

}  // namespace mailmgr
