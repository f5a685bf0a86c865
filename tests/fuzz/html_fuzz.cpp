// Any bytes are HTML: rendering ends with valid UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/base/encoding.h"
#include "core/mail/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view html(reinterpret_cast<const char*>(data), size);
  if (!mailmgr::is_valid_utf8(mailmgr::html_to_text(html))) std::abort();
  if (mailmgr::for_index(html, 100).size() > 100) std::abort();
  return 0;
}
