#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "providers/endpoints.h"
#include "providers/microsoft/microsoft_links.h"
#include "providers/registry.h"

using namespace mailmgr;

namespace {

ProviderConfig config(ProviderKind kind) {
  ProviderConfig result;
  result.kind = kind;
  return result;
}

const ProviderSpec& google_provider() {
  return provider_spec(ProviderKind::google);
}
const ProviderSpec& microsoft_provider() {
  return provider_spec(ProviderKind::microsoft);
}

using Scopes = std::vector<std::string>;

}  // namespace

TEST_CASE("every provider is complete and found by its kind") {
  for (const auto& spec : provider_specs()) {
    CHECK(provider_spec(spec.kind).title == spec.title);
    CHECK((spec.endpoints != nullptr));
    CHECK((spec.scopes != nullptr));
    CHECK((spec.organisation_scopes != nullptr));
    CHECK((spec.canonical_scope != nullptr));
    CHECK((spec.mailbox != nullptr));
    CHECK((spec.courier != nullptr));
    CHECK(spec.redirect_path.starts_with('/'));
    CHECK_FALSE(spec.extras.empty());
    REQUIRE_FALSE(spec.quotas.empty());
    for (const auto& quota : spec.quotas) {
      CHECK(choose_quota(spec.quotas, quota.name).value().units == quota.units);
      CHECK(quota.reserve * 20 < quota.units);
      CHECK(messages_per_minute(quota) >= 300);
    }
    CHECK(spec.guide.find("{scopes}") != std::string_view::npos);
    CHECK(spec.guide.find("{redirect_uri}") != std::string_view::npos);
    CHECK(spec.guide.find("{options}") != std::string_view::npos);
    CHECK(spec.organisation_guide.find("{scope_list}") != std::string_view::npos);
    CHECK(spec.organisation_guide.find("{options}") != std::string_view::npos);
  }
}

TEST_CASE("assertions are made out to the provider's own token endpoint, whatever stands in front of it") {
  auto google = config(ProviderKind::google);
  google.base_url = "https://proxy.test/mail";
  CHECK(google_provider().endpoints(google).value().token_audience == "https://oauth2.googleapis.com/token");
  auto microsoft = config(ProviderKind::microsoft);
  microsoft.tenant = "contoso.test";
  const auto made = [&](const std::string& base, const std::string& auth, const std::string& api) {
    microsoft.base_url = base;
    microsoft.auth_url = auth;
    microsoft.api_url = api;
    return microsoft_provider().endpoints(microsoft).value();
  };
  const std::string global = "https://login.microsoftonline.com/contoso.test/oauth2/v2.0/token";
  CHECK(made("", "", "").token_audience == global);
  CHECK(made("http://127.0.0.1:8080", "", "").token_audience == global);
  CHECK(made("", "https://login.microsoftonline.us.evil.test", "").token_audience == global);
  const auto cloud = made("", "https://login.microsoftonline.us", "https://graph.microsoft.us");
  CHECK(cloud.token_audience == "https://login.microsoftonline.us/contoso.test/oauth2/v2.0/token");
  CHECK(cloud.app_scope == "https://graph.microsoft.us/.default");
  CHECK(made("http://127.0.0.1:8080", "", "").app_scope == "https://graph.microsoft.com/.default");
}

TEST_CASE("an organisation grants what the mailboxes need, without what only a person has") {
  const auto& microsoft = microsoft_provider();
  CHECK(microsoft.organisation_scopes(AccessLevel::full, {"settings", "shared"}) ==
        Scopes{"Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite"});
  CHECK(google_provider().organisation_scopes(AccessLevel::read_only, {}) ==
        google_provider().scopes(AccessLevel::read_only, {}));
}

TEST_CASE("without settings the real endpoints are used") {
  const auto google = google_provider().endpoints(config(ProviderKind::google)).value();
  CHECK(google.authorize.str() == "https://accounts.google.com/o/oauth2/v2/auth");
  CHECK(google.token.str() == "https://oauth2.googleapis.com/token");
  CHECK(google.revoke->str() == "https://oauth2.googleapis.com/revoke");
  CHECK(google.userinfo->str() == "https://openidconnect.googleapis.com/v1/userinfo");
  CHECK(google.api.with_path("/gmail/v1").str() == "https://gmail.googleapis.com/gmail/v1");

  const auto microsoft = microsoft_provider().endpoints(config(ProviderKind::microsoft)).value();
  CHECK(microsoft.authorize.str() == "https://login.microsoftonline.com/common/oauth2/v2.0/authorize");
  CHECK(microsoft.token.str() == "https://login.microsoftonline.com/common/oauth2/v2.0/token");
  CHECK(microsoft.device->str() == "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode");
  CHECK(microsoft.admin_consent->str() == "https://login.microsoftonline.com/common/adminconsent");
  CHECK_FALSE(microsoft.revoke);
  CHECK(microsoft.scope_prefix.empty());
}

TEST_CASE("--base-url replaces every host and keeps its path as a prefix") {
  auto google = config(ProviderKind::google);
  for (const auto base : {"http://127.0.0.1:8080/proxy", "http://127.0.0.1:8080/proxy/"}) {
    google.base_url = base;
    const auto endpoints = google_provider().endpoints(google).value();
    CHECK(endpoints.token.str() == "http://127.0.0.1:8080/proxy/token");
    CHECK(endpoints.authorize.str() == "http://127.0.0.1:8080/proxy/o/oauth2/v2/auth");
    CHECK(endpoints.api.with_path("/batch/gmail/v1").str() == "http://127.0.0.1:8080/proxy/batch/gmail/v1");
  }
  google.base_url = "https://proxy.test";
  CHECK(google_provider().endpoints(google).value().token.str() == "https://proxy.test/token");
}

TEST_CASE("--auth-url and --api-url replace their host alone, as national clouds need") {
  auto cloud = config(ProviderKind::microsoft);
  cloud.tenant = "contoso.us";
  cloud.auth_url = "https://login.microsoftonline.us";
  cloud.api_url = "https://graph.microsoft.us";
  const auto endpoints = microsoft_provider().endpoints(cloud).value();
  CHECK(endpoints.token.str() == "https://login.microsoftonline.us/contoso.us/oauth2/v2.0/token");
  CHECK(endpoints.api.with_path("/v1.0/me").str() == "https://graph.microsoft.us/v1.0/me");
  CHECK(endpoints.scope_prefix == "https://graph.microsoft.us/");
  CHECK(endpoints.issuers.back() == "https://login.microsoftonline.us/{tenantid}/v2.0");

  cloud.tenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
  CHECK(microsoft_provider().endpoints(cloud).value().issuers.back() ==
        "https://login.microsoftonline.us/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0");

  cloud.api_url.clear();
  cloud.base_url = "http://localhost:1";
  const auto mixed = microsoft_provider().endpoints(cloud).value();
  CHECK(mixed.token.origin() == "https://login.microsoftonline.us");
  CHECK(mixed.api.origin() == "http://localhost:1");
  CHECK(mixed.scope_prefix.empty());
}

TEST_CASE("Microsoft's issuer names the tenant where a single one is configured, and any otherwise") {
  const auto issuer = [](const std::string& tenant) {
    auto microsoft = config(ProviderKind::microsoft);
    microsoft.tenant = tenant;
    return microsoft_provider().endpoints(microsoft).value().issuers.front();
  };
  const std::string host = "https://login.microsoftonline.com/";
  for (const auto tenant : {"", "common", "organizations", "contoso.com"})
    CHECK(issuer(tenant) == host + "{tenantid}/v2.0");
  CHECK(issuer("consumers") == host + "9188040d-6c67-4c5b-b112-36a304b66dad/v2.0");
  CHECK(issuer("11111111-2222-3333-4444-555555555555") == host + "11111111-2222-3333-4444-555555555555/v2.0");
}

TEST_CASE("attack 43: settings that would leak tokens or lead nowhere are usage errors that name the option") {
  for (const auto bad :
       {"http://proxy.test", "ftp://x", "nonsense", "https://u:p@proxy.test", "https://proxy.test/?q=1"}) {
    CAPTURE(bad);
    auto google = config(ProviderKind::google);
    google.api_url = bad;
    const auto endpoints = google_provider().endpoints(google);
    REQUIRE_FALSE(endpoints);
    CHECK(endpoints.error().code == Code::usage);
    CHECK(endpoints.error().message.find("--api-url") != std::string::npos);
  }
  for (const auto tenant : {"a/b", "x?y", "..", "a b", "a@b"}) {
    CAPTURE(tenant);
    auto microsoft = config(ProviderKind::microsoft);
    microsoft.tenant = tenant;
    const auto endpoints = microsoft_provider().endpoints(microsoft);
    REQUIRE_FALSE(endpoints);
    CHECK(endpoints.error().message.find("--tenant") != std::string::npos);
  }
}

TEST_CASE("scopes are the least for the access asked for") {
  const auto google = google_provider().scopes;
  CHECK(google(AccessLevel::read_only, {}) == Scopes{"https://www.googleapis.com/auth/gmail.readonly"});
  CHECK(google(AccessLevel::send_only, {}) == Scopes{"https://www.googleapis.com/auth/gmail.compose"});
  CHECK(google(AccessLevel::drafts_only, {}) == Scopes{"https://www.googleapis.com/auth/gmail.compose"});
  CHECK(google(AccessLevel::full, {"settings"}) ==
        Scopes{"https://www.googleapis.com/auth/gmail.modify", "https://www.googleapis.com/auth/gmail.settings.basic"});
  CHECK(google(AccessLevel::full, {"imap", "permanent-delete"}) ==
        Scopes{"https://www.googleapis.com/auth/gmail.modify", "https://mail.google.com/"});

  const auto microsoft = microsoft_provider().scopes;
  CHECK(microsoft(AccessLevel::read_only, {}) == Scopes{"Mail.Read", "User.Read", "offline_access"});
  CHECK(microsoft(AccessLevel::send_only, {}) == Scopes{"Mail.Send", "User.Read", "offline_access"});
  CHECK(microsoft(AccessLevel::drafts_only, {}) == Scopes{"Mail.ReadWrite", "User.Read", "offline_access"});
  CHECK(microsoft(AccessLevel::full, {"shared", "settings"}) ==
        Scopes{"Mail.ReadWrite", "Mail.ReadWrite.Shared", "Mail.Send", "Mail.Send.Shared", "MailboxSettings.ReadWrite",
               "User.Read", "offline_access"});
}

TEST_CASE("IMAP and SMTP are another API at Microsoft, asked for last so that the login's token is Graph's") {
  const auto& spec = microsoft_provider();
  const auto scopes = spec.scopes(AccessLevel::full, {"imap"});
  CHECK(scopes == Scopes{"Mail.ReadWrite", "Mail.Send", "User.Read", "offline_access",
                         "https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"});
  CHECK(scopes[4].starts_with(spec.server_resource));
  CHECK(google_provider().server_resource.empty());
  // Deleting for good needs nothing more there.
  CHECK(spec.scopes(AccessLevel::full, {"permanent-delete"}) == spec.scopes(AccessLevel::full, {}));
}

TEST_CASE("every national cloud of the guide is set up with the two addresses it names") {
  struct Cloud {
    const char *auth, *api;
  };
  for (const auto& [auth, api] :
       {Cloud{"https://login.microsoftonline.us", "https://graph.microsoft.us"},
        Cloud{"https://login.microsoftonline.us", "https://dod-graph.microsoft.us"},
        Cloud{"https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"}}) {
    CHECK(microsoft_provider().guide.find(std::string("--auth-url ") + auth + " --api-url " + api) !=
          std::string_view::npos);
    auto cloud = config(ProviderKind::microsoft);
    cloud.auth_url = auth;
    cloud.api_url = api;
    const auto endpoints = microsoft_provider().endpoints(cloud).value();
    CHECK(endpoints.authorize.origin() == auth);
    CHECK(endpoints.token.origin() == auth);
    CHECK(endpoints.device->origin() == auth);
    CHECK(endpoints.admin_consent->origin() == auth);
    CHECK(endpoints.api.origin() == api);
    CHECK(endpoints.scope_prefix == std::string(api) + "/");
    CHECK(microsoft_provider().canonical_scope(endpoints.scope_prefix + "Mail.Send") == "Mail.Send");
  }
}

TEST_CASE("granted scopes compare with those asked for, however the server spells them") {
  CHECK(microsoft_provider().canonical_scope("https://graph.microsoft.com/Mail.Read") == "Mail.Read");
  CHECK(microsoft_provider().canonical_scope("https://microsoftgraph.chinacloudapi.cn/Mail.Send") == "Mail.Send");
  CHECK(microsoft_provider().canonical_scope("Mail.Send") == "Mail.Send");
  CHECK(microsoft_provider().canonical_scope("https://graph.microsoft.com.evil.test/Mail.Send") != "Mail.Send");
  CHECK(google_provider().canonical_scope("email") == "https://www.googleapis.com/auth/userinfo.email");
  CHECK(google_provider().canonical_scope("https://mail.google.com/") == "https://mail.google.com/");
}

TEST_CASE("attack 74: a server's link is followed only below the API on its own host, and only as a path") {
  const auto api = Url::parse("http://127.0.0.1:8080/proxy").value();
  Endpoints endpoints;
  endpoints.api = api;
  const auto follow = [&](std::string_view link) { return microsoft::below_root(link, endpoints); };
  CHECK(follow("https://graph.microsoft.com/v1.0/me/x?$deltatoken=a%2Bb").value() == "/me/x?$deltatoken=a%2Bb");
  CHECK(follow("http://127.0.0.1:8080/proxy/v1.0/me/x").value() == "/me/x");
  CHECK(follow("http://127.0.0.1:8080/v1.0/me/x").value() == "/me/x");
  for (const auto link : {"https://graph.microsoft.com.evil.example/v1.0/me",
                          "https://evil.example/v1.0/me",
                          "https://graph.microsoft.com.:443/v1.0/me",
                          "https://graph-microsoft.com/v1.0/me",
                          "https://graph.microsoft.com%2eevil.example/v1.0/me",
                          "https://xn--grph-5cd.microsoft.com/v1.0/me",
                          "https://graph.microsoft.com\\@evil.example/v1.0/me",
                          "https://evil.example/https://graph.microsoft.com/v1.0/me",
                          "http://graph.microsoft.com/v1.0/me",
                          "https://graph.microsoft.com:444/v1.0/me",
                          "https://graph.microsoft.com@evil.example/v1.0/me",
                          "https://user@graph.microsoft.com/v1.0/me",
                          "https://graph.microsoft.com/v1.0/../beta/me",
                          "https://graph.microsoft.com/v1.0/%2e%2e/me",
                          "https://graph.microsoft.com/beta/me",
                          "https://graph.microsoft.com/v1.0",
                          "http://127.0.0.1:8081/v1.0/me",
                          "//graph.microsoft.com/v1.0/me",
                          "/v1.0/me",
                          "https://graph.microsoft.com/v1.0/me#x",
                          "https://graph.microsoft.com/v1.0/me\r\nX: y",
                          "file:///v1.0/me",
                          ""}) {
    CAPTURE(link);
    CHECK_FALSE(follow(link));
  }
}
