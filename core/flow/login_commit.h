// The last step of a login: what was proven becomes a grant, then an account.
#pragma once

#include <set>
#include <string>

#include "core/base/result.h"
#include "core/flow/login_plan.h"
#include "core/oauth/token_answer.h"

namespace mailmgr {

struct ProvenLogin {
  TokenSet tokens;  // with a refresh token
  Profile profile;  // of the mailbox they open
  std::set<std::string> scopes;
  std::string client_id, origins;  // the client and hosts they were issued by
};

struct CommittedLogin {
  AccountRecord account;
  bool connected = false;  // its mailbox was not connected before
};

// Replaces the tokens of the account that was named, or else of the one this provider has for the mailbox already; adds
// an account otherwise. Grant first, account second: what a crash leaves between them is a grant nobody uses.
Result<CommittedLogin> commit_login(const LoginPlan& plan, const LoginRequest& request, const ProvenLogin& proven,
                                    const LoginWorld& world);

}  // namespace mailmgr
