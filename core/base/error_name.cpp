#include "core/base/error_name.h"

namespace mailmgr {

Code code_named(std::string_view name) {
  for (const auto& entry : exit_classes()) {
    if (entry.name == name) return entry.code;
  }
  return Code::internal;
}

}  // namespace mailmgr
