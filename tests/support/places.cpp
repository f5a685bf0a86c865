#include "tests/support/places.h"

#include <fstream>
#include <iterator>

namespace mailmgr::test {

std::string source_folder() {
  return MAILMGR_SOURCE_DIR;
}

std::string build_folder() {
  return MAILMGR_BINARY_DIR;
}

std::string manual_page(std::string_view name) {
  std::ifstream file(source_folder() + "/man/" + std::string(name) + ".1");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace mailmgr::test
