// The steps in a provider's console, with the exact values to enter.
#pragma once

#include <string>
#include <vector>

#include "core/ports/provider.h"

namespace mailmgr {

struct Guide {
  std::string redirect_uri;
  std::vector<std::string> scopes;
  std::string text;
  std::vector<std::string> steps;  // the lines of `text`
};

Guide make_guide(const ProviderSpec& spec, AccessLevel access);

}  // namespace mailmgr
