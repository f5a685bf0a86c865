#include "tests/support/places.h"

namespace mailmgr::test {

std::string source_folder() {
  return MAILMGR_SOURCE_DIR;
}

std::string build_folder() {
  return MAILMGR_BINARY_DIR;
}

}  // namespace mailmgr::test
