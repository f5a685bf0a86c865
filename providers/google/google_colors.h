// The colours of Gmail's labels: a fixed list ("Gmail API: users.labels", LabelColor).
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace mailmgr::google {

// ProviderSpec::color: "red", or one of Gmail's own as "#cc3a21", in any case.
Result<std::string> label_color(std::string_view word);

// Black or white, whichever can be read on it; both are on the list.
std::string_view text_on(std::string_view background);

}  // namespace mailmgr::google
