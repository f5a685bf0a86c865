// Reads what a token endpoint answers (RFC 6749 §5.1 and §5.2), as strictly as what will be stored and sent on
// deserves.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/oauth/token_errors.h"
#include "core/ports/http.h"

namespace mailmgr {

inline constexpr std::size_t kMaxTokenAnswer = std::size_t{256} << 10;  // bytes; real ones are a few thousand

struct TokenSet {
  Secret access;
  Time access_expires;            // by the local clock, counted from the receipt
  std::optional<Secret> refresh;  // absent: the one in use stays valid
  std::optional<Time> refresh_expires;
  std::optional<std::set<std::string>> scopes;  // as spelled by the server; absent: as requested (§5.1)
};

// What an answer came for, and when it came.
struct AnswerContext {
  const OAuthClient& client;
  GrantType type;
  Time received;
  std::vector<std::string_view> secrets;  // sent with the request: a server text that repeats one is not shown
  Asked asked = {};
};

// Errors are those of explain_failure(); try_later for an answer that cannot be used, whose text is never shown; config
// for a redirect, which is never followed.
Result<TokenSet> read_token_answer(const HttpResponse& response, const AnswerContext& context);

}  // namespace mailmgr
