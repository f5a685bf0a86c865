#include "core/base/lines.h"

#include <algorithm>

namespace mailmgr {

bool breaks_lines(std::string_view text) {
  const auto control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
  return std::any_of(text.begin(), text.end(), control) || text.find("\xC2\x85") != std::string_view::npos ||
         text.find("\xE2\x80\xA8") != std::string_view::npos || text.find("\xE2\x80\xA9") != std::string_view::npos;
}

}  // namespace mailmgr
