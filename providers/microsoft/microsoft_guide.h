// Microsoft's consoles, step by step, for `mailmgr provider guide microsoft`. Placeholders: core/ports/provider.h.
#pragma once

#include <string_view>

namespace mailmgr::microsoft {

// "Desktop app that calls web APIs: App registration"; "Microsoft Graph: National cloud deployments".
inline constexpr std::string_view kGuide =
    R"(Microsoft: an app registration for mailmgr, in https://entra.microsoft.com

1. Identity > Applications > App registrations > New registration.
2. Supported account types: "Accounts in any organizational directory and personal Microsoft accounts" for Outlook.com
   and work accounts; or one organisation only, then give its id to mailmgr with --tenant.
3. Authentication > Add a platform > "Mobile and desktop applications" (not Web, not Single-page application) > custom
   redirect URI, exactly, without a port:
   {redirect_uri}
   For `mailmgr login --device` also: Advanced settings > "Allow public client flows" > Yes.
4. API permissions > Add a permission > Delegated permissions, of "Microsoft Graph" (those of https://outlook.office.com:
   of "APIs my organization uses" > "Office 365 Exchange Online"):
{scopes}
   In organisations that forbid user consent: "Grant admin consent".
5. Overview > copy "Application (client) ID"; no secret is needed:
   mailmgr provider set microsoft --client-id ID{options}
   mailmgr provider test microsoft

A registration with platform "Web" works too: register the redirect URI exactly, with its port, make a secret under
Certificates & secrets > New client secret (copy its Value, not its Secret ID), and:
   mailmgr provider set microsoft --client-id ID --client-secret-file FILE --redirect-uri http://localhost:8080/

National clouds have registrations, logins and mailboxes of their own. Add to the line of step 5:
   US Government GCC High   --auth-url https://login.microsoftonline.us --api-url https://graph.microsoft.us
   US Government DoD        --auth-url https://login.microsoftonline.us --api-url https://dod-graph.microsoft.us
   China (21Vianet)         --auth-url https://login.partner.microsoftonline.cn --api-url https://microsoftgraph.chinacloudapi.cn

Mailboxes of a whole organisation without logins: mailmgr provider guide microsoft --app-only
)";

// "OAuth 2.0 client credentials flow"; "Role Based Access Control for Applications in Exchange Online".
inline constexpr std::string_view kOrganisationGuide =
    R"(Microsoft: an app registration that reaches every mailbox of the organisation, without logins

In https://entra.microsoft.com:
1. Identity > Applications > App registrations > New registration; supported account types: "Accounts in this
   organizational directory only". No redirect URI.
2. Overview > copy "Application (client) ID" and "Directory (tenant) ID".
3. Certificates & secrets: upload a certificate; or New client secret (copy its Value, not its Secret ID).
4. API permissions > Add a permission > Microsoft Graph > Application permissions:
{scopes}
5. API permissions > "Grant admin consent"; or an administrator opens, once:
   https://login.microsoftonline.com/TENANT_ID/adminconsent?client_id=CLIENT_ID

These permissions reach every mailbox. To limit them (RBAC for Applications, in Exchange Online PowerShell):
6. New-ServicePrincipal -AppId CLIENT_ID -ObjectId OBJECT_ID -DisplayName mailmgr
   (OBJECT_ID: Identity > Applications > Enterprise applications > the app > "Object ID")
   New-ManagementScope -Name mailmgr -RecipientRestrictionFilter "CustomAttribute1 -eq 'mailmgr'"
   New-ManagementRoleAssignment -App CLIENT_ID -Role "Application ROLE" -CustomResourceScope mailmgr
   (once for each ROLE of step 4 that Exchange has: {scope_list})
   Test-ServicePrincipalAuthorization -Identity CLIENT_ID -Resource ada@example.org
   Then take the same permissions away in step 4: what Entra grants for all mailboxes adds to what Exchange grants.

Then, with the certificate and its key in one PEM file (or --client-secret-file instead):
7. mailmgr provider set microsoft --app-only --client-id CLIENT_ID --tenant TENANT_ID --client-certificate FILE.pem{options}
   mailmgr provider test microsoft
   mailmgr account connect ada@example.org --provider microsoft
)";

}  // namespace mailmgr::microsoft
