#include "core/ports/http.h"

#include "core/base/encoding.h"

namespace mailmgr {

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_ascii_case(key, name)) return value;
  }
  return std::nullopt;
}

}  // namespace mailmgr
