#include "core/oauth/organisation_errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailmgr {
namespace {

using std::chrono::seconds;

constexpr seconds kClocksAgree{60};  // `Date` has whole seconds, and the answer took its time
constexpr std::int64_t kAssertionOutOfTime = 700024;

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool has_code(const TokenFailure& failure, std::int64_t code) {
  return std::find(failure.entra_codes.begin(), failure.entra_codes.end(), code) != failure.entra_codes.end();
}

Error config(std::string message, std::string hint) {
  return {Code::config, std::move(message), std::move(hint)};
}

Error refused(std::string message, std::string hint) {
  return {Code::refused, std::move(message), std::move(hint)};
}

// The values for the Admin console's dialog, which takes the numeric id and no e-mail address.
std::string delegation_hint(const TokenFailure& failure, const OAuthClient& client) {
  return fmt::format(
      "Google Admin console (admin.google.com), Security > Access and data control > API controls > Manage domain-wide "
      "delegation > Add new: client ID {}, OAuth scopes {}; it can take 24 hours to work",
      client.client_id, fmt::join(failure.asked.scopes, ","));
}

Error new_key(std::string_view reason, const OAuthClient& client) {
  return config(std::string(reason),
                fmt::format("Google Cloud console, IAM & Admin > Service Accounts > {} > Keys > Add key, then: mailmgr "
                            "provider set {} --service-account KEY.json",
                            client.key_issuer, client.provider));
}

std::optional<Error> google_failure(const TokenFailure& failure, const OAuthClient& client) {
  const std::string_view error = failure.error, description = failure.description;
  if (error == "unauthorized_client") {
    return refused(
        fmt::format("the service account may not act for {}: no domain-wide delegation to it, or the address "
                    "is not of the organisation",
                    failure.asked.mailbox),
        delegation_hint(failure, client));
  }
  if (error == "access_denied") {
    return refused("not every scope is delegated to the service account", delegation_hint(failure, client));
  }
  if (error == "invalid_scope") {
    return config("a requested scope does not exist",
                  "check --access and --with: mailmgr provider show " + client.provider);
  }
  if (error == "disabled_client" || (error == "invalid_client" && holds(description, "disabled"))) {
    return config("the service account is disabled",
                  fmt::format("Google Cloud console, IAM & Admin > Service Accounts > {} > Enable", client.key_issuer));
  }
  if (error == "invalid_client" || error == "deleted_client") return new_key("the service account is unknown", client);
  if (error != "invalid_grant") return std::nullopt;
  if (holds(description, "email or User ID")) {
    return refused(fmt::format("the organisation has no mailbox {}", failure.asked.mailbox),
                   "check the address: it must be the primary one of a person in the organisation");
  }
  if (holds(description, "account not found")) return new_key("the service account was deleted", client);
  if (holds(description, "Signature")) {
    return new_key("the key is not one of the service account's: it was deleted, or has expired", client);
  }
  return config("the assertion was not accepted", "mailmgr provider show " + client.provider);
}

std::optional<Error> entra_failure(const TokenFailure& failure, const OAuthClient& client) {
  if (has_code(failure, 9001023) || has_code(failure, 900382)) {
    return config("applications act in one organisation, which must be named",
                  fmt::format("mailmgr provider set {} --tenant TENANT_ID", client.provider));
  }
  if (has_code(failure, 7000229) && client.endpoints.admin_consent) {
    Url url = *client.endpoints.admin_consent;
    url.query = encode_query({{"client_id", client.client_id}});
    return refused("no administrator of the organisation has allowed this application yet",
                   "an administrator opens, once: " + url.str());
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> explain_organisation_failure(const TokenFailure& failure, GrantType type,
                                                  const OAuthClient& client) {
  if (type == GrantType::jwt_bearer) return google_failure(failure, client);
  if (type == GrantType::client_credentials) return entra_failure(failure, client);
  return std::nullopt;
}

std::optional<Error> explain_clock(const TokenFailure& failure) {
  const bool out_of_time = has_code(failure, kAssertionOutOfTime) || holds(failure.description, "short-lived token") ||
                           holds(failure.description, "iat and exp");
  if (!out_of_time) return std::nullopt;
  const std::string hint = "set it, for instance with: timedatectl set-ntp true";
  if (!failure.clock_ahead || std::chrono::abs(*failure.clock_ahead) <= kClocksAgree) {
    return config("the assertion was refused as out of its time: the clock of this machine may be wrong", hint);
  }
  const auto ahead = std::chrono::round<seconds>(*failure.clock_ahead);
  return config(fmt::format("the clock of this machine is wrong by {} s ({})", std::chrono::abs(ahead).count(),
                            ahead.count() > 0 ? "ahead" : "behind"),
                hint);
}

}  // namespace mailmgr
