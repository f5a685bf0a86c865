// The steps in a provider's console, with the exact values to enter.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/ports/provider.h"

namespace mailmgr {

struct GuideWish {
  AccessLevel access = AccessLevel::full;
  std::set<std::string> with;
  bool organisation = false;  // a credential that reaches every mailbox, instead of logins
};

struct Guide {
  std::string redirect_uri;         // empty for an organisation
  std::vector<std::string> scopes;  // for an organisation at Microsoft: application permissions
  std::string text;
  std::vector<std::string> steps;  // the lines of `text`
};

Guide make_guide(const ProviderSpec& spec, const GuideWish& wish);

}  // namespace mailmgr
