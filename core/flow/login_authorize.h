// The two ways to a person's consent: their browser on this machine (or one that is told to come back to it), and a
// code to type on another device. Both end with tokens that nobody has looked at yet.
#pragma once

#include "core/flow/login_plan.h"
#include "core/oauth/token_answer.h"

namespace mailmgr {

// The authorization code flow with a loopback redirect and PKCE (RFC 8252). Errors: config (port taken), auth_required
// (no answer in time, code not accepted), refused (declined), interrupted, and what the token endpoint reports.
Result<TokenSet> authorize_in_browser(const LoginPlan& plan, const OAuthClient& client, const LoginRequest& request,
                                      const LoginWorld& world, const LoginFront& front, const Stop& stop);

// The device code flow (RFC 8628). Errors: as above; nothing listens and no browser is started.
Result<TokenSet> authorize_on_device(const LoginPlan& plan, const OAuthClient& client, const LoginRequest& request,
                                     const LoginWorld& world, const LoginFront& front, const Stop& stop);

}  // namespace mailmgr
