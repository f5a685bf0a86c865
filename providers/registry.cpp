#include "providers/registry.h"

#include <algorithm>
#include <array>

#include "providers/google/google_spec.h"
#include "providers/microsoft/microsoft_spec.h"

namespace mailmgr {

std::span<const ProviderSpec> provider_specs() {
  static const std::array specs{google::spec(), microsoft::spec()};
  return specs;
}

const ProviderSpec& provider_spec(ProviderKind kind) {
  const auto specs = provider_specs();
  return *std::find_if(specs.begin(), specs.end(), [kind](const ProviderSpec& spec) { return spec.kind == kind; });
}

}  // namespace mailmgr
