#include "core/base/severity.h"

#include <algorithm>
#include <array>

namespace mailmgr {
namespace {

// An interruption ends everything and stands above all.
constexpr std::array<int, 11> kWorstFirst{130, 10, 1, 3, 4, 6, 5, 7, 8, 9, 2};

auto rank(const Error& error) {
  return std::find(kWorstFirst.begin(), kWorstFirst.end(), exit_class(error.code).exit_code);
}

}  // namespace

void keep_worst(std::optional<Error>& worst, const Error& error) {
  if (!worst || rank(error) < rank(*worst)) worst = error;
}

}  // namespace mailmgr
