#include "tests/sandbox/microsoft_tenants.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "tests/sandbox/form.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::string_view kGraph = "https://graph.microsoft.com/";
constexpr std::string_view kExchange = "https://outlook.office.com/";

struct Known {
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array<Known, 20> kKnown = {{
    {"openid", "Sign you in"},
    {"profile", "View your basic profile"},
    {"email", "View your email address"},
    {"offline_access", "Maintain access to data you have given it access to"},
    {"User.Read", "Sign you in and read your profile"},
    {"User.ReadBasic.All", "Read the basic profiles of everybody in your organisation"},
    {"Mail.ReadBasic", "Read your mail without bodies, previews and attachments"},
    {"Mail.Read", "Read your mail"},
    {"Mail.ReadWrite", "Read and write access to your mail"},
    {"Mail.Send", "Send mail as you"},
    {"MailboxSettings.Read", "Read your mailbox settings"},
    {"MailboxSettings.ReadWrite", "Read and write to your mailbox settings"},
    {"Mail.Read.Shared", "Read mail you can access"},
    {"Mail.ReadWrite.Shared", "Read and write mail you can access"},
    {"Mail.Send.Shared", "Send mail on behalf of others"},
    {"People.Read", "Read your relevant people list"},
    {"Contacts.Read", "Read your contacts"},
    {"Calendars.Read", "Read your calendars"},
    // Not Graph's: the mail servers' ("Authenticate an IMAP, POP or SMTP connection using OAuth").
    {"https://outlook.office.com/IMAP.AccessAsUser.All", "Read and write access to mailboxes via IMAP"},
    {"https://outlook.office.com/SMTP.Send", "Send emails from mailboxes using SMTP AUTH"},
}};

bool same(std::string_view a, std::string_view b) {
  return equals_ignoring_ascii_case(a, b);
}

// The path with the query; an empty path is "/".
bool matches_localhost(const Url& registered, const Url& asked) {
  return registered.scheme == "http" && registered.host == "localhost" && asked.scheme == "http" &&
         asked.host == "localhost" && asked.target() == registered.target();
}

}  // namespace

std::optional<Tenant> find_tenant(const Accounts& accounts, std::string_view segment) {
  if (segment == "common") return Tenant{"common", true, true, ""};
  if (segment == "organizations") return Tenant{"organizations", true, false, ""};
  if (segment == "consumers" || same(segment, kConsumerTenant))
    return Tenant{std::string(segment), false, true, std::string(kConsumerTenant)};
  for (const auto& account : accounts.all()) {
    if (account.provider != Provider::microsoft || account.personal()) continue;
    const auto domain = account.email.substr(account.email.find('@') + 1);
    if (same(segment, account.tenant) || same(segment, domain))
      return Tenant{std::string(segment), true, false, account.tenant};
  }
  return std::nullopt;
}

bool admits(const Tenant& tenant, const Account& account) {
  if (account.provider != Provider::microsoft) return false;
  if (account.personal()) return tenant.personal;
  return tenant.work && (tenant.id.empty() || tenant.id == account.tenant);
}

std::optional<AudienceProblem> audience_problem(const OAuthClient& client, const Tenant& tenant) {
  const auto quoted = "Application '" + client.id + "'";
  if (client.audience == "all") return std::nullopt;
  if (client.audience == "organizations") {
    if (tenant.work) return std::nullopt;
    return AudienceProblem{9002332, quoted +
                                        " is configured for use by Azure Active Directory users only. Please do not "
                                        "use the /consumers endpoint to serve this request."};
  }
  if (client.audience == "consumers") {
    if (!tenant.work) return std::nullopt;
    return AudienceProblem{9002331, quoted +
                                        " is configured for use by Microsoft Account users only. Please use the "
                                        "/consumers endpoint to serve this request."};
  }
  if (tenant.id.empty())
    return AudienceProblem{50194, quoted +
                                      " is not configured as a multi-tenant application. Usage of the /common "
                                      "endpoint is not supported for such apps created after '10/15/2018'."};
  if (same(tenant.id, client.audience)) return std::nullopt;
  return AudienceProblem{700016, "Application with identifier '" + client.id + "' was not found in the directory '" +
                                     tenant.segment + "'."};
}

std::optional<ScopeChoice> microsoft_scope(std::string_view name) {
  if (name.size() > kGraph.size() && same(name.substr(0, kGraph.size()), kGraph)) name.remove_prefix(kGraph.size());
  if (name == ".default") return std::nullopt;
  const auto* known =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& item) { return same(item.name, name); });
  if (known == kKnown.end()) return std::nullopt;
  return ScopeChoice{std::string(known->name), std::string(known->meaning), !is_identity_scope(known->name)};
}

bool is_identity_scope(std::string_view canonical) {
  return canonical == "openid" || canonical == "profile" || canonical == "email" || canonical == "offline_access";
}

std::string_view resource_of(std::string_view canonical) {
  if (is_identity_scope(canonical)) return {};
  return canonical.starts_with(kExchange) ? kExchange : kGraph;
}

std::string microsoft_scope_list(const std::set<std::string>& scopes, bool personal) {
  std::vector<std::string> words;
  for (const auto& scope : scopes) {
    if (scope == "offline_access") continue;
    words.push_back(personal && resource_of(scope) == kGraph ? std::string(kGraph) + scope : scope);
  }
  return join_words(words);
}

bool microsoft_redirect_allowed(const OAuthClient& client, const std::string& uri) {
  const auto asked = Url::parse(uri);
  for (const auto& text : client.redirect_uris) {
    if (text == uri) return true;
    const auto registered = Url::parse(text);
    if (asked && registered && matches_localhost(*registered, *asked)) return true;
  }
  return false;
}

}  // namespace mailmgr::sandbox
