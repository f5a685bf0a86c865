#include "providers/microsoft/microsoft_spec.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "providers/endpoints.h"
#include "providers/microsoft/microsoft_categories.h"
#include "providers/microsoft/microsoft_courier.h"
#include "providers/microsoft/microsoft_curator.h"
#include "providers/microsoft/microsoft_guide.h"
#include "providers/microsoft/microsoft_identities.h"
#include "providers/microsoft/microsoft_importer.h"
#include "providers/microsoft/microsoft_mailbox.h"
#include "providers/microsoft/microsoft_settings.h"

namespace mailmgr::microsoft {
namespace {

// Mail.ReadWrite deletes for good by itself, so `permanent-delete` is taken and adds nothing.
constexpr Extra kExtras[] = {{"settings"}, {"shared"}, {"permanent-delete", true}, {"imap", true}};

constexpr std::string_view kSettingsScopes[] = {"MailboxSettings.Read", "MailboxSettings.ReadWrite"};

// The Graph hosts of the national clouds (Microsoft Graph: "National cloud deployments").
constexpr std::string_view kGraphHosts[] = {"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
                                            "microsoftgraph.chinacloudapi.cn"};

// Their login hosts ("National clouds"); the sources name two for China.
constexpr std::string_view kLoginHosts[] = {"login.microsoftonline.com", "login.microsoftonline.us",
                                            "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"};

bool is_tenant(std::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789.-_") == text.npos &&
         text.front() != '.';
}

// The tenant in `iss`: the one that is configured, where it is a single one and named by its id ("ID token claims").
std::string issuing_tenant(const std::string& tenant) {
  if (tenant == "consumers") return "9188040d-6c67-4c5b-b112-36a304b66dad";
  const bool is_id = tenant.size() == 36 && std::count(tenant.begin(), tenant.end(), '-') == 4;
  return is_id ? tenant : "{tenantid}";
}

// A bare scope means the global cloud's Graph; other clouds want theirs in front.
std::string scope_prefix(const std::optional<Url>& api) {
  if (!api || api->host == kGraphHosts[0]) return {};
  const bool real = std::find(std::begin(kGraphHosts), std::end(kGraphHosts), api->host) != std::end(kGraphHosts);
  return real ? fmt::format("https://{}/", api->host) : std::string();
}

// The token endpoint as Entra knows it: a proxy or a stand-in speaks for the global cloud.
std::string audience(const std::optional<Url>& auth, std::string_view tenant) {
  const bool real =
      auth && std::find(std::begin(kLoginHosts), std::end(kLoginHosts), auth->host) != std::end(kLoginHosts);
  return fmt::format("https://{}/{}/oauth2/v2.0/token", real ? std::string_view(auth->host) : kLoginHosts[0], tenant);
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
  const std::string issuer_path = fmt::format("/{}/v2.0", issuing_tenant(tenant));
  result.issuers = {"https://login.microsoftonline.com" + issuer_path};
  if (roots->auth) result.issuers.push_back(roots->auth->origin() + issuer_path);  // national clouds
  result.scope_prefix = scope_prefix(roots->api);
  result.token_audience = audience(roots->auth, tenant);
  result.app_scope = result.scope_prefix.empty() ? fmt::format("https://{}/.default", kGraphHosts[0])
                                                 : result.scope_prefix + ".default";
  return result;
}

// "Microsoft Graph service-specific throttling limits", Outlook: per application and mailbox.
constexpr QuotaTable kQuotas[] = {{.name = "graph",
                                   .units = 10'000,
                                   .window = std::chrono::minutes(10),
                                   .reserve = 20,
                                   .message = 1,
                                   .at_once = 4,
                                   .upload = std::uint64_t{150} << 20,
                                   .upload_window = std::chrono::minutes(5)}};

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

// What the verbs need of a mailbox, whoever it belongs to.
std::vector<std::string> mail_scopes(AccessLevel access, const std::set<std::string>& with, bool shared) {
  std::vector<std::string> result;
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
  return result;
}

std::vector<std::string> scopes(AccessLevel access, const std::set<std::string>& with) {
  auto result = mail_scopes(access, with, with.contains("shared"));
  result.emplace_back("User.Read");
  result.emplace_back("offline_access");
  // Last: the access token of a login is for the API named first.
  if (with.contains("imap")) {
    for (const auto use : {TokenUse::imap, TokenUse::smtp}) result.push_back(server_scopes(use).front());
  }
  return result;
}

// Application permissions bear the same names; each counts for every mailbox.
std::vector<std::string> organisation_scopes(AccessLevel access, const std::set<std::string>& with) {
  return mail_scopes(access, with, false);
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
  spec.browser_errors =
      "AADSTS50011 (redirect URI), AADSTS700016 (client id or tenant), AADSTS90002 (tenant), AADSTS50020 (account of "
      "another tenant)";
  spec.quotas = kQuotas;
  spec.idle_lifetime = std::chrono::hours(24 * 90);  // refresh tokens die after 90 days without use
  spec.settings_scopes = kSettingsScopes;
  spec.extras = kExtras;
  spec.guide = kGuide;
  spec.organisation_guide = kOrganisationGuide;
  spec.endpoints = endpoints;
  spec.server_resource = kServers;
  spec.scopes = scopes;
  spec.organisation_scopes = organisation_scopes;
  spec.server_scopes = server_scopes;
  spec.canonical_scope = canonical_scope;
  spec.mailbox = make_mailbox;
  spec.courier = make_courier;
  spec.identities = make_identities;
  spec.importer = make_importer;
  spec.rebuilds_imports = true;
  spec.curator = make_curator;
  spec.label_extra = "settings";  // masterCategories
  spec.color = category_color;
  spec.filters = make_filters;
  spec.vacation = make_vacation;
  return spec;
}

}  // namespace mailmgr::microsoft
