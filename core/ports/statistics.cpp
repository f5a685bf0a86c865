#include "core/ports/statistics.h"

#include <algorithm>
#include <iterator>

namespace mailmgr {
namespace {

constexpr std::string_view kDimensions[] = {"month", "sender", "domain", "folder"};

}  // namespace

std::string_view to_string(Dimension dimension) {
  return kDimensions[static_cast<int>(dimension)];
}

std::optional<Dimension> dimension(std::string_view word) {
  const auto found = std::find(std::begin(kDimensions), std::end(kDimensions), word);
  if (found == std::end(kDimensions)) return std::nullopt;
  return static_cast<Dimension>(found - std::begin(kDimensions));
}

}  // namespace mailmgr
