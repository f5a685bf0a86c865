#include "providers/microsoft/microsoft_spec.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "providers/endpoints.h"
#include "providers/microsoft/microsoft_courier.h"
#include "providers/microsoft/microsoft_mailbox.h"

namespace mailmgr::microsoft {
namespace {

constexpr std::string_view kGuide = R"(Microsoft: an app registration for mailmgr, in https://entra.microsoft.com

1. Identity > Applications > App registrations > New registration.
2. Supported account types: "Accounts in any organizational directory and personal Microsoft accounts" for Outlook.com
   and work accounts; or one organisation only, then give its id to mailmgr with --tenant.
3. Authentication > Add a platform > "Mobile and desktop applications" (not Web, not SPA) > custom redirect URI,
   exactly, without a port:
{redirect_uri}
4. API permissions > Add a permission > Microsoft Graph > Delegated permissions:
{scopes}
   In organisations that forbid user consent: "Grant admin consent".
5. Overview > copy "Application (client) ID"; no secret is needed:
   mailmgr provider set microsoft --client-id ID
)";

// The Graph hosts of the national clouds (Microsoft Graph: "National cloud deployments").
constexpr std::string_view kGraphHosts[] = {"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
                                            "microsoftgraph.chinacloudapi.cn"};

bool is_tenant(std::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789.-_") == text.npos &&
         text.front() != '.';
}

// A bare scope means the global cloud's Graph; other clouds want theirs in front.
std::string scope_prefix(const std::optional<Url>& api) {
  if (!api || api->host == kGraphHosts[0]) return {};
  const bool real = std::find(std::begin(kGraphHosts), std::end(kGraphHosts), api->host) != std::end(kGraphHosts);
  return real ? fmt::format("https://{}/", api->host) : std::string();
}

Result<Endpoints> endpoints(const ProviderConfig& config) {
  const std::string tenant = config.tenant.empty() ? "common" : config.tenant;
  if (!is_tenant(tenant)) {
    return Error{Code::usage, fmt::format("--tenant {}: not the name or id of a directory", tenant),
                 "use common, organizations, consumers, the directory's id or one of its domains"};
  }
  const auto roots = ReplacedRoots::from(config);
  if (!roots) return roots.error();
  const auto login = [&](std::string_view tail) {
    return endpoint(roots->auth, "https://login.microsoftonline.com", fmt::format("/{}/oauth2/v2.0/{}", tenant, tail));
  };
  Endpoints result;
  result.authorize = login("authorize");
  result.token = login("token");
  result.device = login("devicecode");
  result.admin_consent =
      endpoint(roots->auth, "https://login.microsoftonline.com", fmt::format("/{}/adminconsent", tenant));
  result.api = endpoint(roots->api, "https://graph.microsoft.com", "");
  result.issuers = {"https://login.microsoftonline.com/{tenantid}/v2.0"};
  if (roots->auth) result.issuers.push_back(roots->auth->origin() + "/{tenantid}/v2.0");  // national clouds
  result.scope_prefix = scope_prefix(roots->api);
  return result;
}

// Exchange Online's IMAP and SMTP, a resource of its own ("Authenticate an IMAP, POP or SMTP connection using OAuth").
constexpr std::string_view kServers = "https://outlook.office.com/";

std::vector<std::string> server_scopes(TokenUse use) {
  switch (use) {
    case TokenUse::imap:
      return {fmt::format("{}IMAP.AccessAsUser.All", kServers)};
    case TokenUse::smtp:
      return {fmt::format("{}SMTP.Send", kServers)};
    case TokenUse::api:
      break;
  }
  return {};
}

std::vector<std::string> scopes(AccessLevel access, const std::set<std::string>& with) {
  std::vector<std::string> result;
  const bool shared = with.contains("shared");
  const auto add = [&](std::string_view scope) {
    result.emplace_back(scope);
    if (shared) result.push_back(fmt::format("{}.Shared", scope));
  };
  switch (access) {
    case AccessLevel::read_only:
      add("Mail.Read");
      break;
    case AccessLevel::send_only:
      add("Mail.Send");
      break;
    case AccessLevel::drafts_only:
      add("Mail.ReadWrite");
      break;
    case AccessLevel::full:
      add("Mail.ReadWrite");
      add("Mail.Send");
      break;
  }
  if (with.contains("settings")) result.emplace_back("MailboxSettings.ReadWrite");
  if (with.contains("imap")) {
    for (const auto use : {TokenUse::imap, TokenUse::smtp}) result.push_back(server_scopes(use).front());
  }
  result.emplace_back("User.Read");
  result.emplace_back("offline_access");
  return result;
}

// Entra answers scopes with or without the resource in front.
std::string canonical_scope(std::string_view scope) {
  for (const auto host : kGraphHosts) {
    const auto prefix = fmt::format("https://{}/", host);
    if (scope.size() > prefix.size() && equals_ignoring_ascii_case(scope.substr(0, prefix.size()), prefix)) {
      return std::string(scope.substr(prefix.size()));
    }
  }
  return std::string(scope);
}

}  // namespace

ProviderSpec spec() {
  ProviderSpec spec{};
  spec.kind = ProviderKind::microsoft;
  spec.title = "Microsoft";
  // No prompt=select_account: it cannot be combined with login_hint, which a login may carry.
  spec.authorize_extras = {{"response_mode", "query"}};
  spec.redirect_host = "localhost";  // the registered form; its port is ignored in matching, its path is not
  spec.redirect_path = "/";
  spec.secret_required = false;
  spec.snapshots_streams = true;
  spec.idle_lifetime = std::chrono::hours(24 * 90);  // refresh tokens die after 90 days without use
  spec.guide = kGuide;
  spec.endpoints = endpoints;
  spec.server_resource = kServers;
  spec.scopes = scopes;
  spec.server_scopes = server_scopes;
  spec.canonical_scope = canonical_scope;
  spec.mailbox = make_mailbox;
  spec.courier = make_courier;
  return spec;
}

}  // namespace mailmgr::microsoft
