// Where an API client gets its bearer token from. The token source (core/oauth) implements it over grants.
#pragma once

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/ports/stop.h"

namespace mailmgr {

class AccessTokens {
 public:
  virtual ~AccessTokens() = default;
  // A token that is valid for some minutes yet, refreshed first if need be. Code::auth_required when a person must log
  // in; unreachable, no_answer, throttled, try_later for trouble that passes.
  virtual Result<Secret> get(const Stop& stop) = 0;
  // The API answered 401 to this token: the next get() returns another one or fails with auth_required.
  virtual void reject(const Secret& token) = 0;
};

}  // namespace mailmgr
