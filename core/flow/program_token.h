// Access tokens for other programs: a script that calls the provider's API, or a mail program that logs in to the IMAP
// or SMTP server.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/oauth/token_source.h"

namespace mailmgr {

std::string_view to_string(TokenUse use);  // "api", "imap", "smtp"
std::optional<TokenUse> token_use(std::string_view name);

// A token that is good for some minutes at least. auth_required, with the login to make as its hint, when the scopes
// this use needs were not granted; refused when this kind of credential has no such tokens; else the errors of
// TokenSource.
Result<ValidToken> program_token(const AccountRecord& account, const GrantRecord& grant, TokenUse use,
                                 const ProviderSpec& spec, TokenSource& tokens, const Stop& stop);

// The initial client response of SASL XOAUTH2, in base64 (Google: "OAuth 2.0 Mechanism"; the same at Microsoft).
std::string xoauth2(std::string_view email, const Secret& token);

}  // namespace mailmgr
