#include "providers/google/google_spec.h"

#include "providers/endpoints.h"
#include "providers/google/google_colors.h"
#include "providers/google/google_courier.h"
#include "providers/google/google_curator.h"
#include "providers/google/google_guide.h"
#include "providers/google/google_identities.h"
#include "providers/google/google_importer.h"
#include "providers/google/google_mailbox.h"
#include "providers/google/google_quota.h"
#include "providers/google/google_settings.h"

namespace mailmgr::google {
namespace {

constexpr std::string_view kScopeRoot = "https://www.googleapis.com/auth/";

// Gmail has no API for mailboxes that others share: no `shared`.
constexpr Extra kExtras[] = {{"settings"}, {"permanent-delete", true}, {"imap", true}};

// settings.sendAs.list, settings.filters.list and settings.getVacation (discovery document).
constexpr std::string_view kIdentityScopes[] = {
    "https://mail.google.com/", "https://www.googleapis.com/auth/gmail.modify",
    "https://www.googleapis.com/auth/gmail.readonly", "https://www.googleapis.com/auth/gmail.settings.basic"};

// The real hosts (accounts.google.com/.well-known/openid-configuration; Gmail API discovery document: rootUrl).
Result<Endpoints> endpoints(const ProviderConfig& config) {
  const auto roots = ReplacedRoots::from(config);
  if (!roots) return roots.error();
  Endpoints result;
  result.authorize = endpoint(roots->auth, "https://accounts.google.com", "/o/oauth2/v2/auth");
  result.token = endpoint(roots->auth, "https://oauth2.googleapis.com", "/token");
  result.revoke = endpoint(roots->auth, "https://oauth2.googleapis.com", "/revoke");
  result.device = endpoint(roots->auth, "https://oauth2.googleapis.com", "/device/code");
  result.userinfo = endpoint(roots->auth, "https://openidconnect.googleapis.com", "/v1/userinfo");
  result.api = endpoint(roots->api, "https://gmail.googleapis.com", "");
  result.issuers = {"https://accounts.google.com", "accounts.google.com"};
  // A constant of "Using OAuth 2.0 for Server to Server Applications", whatever stands in front of Google.
  result.token_audience = "https://oauth2.googleapis.com/token";
  return result;
}

std::string gmail_scope(std::string_view name) {
  return std::string(kScopeRoot) + "gmail." + std::string(name);
}

std::vector<std::string> scopes(AccessLevel access, const std::set<std::string>& with) {
  std::vector<std::string> result;
  switch (access) {
    case AccessLevel::read_only:
      result.push_back(gmail_scope("readonly"));
      break;
    case AccessLevel::drafts_only:
    case AccessLevel::send_only:
      // Not gmail.send: only drafts make sending exact, and drafts.send needs compose.
      result.push_back(gmail_scope("compose"));
      break;
    case AccessLevel::full:
      result.push_back(gmail_scope("modify"));
      break;
  }
  if (with.contains("settings")) result.push_back(gmail_scope("settings.basic"));
  if (with.contains("permanent-delete") || with.contains("imap")) result.emplace_back("https://mail.google.com/");
  return result;
}

std::vector<std::string> server_scopes(TokenUse use) {
  if (use == TokenUse::api) return {};
  return {"https://mail.google.com/"};  // "IMAP, POP, and SMTP": the one scope they know
}

// Google answers `email` and `profile` under their long names.
std::string canonical_scope(std::string_view scope) {
  if (scope == "email") return std::string(kScopeRoot) + "userinfo.email";
  if (scope == "profile") return std::string(kScopeRoot) + "userinfo.profile";
  return std::string(scope);
}

}  // namespace

ProviderSpec spec() {
  ProviderSpec spec{};
  spec.kind = ProviderKind::google;
  spec.title = "Google";
  // access_type=offline asks web clients' grants for a refresh token; consent, because without it a second login of the
  // same person brings none. select_account, because a browser knows several people and Google would take the first.
  spec.authorize_extras = {{"access_type", "offline"}, {"prompt", "select_account consent"}};
  spec.redirect_host = "127.0.0.1";  // preferred by Google to localhost, which firewalls may stop
  spec.redirect_path = "/cb/google";
  spec.secret_required = true;  // documented as optional for desktop clients, but refused without it
  spec.snapshots_streams = false;
  spec.keeps_signatures = true;
  spec.stable_bytes = true;
  spec.no_device_login = "Google gives no Gmail permissions to devices";  // "OAuth 2.0 for TV …": allowed scopes
  spec.browser_errors =
      "redirect_uri_mismatch, invalid_client, deleted_client, invalid_scope, org_internal, admin_policy_enforced, "
      "disallowed_useragent, rate_limit_exceeded";
  spec.quotas = kQuotas;
  spec.idle_lifetime = std::chrono::hours(24 * 180);  // refresh tokens die after six months without use
  spec.identity_scopes = kIdentityScopes;
  spec.settings_scopes = kIdentityScopes;
  spec.extras = kExtras;
  spec.guide = kGuide;
  spec.organisation_guide = kOrganisationGuide;
  spec.endpoints = endpoints;
  spec.scopes = scopes;
  spec.organisation_scopes = scopes;
  spec.server_scopes = server_scopes;
  spec.canonical_scope = canonical_scope;
  spec.mailbox = make_mailbox;
  spec.courier = make_courier;
  spec.identities = make_identities;
  spec.importer = make_importer;
  spec.curator = make_curator;
  spec.files_by_label = true;
  spec.labels_are_objects = true;
  spec.color = label_color;
  spec.filters = make_filters;
  spec.vacation = make_vacation;
  return spec;
}

}  // namespace mailmgr::google
