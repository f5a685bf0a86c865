// Google's console, step by step, for `mailmgr provider guide google`. Placeholders: core/ports/provider.h.
#pragma once

#include <string_view>

namespace mailmgr::google {

// "Using OAuth 2.0 for Mobile & Desktop Apps"; Google Cloud Platform Console Help, "Manage App Audience".
inline constexpr std::string_view kGuide = R"(Google: an OAuth client for mailmgr, in https://console.cloud.google.com

1. Create or choose a project (top bar).
2. APIs & Services > Library > "Gmail API" > Enable.
3. Google Auth Platform > Branding: app name and support address.
4. Google Auth Platform > Audience: "Internal" for a Workspace organisation; otherwise "External", then "Publish app".
   While the publishing status is "Testing", only test users listed there can log in, and every login ends after
   7 days. Published but not verified, Google warns people at login, and 100 people may log in.
5. Google Auth Platform > Data access > Add or remove scopes:
{scopes}
6. Google Auth Platform > Clients > Create client > Application type "Desktop app".
   Nothing has to be registered for it; logins return to {redirect_uri} on any port.
7. Download the JSON file (the secret is shown only now), then:
   mailmgr provider set google --credentials client_secret_….json{options}
   mailmgr provider test google

A client of type "Web application" works too: under Clients > your client > Authorized redirect URIs add exactly
   http://127.0.0.1:8080/cb/google
and give the downloaded JSON file as above, or the address itself:
   mailmgr provider set google --client-id ID --client-secret-file FILE --redirect-uri http://127.0.0.1:8080/cb/google

A new secret: Google Auth Platform > Clients > your client > Client secrets > Add secret.
Mailboxes of a whole Workspace organisation without logins: mailmgr provider guide google --service-account
)";

// "Using OAuth 2.0 for Server to Server Applications"; Google Workspace Admin Help, "Control API access with
// domain-wide delegation".
inline constexpr std::string_view kOrganisationGuide =
    R"(Google Workspace: a service account that reaches every mailbox of the organisation, without logins

In https://console.cloud.google.com:
1. Create or choose a project (top bar).
2. APIs & Services > Library > "Gmail API" > Enable.
3. IAM & Admin > Service Accounts > Create service account. It needs no roles.
   Open it and note its "Unique ID" (a number; not its address).
4. Keys > Add key > Create new key > JSON: the file is downloaded once.

In https://admin.google.com, as a super administrator:
5. Security > Access and data control > API controls > Domain-wide delegation > Add new.
   Client ID: the number of step 3. OAuth scopes, separated by commas, exactly:
   {scope_list}
   It takes from minutes to 24 hours until this works.

Then:
6. mailmgr provider set google --service-account KEY.json{options}
   mailmgr provider test google
   mailmgr account connect ada@example.org --provider google
   Delete KEY.json afterwards: mailmgr keeps an encrypted copy.
)";

}  // namespace mailmgr::google
