// The providers mailmgr knows: a plain array. A new one is a folder beside google/ and microsoft/ and a line here.
#pragma once

#include <span>

#include "core/ports/provider.h"

namespace mailmgr {

std::span<const ProviderSpec> provider_specs();
const ProviderSpec& provider_spec(ProviderKind kind);  // total over ProviderKind

}  // namespace mailmgr
