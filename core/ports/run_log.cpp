#include "core/ports/run_log.h"

namespace mailmgr {

std::string_view to_string(RunKind kind) {
  return kind == RunKind::verify ? "verify" : "sync";
}

}  // namespace mailmgr
