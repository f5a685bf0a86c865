#include "core/oauth/token_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "core/oauth/organisation_errors.h"
#include "core/oauth/server_text.h"

namespace mailmgr {
namespace {

// What one refusal means. In `hint`, {provider} is the configured name.
struct Meaning {
  Code code;
  std::string_view reason;
  std::string_view hint = {};
};

struct EntraMeaning {
  std::int64_t number;
  Meaning meaning;
};

// {secrets} and {clients} are the places in the provider's console.
constexpr std::string_view kSetSecret = "{secrets}: mailmgr provider set {provider} --client-secret-file FILE";
constexpr std::string_view kSetCertificate = "mailmgr provider set {provider} --client-certificate PEM";
constexpr std::string_view kSetClient = "{clients}: mailmgr provider set {provider} --client-id ID";
constexpr std::string_view kSetTenant =
    "Entra admin center > Identity > Overview > \"Tenant ID\": mailmgr provider set {provider} --tenant TENANT";
constexpr std::string_view kPublicClient =
    "Entra admin center > App registrations > the app > Authentication: put http://localhost under \"Mobile and "
    "desktop "
    "applications\", not under Web or Single-page application; or, for a Web client: mailmgr provider set {provider} "
    "--client-secret-file FILE";
constexpr std::string_view kBlocked =
    "the organisation's Conditional Access policy blocks this login; its administrator can tell what is missing";
constexpr std::string_view kAskAdministrator =
    "ask the organisation's administrator, then log in again: mailmgr login {provider}";
constexpr std::string_view kNoDevices =
    "Entra admin center, App registrations, Authentication, Advanced settings: \"Allow public client flows\": Yes; or "
    "log "
    "in with a browser: mailmgr login {provider}";

// Entra ID's "Authentication and authorization error codes". Order matters: the first that fits is used.
constexpr std::array<EntraMeaning, 35> kEntra{{
    {7000215,
     {Code::config, "the client secret is wrong (a frequent cause: the secret's ID was copied, not its value)",
      kSetSecret}},
    {700027,
     {Code::config, "the certificate is not registered for this client, or was replaced there",
      "Entra admin center, App registrations, Certificates & secrets > Certificates: upload it without its key; or, "
      "for another one: mailmgr provider set {provider} --client-certificate PEM"}},
    {700021,
     {Code::config, "the certificate speaks for another client than the one set", "mailmgr provider show {provider}"}},
    {700023,
     {Code::config, "the assertion names another token endpoint", "check the hosts: mailmgr provider show {provider}"}},
    {7000222, {Code::config, "the client secret has expired", kSetSecret}},
    {7000218, {Code::config, "the client is registered as one with a secret, and none is set", kPublicClient}},
    {700025,
     {Code::config, "the client is registered as one without a secret, and a secret is set",
      "mailmgr provider set {provider} --client-secret ''"}},
    {700016,
     {Code::config, "the client id is unknown in this tenant",
      "{clients}: mailmgr provider set {provider} --client-id ID --tenant TENANT"}},
    {50194, {Code::config, "the client belongs to a single tenant, which must be named", kSetTenant}},
    {90002, {Code::config, "there is no such tenant", kSetTenant}},
    {9002332,
     {Code::config, "the client is for work accounts only", "mailmgr provider set {provider} --tenant organizations"}},
    {9002346,
     {Code::config, "the client is for personal accounts only", "mailmgr provider set {provider} --tenant consumers"}},
    {90130, {Code::config, "the client's supported account types do not fit the tenant setting", kSetTenant}},
    {700005, {Code::config, "the login was begun at another tenant than it was ended at", kSetTenant}},
    {50020, {Code::config, "this account does not belong to the configured tenant", kSetTenant}},
    {50034, {Code::config, "this account does not exist in the configured tenant", kSetTenant}},
    {50011, {Code::config, "the redirect URI is not registered", kPublicClient}},
    {70011,
     {Code::config, "a requested scope does not exist or is not allowed for this client",
      "Entra admin center > App registrations > the app > API permissions: mailmgr provider guide microsoft"}},
    {700084,
     {Code::auth_required,
      "logins through a single-page-application registration end after 24 hours (register "
      "http://localhost under \"Mobile and desktop applications\" instead)"}},
    {50173, {Code::auth_required, "the login was revoked, most often because the password was changed"}},
    {700082, {Code::auth_required, "the login was not used for 90 days and has expired"}},
    {70043, {Code::auth_required, "the organisation asks for a new login from time to time (sign-in frequency)"}},
    {70008, {Code::auth_required, "the login has expired"}},
    {50074, {Code::auth_required, "the organisation asks for multi-factor authentication"}},
    {50076, {Code::auth_required, "the organisation asks for multi-factor authentication"}},
    {50079, {Code::auth_required, "the organisation asks to set up multi-factor authentication"}},
    {53000, {Code::auth_required, kBlocked, kAskAdministrator}},
    {53001, {Code::auth_required, kBlocked, kAskAdministrator}},
    {53002, {Code::auth_required, kBlocked, kAskAdministrator}},
    {53003, {Code::auth_required, kBlocked, kAskAdministrator}},
    {530032, {Code::auth_required, kBlocked, kAskAdministrator}},
    {50053, {Code::auth_required, "the account is locked", kAskAdministrator}},
    {50057, {Code::auth_required, "the account is disabled; its administrator can tell why", kAskAdministrator}},
    {50196, {Code::try_later, "too many logins in a row were seen as a loop"}},
    {90033, {Code::try_later, "the service is temporarily unavailable"}},
}};

bool contains_any(const std::vector<std::int64_t>& codes, std::initializer_list<std::int64_t> wanted) {
  return std::find_first_of(codes.begin(), codes.end(), wanted.begin(), wanted.end()) != codes.end();
}

bool needs_consent(std::string_view error, const std::vector<std::int64_t>& codes) {
  return error == "consent_required" || contains_any(codes, {65001, 90094, 90095});
}

const Meaning* entra_meaning(const std::vector<std::int64_t>& codes) {
  for (const auto& [number, meaning] : kEntra) {
    if (std::find(codes.begin(), codes.end(), number) != codes.end()) return &meaning;
  }
  return nullptr;
}

// While a login is made there is none to renew: what stands against it is a refusal.
Meaning for_login(Meaning meaning) {
  if (meaning.code == Code::auth_required) meaning.code = Code::refused;
  return meaning;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Meaning dead_grant(const TokenFailure& failure, GrantType type, ProviderKind kind) {
  if (failure.subtype == "invalid_rapt" || contains(failure.description, "invalid_rapt")) {
    return {Code::auth_required, "the organisation's session policy asks for a new login"};
  }
  if (type == GrantType::authorization_code) {
    return {Code::auth_required,
            "the code from the browser was not accepted: too old, used before, or not for this login"};
  }
  if (kind == ProviderKind::google) {
    return {Code::auth_required,
            "the login has expired or was revoked: access was withdrawn, the password was changed, it was not used for "
            "six months, or the Google Cloud project is in status Testing, where logins end after 7 days"};
  }
  return {Code::auth_required, "the login has expired or was revoked"};
}

Meaning refused_client(const TokenFailure& failure, const OAuthClient& client) {
  if (failure.error == "deleted_client" || contains(failure.description, "deleted")) {
    return {Code::config, "the OAuth client was deleted", kSetClient};
  }
  if (contains(failure.description, "not found")) return {Code::config, "the client id is unknown", kSetClient};
  if (client.key) return {Code::config, "the client id or the certificate is wrong", kSetCertificate};
  if (!client.client_secret) return {Code::config, "the client needs a secret, and none is set", kSetSecret};
  return {Code::config, "the client id or the client secret is wrong", kSetSecret};
}

// Refusals of the device code flow that mean something else elsewhere (RFC 8628 §3.5, AADSTS numbers).
std::optional<Meaning> device_meaning(const TokenFailure& failure) {
  constexpr std::string_view kAgain = "mailmgr login {provider} --device";
  if (failure.error == "authorization_declined" || failure.error == "access_denied") {
    return Meaning{Code::refused, "you declined", kAgain};
  }
  if (failure.error == "expired_token") {
    return Meaning{Code::auth_required, "the code was not entered in time", kAgain};
  }
  if (failure.error == "bad_verification_code") {
    return Meaning{Code::auth_required, "the device code was not accepted: used before, or not for this login", kAgain};
  }
  if (contains_any(failure.entra_codes, {7000218}) || failure.error == "unsupported_grant_type") {
    return Meaning{Code::config, "the client may not log in with a device code", kNoDevices};
  }
  if (contains_any(failure.entra_codes, {53000, 53001, 53002, 53003, 530032})) {
    return Meaning{
        Code::refused,
        "the organisation's Conditional Access policy blocks this login, as it often does with device codes",
        "log in with a browser: mailmgr login {provider}, or over SSH: mailmgr login {provider} --no-browser"};
  }
  return std::nullopt;
}

// By the standard's error names, for what Entra's numbers did not decide.
Meaning meaning_of(const TokenFailure& failure, GrantType type, const OAuthClient& client) {
  const std::string_view error = failure.error;
  if (error == "invalid_grant") return dead_grant(failure, type, client.kind);
  if (error == "interaction_required" || error == "login_required" || error == "invalid_rapt") {
    return {Code::auth_required, "the provider asks for a new login"};
  }
  if (error == "invalid_client" || error == "deleted_client" || error == "disabled_client" ||
      contains(failure.description, "client_secret is missing")) {
    return refused_client(failure, client);
  }
  if (error == "unauthorized_client") {
    return {Code::config, "the client may not log in this way",
            client.kind == ProviderKind::google
                ? "the client must be of type \"Desktop app\": mailmgr provider guide google"
                : kPublicClient};
  }
  if (error == "redirect_uri_mismatch") {
    return {Code::config, "the redirect URI is not registered",
            "{clients} > Authorized redirect URIs (a \"Desktop app\" needs none): mailmgr provider set {provider} "
            "--redirect-uri URI"};
  }
  if (error == "invalid_scope") {
    return {
        Code::config, "a requested scope is not allowed for this client",
        client.kind == ProviderKind::google
            ? "Google Auth Platform > Data access > Add or remove scopes: mailmgr provider guide google"
            : "Entra admin center > App registrations > the app > API permissions: mailmgr provider guide microsoft"};
  }
  if (error == "org_internal" && client.kind == ProviderKind::google) {
    return {Code::refused, "the client is for accounts of its own organisation only",
            "Google Auth Platform > Audience: make it \"External\", or log in with an account of the organisation"};
  }
  if (error == "admin_policy_enforced" || error == "org_internal" || error == "access_denied") {
    return {Code::refused, "the organisation does not allow this client",
            client.kind == ProviderKind::google
                ? "its administrator: Admin console > Security > API controls > App access control: trust the client"
                : "ask its administrator to trust the client"};
  }
  if (error.empty()) {
    return {Code::config, "the answer is not that of a token endpoint",
            "check the hosts: mailmgr provider show {provider}"};
  }
  return {Code::refused, "the request was refused", "check the client's settings: mailmgr provider show {provider}"};
}

// "Microsoft: invalid_grant, AADSTS50173: …" behind the reason. Trace and correlation ids help nobody here.
std::string quoted(std::string_view title, std::string_view error, std::string_view description) {
  const std::string_view useful = description.substr(0, description.find("Trace ID:"));
  std::string text = fmt::format("{}: {}", title, server_text(error, 60));
  if (const std::string more = server_text(useful, 160); !more.empty()) text += ", " + more;
  return text;
}

void fill_in(std::string& text, std::string_view placeholder, std::string_view value) {
  for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += value.size()) {
    text.replace(at, placeholder.size(), value);
  }
}

Error finished(const Meaning& meaning, const OAuthClient& client, std::string_view quote) {
  Error error{meaning.code, std::string(meaning.reason), std::string(meaning.hint)};
  if (!quote.empty()) error.message += fmt::format(" ({})", quote);
  const bool google = client.kind == ProviderKind::google;
  fill_in(error.hint, "{provider}", client.provider);
  fill_in(error.hint, "{clients}",
          google ? "Google Auth Platform > Clients > the client" : "Entra admin center > App registrations > the app");
  fill_in(error.hint, "{secrets}",
          google ? "Google Auth Platform > Clients > the client > Client secrets"
                 : "Entra admin center > App registrations > the app > Certificates & secrets (copy the Value)");
  return error;
}

Error consent_missing(const OAuthClient& client, std::string_view quote) {
  Error error =
      finished({Code::refused, "an administrator of the organisation must allow this client first"}, client, quote);
  error.hint = "ask an administrator to trust the client, then log in again";
  if (client.endpoints.admin_consent) {
    Url url = *client.endpoints.admin_consent;
    url.query = encode_query({{"client_id", client.client_id}});
    error.hint = "an administrator opens, once: " + url.str();
  }
  return error;
}

}  // namespace

Error explain_failure(const TokenFailure& failure, GrantType type, const OAuthClient& client) {
  const std::string quote = failure.error.empty() ? fmt::format("{}: HTTP {}", client.title, failure.status)
                                                  : quoted(client.title, failure.error, failure.description);
  const bool asked_to_wait = failure.status == 429 || failure.status == 408 || failure.error == "slow_down" ||
                             failure.error == "rate_limit_exceeded";
  if (asked_to_wait || failure.status >= 500 || failure.error == "temporarily_unavailable" ||
      failure.error == "server_error") {
    Error error = finished({asked_to_wait ? Code::throttled : Code::try_later,
                            asked_to_wait ? "too many requests for now" : "the service is in trouble for now"},
                           client, quote);
    error.retry_after = failure.retry_after;
    return error;
  }
  auto particular = explain_clock(failure);
  if (!particular) particular = explain_organisation_failure(failure, type, client);
  if (particular) {
    particular->message += fmt::format(" ({})", quote);
    return *particular;
  }
  if (needs_consent(failure.error, failure.entra_codes)) {
    if (type != GrantType::refresh_token) return consent_missing(client, quote);
    return finished({Code::auth_required, "the permission given to this client was withdrawn"}, client, quote);
  }
  if (type == GrantType::device_code) {
    if (const auto known = device_meaning(failure)) return finished(*known, client, quote);
  }
  if (type == GrantType::authorization_code && contains_any(failure.entra_codes, {54005, 70008})) {
    return finished(dead_grant(failure, type, client.kind), client, quote);
  }
  if (const Meaning* known = entra_meaning(failure.entra_codes)) {
    return finished(type == GrantType::refresh_token ? *known : for_login(*known), client, quote);
  }
  const Meaning meaning = meaning_of(failure, type, client);
  const bool nobody_logs_in = type == GrantType::jwt_bearer || type == GrantType::client_credentials;
  return finished(nobody_logs_in ? for_login(meaning) : meaning, client, quote);
}

Error explain_denial(std::string_view error, std::string_view description, const OAuthClient& client) {
  const std::string quote = quoted(client.title, error, description);
  const auto codes = entra_codes_in(description);
  if (needs_consent(error, codes)) return consent_missing(client, quote);
  if (error == "access_denied" || error == "authorization_declined") {
    return finished(
        {Code::refused, "you declined",
         client.kind == ProviderKind::google
             ? "log in again and allow access; if you did, add the address as a test user of the Google Cloud project"
             : "log in again and accept"},
        client, quote);
  }
  if (error == "temporarily_unavailable" || error == "server_error") {
    return finished({Code::try_later, "the service is in trouble for now"}, client, quote);
  }
  if (const Meaning* known = entra_meaning(codes)) {
    return finished(for_login(*known), client, quote);
  }
  constexpr std::array<std::string_view, 7> kClientsFault{
      "invalid_scope",         "unauthorized_client", "invalid_client",       "deleted_client",
      "redirect_uri_mismatch", "org_internal",        "admin_policy_enforced"};
  if (std::find(kClientsFault.begin(), kClientsFault.end(), error) != kClientsFault.end()) {
    return finished(meaning_of({0, std::string(error), std::string(description), {}, {}, {}},
                               GrantType::authorization_code, client),
                    client, quote);
  }
  return finished(
      {Code::refused, "the login was refused", "check the client's settings: mailmgr provider show {provider}"}, client,
      quote);
}

std::vector<std::int64_t> entra_codes_in(std::string_view description) {
  constexpr std::string_view kMark = "AADSTS";
  std::vector<std::int64_t> codes;
  for (std::size_t at = description.find(kMark); at != std::string_view::npos && codes.size() < 8;
       at = description.find(kMark, at)) {
    at += kMark.size();
    std::int64_t number = 0;
    for (int digits = 0; digits < 9 && at < description.size() && description[at] >= '0' && description[at] <= '9';
         ++digits) {
      number = number * 10 + (description[at++] - '0');
    }
    if (number > 0) codes.push_back(number);
  }
  return codes;
}

}  // namespace mailmgr
