// Waits for the provider's answer to an authorization request: on the loopback listener and, where a front end offers
// it, as a URL that the person pastes, whichever comes first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/callback_listener.h"
#include "core/ports/clock.h"
#include "core/ports/stop.h"

namespace mailmgr {

struct LoginPrompt {
  Url url;                   // where the person has to go
  std::string redirect_uri;  // where the browser will be sent back to
  std::uint16_t port = 0;    // the listener's, for an `ssh -L` line; 0: nothing listens
};

struct DevicePrompt {
  Url page;              // where the person has to go, on any device
  std::string code;      // and what to type there
  milliseconds lasts{};  // how long both are good for
};

// What a login asks of whoever runs it.
struct LoginFront {
  // Shows the URL; called once, before a browser is started.
  std::function<void(const LoginPrompt&)> on_url;
  // Shows the page and the code of a login with a device code; called once.
  std::function<void(const DevicePrompt&)> on_code;
  // Blocks until the person has pasted something, and returns it; nullopt when there is no more input or `stop` was
  // requested (which it must notice by itself, the deadline included). Called on a thread of its own; may be empty.
  std::function<std::optional<std::string>(const Stop& stop)> read_paste;
  // A remark on the way ("no browser could be started: …"); may be empty, may come from the pasting thread.
  std::function<void(std::string_view)> remark;
};

struct LoginWait {
  CallbackListener* listener = nullptr;  // null: paste only
  std::string redirect_uri;
  std::string state;
  milliseconds timeout;
  std::string_view browser_errors;  // ProviderSpec::browser_errors
};

// The parameters of the first answer that belongs to `state`. auth_required after `timeout` or when all input has
// ended, interrupted when `stop` is.
Result<QueryParams> wait_for_answer(const LoginWait& wait, const LoginFront& front, Clock& clock, const Stop& stop);

// The parameters in a pasted redirect URL; usage, saying what was expected, when it is none or belongs to another
// login.
Result<QueryParams> read_pasted(std::string_view text, const std::string& redirect_uri, std::string_view state);

}  // namespace mailmgr
