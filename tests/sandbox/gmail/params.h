// The query parameters of one call, checked against the method's list and Google's global ones.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/gmail/methods.h"

namespace mailmgr::sandbox::gmail {

class Params {
 public:
  Params() = default;
  // Throws ApiError for an unknown name, a value of a wrong type, or a second value where one is allowed.
  Params(std::string_view query, const Method& method);

  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  std::string text(std::string_view name, std::string_view fallback = "") const;
  bool flag(std::string_view name, bool fallback = false) const;
  std::uint64_t number(std::string_view name, std::uint64_t fallback) const;
  std::vector<std::string> list(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace mailmgr::sandbox::gmail
