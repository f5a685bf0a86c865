// The pages on which a person's browser ends after a login. They are static: nothing of the request, the provider or
// the account is on them, they load nothing, and their headers (CSP by hash, no-store, no-referrer) keep it that way.
#pragma once

#include <string>

namespace mailmgr {

enum class CallbackPage {
  received,          // the code is here; the exchange may still fail, so it says no more than that
  no_code,           // the redirect was ours and held an error instead: declined, mostly
  already_received,  // a second click
  unexpected,        // not our login's redirect
};

// The complete HTTP answer, `status` 200, 400, 404 or 405. `is_head`: without the body.
std::string callback_answer(int status, CallbackPage page, bool is_head);

}  // namespace mailmgr
