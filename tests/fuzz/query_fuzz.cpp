// Any bytes are a query or a usage error that says where.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/query/query.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailmgr;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto query = query::parse(text, from_unix_seconds(1'800'000'000));
  if (!query) {
    if (query.error().code != Code::usage || query.error().message.empty()) std::abort();
    return 0;
  }
  // Only a blank query may match everything.
  const bool blank = text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
  const bool everything = query->root.kind == query::Node::Kind::all_of && query->root.children.empty();
  if (everything != blank || query::to_string(query->root).empty()) std::abort();
  return 0;
}
