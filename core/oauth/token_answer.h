// Reads what a token endpoint answers (RFC 6749 §5.1 and §5.2), as strictly as what will be stored and sent on
// deserves.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/oauth/flat_json.h"
#include "core/oauth/token_errors.h"
#include "core/ports/http.h"

namespace mailmgr {

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
  std::string_view nonce = {};  // of the authorization request, where there was one
  Secret assertion = {};        // the client's, where it proved itself by one; one of `secrets`
};

// A lifetime as a number of seconds or as digits in a string, pulled into 0 to `longest`; nullopt when it is neither or
// absurd.
std::optional<std::chrono::seconds> lifetime(const JsonMember& member, std::chrono::seconds longest);

// The object in a successful answer of an OAuth endpoint; errors as of read_token_answer().
Result<FlatJson> read_answer(const HttpResponse& response, const AnswerContext& context);

// Errors are those of explain_failure(); try_later for an answer that cannot be used, whose text is never shown; config
// for a redirect, which is never followed. An identity token that comes with a login is checked (id_token.h); one that
// comes with a refresh is passed over: nothing is taken from it, and a login that works must not end over it.
Result<TokenSet> read_token_answer(const HttpResponse& response, const AnswerContext& context);

}  // namespace mailmgr
