// The page on which a person allows or denies a login, as plain HTML that works without scripts: GET shows it, and its
// form is posted to /_sandbox/consent. A script can click by posting the same fields: `request` (hidden in the page),
// `account`, `scope` once per granted scope, and `decision` = allow or cancel. Each request is answered once.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "tests/sandbox/oauth.h"

namespace mailmgr::sandbox {

struct Decision {
  AuthorizationRequest request;
  bool allowed = false;
  std::string account;            // one of request.accounts, when allowed
  std::set<std::string> granted;  // canonical scopes, mandatory ones included
};

class Consent {
 public:
  // Keeps `request` until it is answered and shows the page.
  Response ask(AuthorizationRequest request);

  // The answer posted from the page; a page with an error instead when it answers nothing that is waiting.
  struct Outcome {
    std::optional<Decision> decision;
    Response problem;
  };
  Outcome answer(const Request& posted);

 private:
  std::map<std::string, AuthorizationRequest> waiting_;
};

}  // namespace mailmgr::sandbox
