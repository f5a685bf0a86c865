// What a provider's refusals mean where an organisation's one credential was used: an administrator must change
// something in a console, and no login helps. Texts as in token_errors.h.
#pragma once

#include <optional>

#include "core/oauth/token_errors.h"

namespace mailmgr {

// nullopt for what is not particular to organisations. config: the key, the secret or this machine's clock is wrong.
// refused: the console does not allow it; the hint names the place and the exact values to enter there.
std::optional<Error> explain_organisation_failure(const TokenFailure& failure, GrantType type,
                                                  const OAuthClient& client);

// An assertion was refused as out of its time. Compares the clocks: "the clock of this machine is wrong by 300 s".
std::optional<Error> explain_clock(const TokenFailure& failure);

}  // namespace mailmgr
