#include "tests/sandbox/accounts.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "core/base/encoding.h"

namespace mailmgr::sandbox {
namespace {

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto word : words)
    if (text.find(word) != std::string_view::npos) return true;
  return false;
}

std::optional<Provider> provider_of_domain(std::string_view domain) {
  if (contains_any(domain, {"gmail", "google"})) return Provider::google;
  if (contains_any(domain, {"outlook", "hotmail", "live", "microsoft"})) return Provider::microsoft;
  return std::nullopt;
}

std::string numeric_subject(std::string_view email) {
  const auto digest = sha256(email);
  std::string digits = "1";
  for (std::size_t i = 0; i < 20; ++i) digits += static_cast<char>('0' + static_cast<unsigned char>(digest[i]) % 10);
  return digits;
}

std::string name_from(std::string_view local_part) {
  std::string name;
  bool start = true;
  for (const char c : local_part) {
    const bool separator = c == '.' || c == '_' || c == '-' || c == '+';
    name += separator ? ' ' : (start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    start = separator;
  }
  return name;
}

void check_keys(const nlohmann::json& json, const std::set<std::string>& known) {
  if (!json.is_object()) throw std::invalid_argument("client: not an object");
  for (const auto& item : json.items())
    if (!known.contains(item.key())) throw std::invalid_argument("client: unknown key " + item.key());
}

ServiceAccount read_service_account(const nlohmann::json& json) {
  check_keys(json, {"email", "public_key", "domain", "delegated", "disabled"});
  return {json.at("email").get<std::string>(), json.at("public_key").get<std::string>(),
          to_lower_ascii(json.at("domain").get<std::string>()), json.at("delegated").get<std::set<std::string>>(),
          json.value("disabled", false)};
}

}  // namespace

std::string_view provider_name(Provider provider) {
  return provider == Provider::google ? "google" : "microsoft";
}

std::string uuid_of(std::string_view text) {
  const auto digits = hex(sha256(text));
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-4" + digits.substr(13, 3) + "-8" + digits.substr(17, 3) +
         "-" + digits.substr(20, 12);
}

std::string tenant_of_domain(std::string_view domain) {
  return uuid_of("tenant " + to_lower_ascii(domain));
}

const Account& Accounts::add(std::string_view spec) {
  std::optional<Provider> provider;
  if (spec.starts_with("google:")) provider = Provider::google;
  if (spec.starts_with("microsoft:")) provider = Provider::microsoft;
  if (provider) spec.remove_prefix(spec.find(':') + 1);
  const auto at = spec.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == spec.size() || spec.find_first_of(" ,<>\"") != spec.npos)
    throw std::invalid_argument("account " + std::string(spec) + ": not an address");
  Account account;
  account.email = to_lower_ascii(spec);
  const auto domain = account.email.substr(at + 1);
  if (!provider) provider = provider_of_domain(domain);
  if (!provider)
    throw std::invalid_argument("account " + account.email + ": write google:" + account.email +
                                " or microsoft:" + account.email + ", the domain does not say which");
  if (const auto* known = find(account.email)) {
    if (known->provider == *provider) return *known;
    throw std::invalid_argument("account " + account.email + ": given for both providers");
  }
  account.provider = *provider;
  account.name = name_from(std::string_view(account.email).substr(0, at));
  if (*provider == Provider::google) {
    account.subject = numeric_subject(account.email);
  } else {
    account.subject = uuid_of("user " + account.email);
    account.tenant =
        contains_any(domain, {"outlook", "hotmail", "live"}) ? std::string(kConsumerTenant) : tenant_of_domain(domain);
  }
  accounts_.push_back(std::move(account));
  return accounts_.back();
}

const Account* Accounts::find(std::string_view email) const {
  for (const auto& account : accounts_)
    if (equals_ignoring_ascii_case(account.email, email)) return &account;
  return nullptr;
}

const Account* Accounts::find(Provider provider, std::string_view email) const {
  const auto* account = find(email);
  return account && account->provider == provider ? account : nullptr;
}

std::vector<const Account*> Accounts::of(Provider provider) const {
  std::vector<const Account*> found;
  for (const auto& account : accounts_)
    if (account.provider == provider) found.push_back(&account);
  return found;
}

OAuthClient OAuthClient::from_json(const nlohmann::json& json) {
  check_keys(json, {"provider", "client_id", "client_secret", "web", "redirect_uris", "testing", "audience",
                    "app_roles", "certificates", "service_account"});
  try {
    OAuthClient client;
    const auto provider = json.at("provider").get<std::string>();
    if (provider != "google" && provider != "microsoft")
      throw std::invalid_argument("client: provider is google or microsoft");
    client.provider = provider == "google" ? Provider::google : Provider::microsoft;
    client.id = json.at("client_id").get<std::string>();
    client.secret = json.value("client_secret", "");
    client.web = json.value("web", false);
    client.redirect_uris = json.value("redirect_uris", std::vector<std::string>());
    client.testing = json.value("testing", false);
    client.audience = json.value("audience", "all");
    client.app_roles = json.value("app_roles", std::vector<std::string>());
    client.certificates = json.value("certificates", std::vector<std::string>());
    if (json.contains("service_account")) client.service_account = read_service_account(json.at("service_account"));
    if (client.provider == Provider::microsoft && client.redirect_uris.empty())
      client.redirect_uris = {"http://localhost"};
    return client;
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(std::string("client: ") + error.what());
  }
}

nlohmann::json OAuthClient::to_json() const {
  nlohmann::json json = {
      {"provider", provider_name(provider)}, {"client_id", id},    {"client_secret", secret}, {"web", web},
      {"redirect_uris", redirect_uris},      {"testing", testing}, {"audience", audience},    {"app_roles", app_roles},
      {"certificates", certificates}};
  if (service_account)
    json["service_account"] = {{"email", service_account->email},
                               {"public_key", service_account->public_key},
                               {"domain", service_account->domain},
                               {"delegated", service_account->delegated},
                               {"disabled", service_account->disabled}};
  return json;
}

Clients::Clients() {
  OAuthClient google;
  google.id = kGoogleClientId;
  google.secret = kGoogleClientSecret;
  put(std::move(google));
  OAuthClient microsoft;
  microsoft.provider = Provider::microsoft;
  microsoft.id = kMicrosoftClientId;
  microsoft.redirect_uris = {"http://localhost"};
  put(std::move(microsoft));
}

void Clients::put(OAuthClient client) {
  for (auto& known : clients_) {
    if (known.provider != client.provider || known.id != client.id) continue;
    known = std::move(client);
    return;
  }
  clients_.push_back(std::move(client));
}

const OAuthClient* Clients::find(Provider provider, std::string_view id) const {
  for (const auto& client : clients_)
    if (client.provider == provider && client.id == id) return &client;
  return nullptr;
}

}  // namespace mailmgr::sandbox
