#include "core/net/json_limits.h"

namespace mailmgr {
namespace {

// The index of the quote that ends the string whose content starts at `begin`, or the size of the text. Most of a
// message's JSON is one long string, so this looks for quotes (memchr) and only then at the backslashes before one.
std::size_t string_end(std::string_view json, std::size_t begin) {
  for (std::size_t from = begin;; ++from) {
    from = json.find('"', from);
    if (from == std::string_view::npos) return json.size();
    std::size_t backslashes = 0;
    while (from - backslashes > begin && json[from - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return from;
  }
}

}  // namespace

bool nesting_within(std::string_view json, int depth) {
  int open = 0;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      i = string_end(json, i + 1);
    } else if (c == '[' || c == '{') {
      if (++open > depth) return false;
    } else if (c == ']' || c == '}') {
      --open;
    }
  }
  return true;
}

}  // namespace mailmgr
