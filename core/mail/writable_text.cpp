#include "core/mail/writable_text.h"

#include <algorithm>
#include <string_view>

namespace mailmgr::mail {

void make_writable(std::string& text) {
  for (const std::string_view line_end : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    for (auto at = text.find(line_end); at != std::string::npos; at = text.find(line_end, at)) {
      text.replace(at, line_end.size(), " ");
    }
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
}

}  // namespace mailmgr::mail
