// Codes and tokens of both providers: what was granted to whom, and whether what is presented still counts. All are
// opaque random strings; nothing here knows an error shape. Not thread-safe: the front serialises.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/time.h"
#include "tests/sandbox/accounts.h"
#include "tests/sandbox/api.h"

namespace mailmgr::sandbox {

// Unpredictable, URL-safe.
std::string random_token(std::size_t bytes);
// A random UUID, for trace ids.
std::string random_uuid();

// One consent: what a person (or an administrator) granted to a client. Tokens share it, so revoking it ends them all.
struct Grant {
  Provider provider = Provider::google;
  std::string client_id;
  std::string email;             // empty when app_only
  std::string tenant;            // Microsoft: the tenant segment the login went through
  std::set<std::string> scopes;  // canonical: full URLs for Google, bare names for Microsoft Graph
  std::string nonce;
  bool offline = false;  // a refresh token belongs to it
  bool app_only = false;
  bool revoked = false;
};
using GrantPtr = std::shared_ptr<Grant>;

struct CodeRecord {
  GrantPtr grant;
  std::string redirect_uri;
  std::string challenge;  // base64url(SHA-256(verifier))
  Time expires{};
  bool used = false;
};

enum class TokenState { good, expired, revoked, unknown };

struct TokenRecord {
  GrantPtr grant;
  std::set<std::string> scopes;  // of an access token: may be fewer than the grant's
  Time issued{};
  std::optional<Time> expires;
  std::uint64_t number = 0;  // later ones have higher numbers
};

class TokenStore {
 public:
  struct Counts {
    std::uint64_t codes = 0, access_tokens = 0, refresh_tokens = 0, refreshes = 0;
  };

  std::string issue_code(GrantPtr grant, std::string redirect_uri, std::string challenge, Time now);
  // nullptr for a code nobody was given. The caller marks it used.
  CodeRecord* find_code(const std::string& code);

  std::string issue_access(GrantPtr grant, std::set<std::string> scopes, Time now, std::chrono::seconds lifetime);
  // `lifetime` is empty for tokens without an end. Google keeps 100 live tokens per account and client: the oldest
  // goes.
  std::string issue_refresh(const GrantPtr& grant, Time now, std::optional<std::chrono::seconds> lifetime);

  struct Found {
    TokenState state = TokenState::unknown;
    const TokenRecord* record = nullptr;  // nullptr only when unknown
  };
  Found access(const std::string& token, Time now) const;
  Found refresh(const std::string& token, Time now) const;

  // Ends the grant of an access or refresh token, whoever presents it; false when unknown or already dead.
  bool revoke(const std::string& token, Time now);
  void revoke_account(std::string_view email);

  // Lets every token of that account (all accounts if empty) be past its end; how many were alive.
  std::size_t expire_access(std::string_view email, Time now);
  std::size_t expire_refresh(std::string_view email, Time now);
  // The same for all refresh tokens but the newest of each account and client.
  std::size_t expire_older_refresh(std::string_view email, Time now);

  void count_refresh() { ++counts_.refreshes; }
  const Counts& counts() const { return counts_; }
  void reset_counts() { counts_ = {}; }

 private:
  using Table = std::unordered_map<std::string, TokenRecord>;
  static Found look_up(const Table& table, const std::string& token, Time now);
  static std::size_t expire(Table& table, std::string_view email, Time now);

  std::unordered_map<std::string, CodeRecord> codes_;
  Table access_, refresh_;
  std::unordered_map<std::string, std::deque<std::string>> refresh_by_owner_;  // Google's cap; key: client and account
  Counts counts_;
  std::uint64_t issued_ = 0;
};

}  // namespace mailmgr::sandbox
