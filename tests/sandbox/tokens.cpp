#include "tests/sandbox/tokens.h"

#include <openssl/rand.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "core/base/encoding.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::chrono::minutes kCodeLifetime{10};
constexpr std::size_t kGoogleTokensPerClient = 100;

bool belongs_to(const Grant& grant, std::string_view email) {
  return email.empty() || equals_ignoring_ascii_case(grant.email, email);
}

}  // namespace

std::string random_token(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1)
    throw std::runtime_error("no randomness for a token");
  return base64url(raw);
}

std::string random_uuid() {
  return uuid_of(random_token(16));
}

std::string TokenStore::issue_code(GrantPtr grant, std::string redirect_uri, std::string challenge, Time now) {
  ++counts_.codes;
  // Google's codes hold a slash and Microsoft's dots: a client that forgets to encode them notices here.
  const auto code = (grant->provider == Provider::google ? "4/0A" : "M.C500_SN1.2.U.") + random_token(36);
  codes_[code] = {std::move(grant), std::move(redirect_uri), std::move(challenge), now + kCodeLifetime};
  return code;
}

CodeRecord* TokenStore::find_code(const std::string& code) {
  const auto found = codes_.find(code);
  return found == codes_.end() ? nullptr : &found->second;
}

std::string TokenStore::issue_access(GrantPtr grant, std::set<std::string> scopes, Time now,
                                     std::chrono::seconds lifetime) {
  ++counts_.access_tokens;
  const auto token = (grant->provider == Provider::google ? "ya29.a0" : "EwB4A8l6BAAU") + random_token(96);
  access_[token] = {std::move(grant), std::move(scopes), now, now + lifetime, ++issued_};
  return token;
}

std::string TokenStore::issue_refresh(const GrantPtr& grant, Time now, std::optional<std::chrono::seconds> lifetime) {
  ++counts_.refresh_tokens;
  const bool google = grant->provider == Provider::google;
  const auto token = (google ? "1//0" : "M.C500_SN1.0.U.-C") + random_token(60);
  auto& record = refresh_[token];
  record = {grant, grant->scopes, now, std::nullopt, ++issued_};
  if (lifetime) record.expires = now + *lifetime;
  if (!google) return token;
  auto& owned = refresh_by_owner_[grant->client_id + " " + grant->email];
  owned.push_back(token);
  if (owned.size() <= kGoogleTokensPerClient) return token;
  if (const auto oldest = refresh_.find(owned.front()); oldest != refresh_.end()) oldest->second.expires = now;
  owned.pop_front();
  return token;
}

TokenStore::Found TokenStore::look_up(const Table& table, const std::string& token, Time now) {
  const auto found = table.find(token);
  if (found == table.end()) return {};
  const auto& record = found->second;
  if (record.grant->revoked) return {TokenState::revoked, &record};
  if (record.expires && *record.expires <= now) return {TokenState::expired, &record};
  return {TokenState::good, &record};
}

TokenStore::Found TokenStore::access(const std::string& token, Time now) const {
  return look_up(access_, token, now);
}
TokenStore::Found TokenStore::refresh(const std::string& token, Time now) const {
  return look_up(refresh_, token, now);
}

bool TokenStore::revoke(const std::string& token, Time now) {
  auto found = access(token, now);
  if (found.state != TokenState::good) found = refresh(token, now);
  if (found.state != TokenState::good) return false;
  // Google drops every grant of that person to the client's project; one client is one project here.
  const auto owner = *found.record->grant;
  for (auto* table : {&access_, &refresh_})
    for (auto& [name, record] : *table)
      if (record.grant->client_id == owner.client_id && record.grant->email == owner.email)
        record.grant->revoked = true;
  return true;
}

void TokenStore::revoke_account(std::string_view email) {
  for (auto* table : {&access_, &refresh_})
    for (auto& [name, record] : *table)
      if (belongs_to(*record.grant, email)) record.grant->revoked = true;
}

std::size_t TokenStore::expire(Table& table, std::string_view email, Time now) {
  std::size_t count = 0;
  for (auto& [name, record] : table) {
    if (!belongs_to(*record.grant, email) || (record.expires && *record.expires <= now)) continue;
    record.expires = now;
    ++count;
  }
  return count;
}

std::size_t TokenStore::expire_access(std::string_view email, Time now) {
  return expire(access_, email, now);
}
std::size_t TokenStore::expire_refresh(std::string_view email, Time now) {
  return expire(refresh_, email, now);
}

std::size_t TokenStore::expire_older_refresh(std::string_view email, Time now) {
  const auto owner = [](const TokenRecord& record) { return record.grant->client_id + " " + record.grant->email; };
  std::map<std::string, std::uint64_t> newest;
  for (const auto& [token, record] : refresh_) {
    auto& number = newest[owner(record)];
    number = std::max(number, record.number);
  }
  Table older;
  for (auto& [token, record] : refresh_)
    if (record.number != newest[owner(record)]) older.emplace(token, record);
  const auto count = expire(older, email, now);
  for (const auto& [token, record] : older) refresh_[token] = record;
  return count;
}

}  // namespace mailmgr::sandbox
