// Searches under names, which queries refer to as @NAME. Names are exact. Errors are Code::store.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr {

struct SavedSearch {
  std::string name;
  std::string query;  // as it was written, and understood
  Time changed{};
};

class SavedSearches {
 public:
  virtual ~SavedSearches() = default;
  virtual Status put(const SavedSearch& search) = 0;  // inserts or replaces
  virtual Result<std::optional<SavedSearch>> find(std::string_view name) = 0;
  virtual Result<std::vector<SavedSearch>> list() = 0;     // by name
  virtual Result<bool> remove(std::string_view name) = 0;  // false: there was none
};

}  // namespace mailmgr
