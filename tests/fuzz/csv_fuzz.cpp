// Any bytes are rows or a usage error; rows begin at ever later lines and have a field each.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/csv/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailmgr;
  const auto rows = read_csv({reinterpret_cast<const char*>(data), size});
  if (!rows) {
    if (rows.error().code != Code::usage || rows.error().message.empty()) std::abort();
    return 0;
  }
  std::size_t line = 0;
  for (const auto& row : *rows) {
    if (row.line <= line || row.fields.empty()) std::abort();
    line = row.line;
  }
  return 0;
}
