// Any bytes are a message: parsing ends, gives valid UTF-8, and every part listed can be read at its listed size.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/encoding.h"
#include "core/mail/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailmgr;
  const Blob raw(std::string(reinterpret_cast<const char*>(data), size));
  const auto message = parse_message(raw);
  if (!message) std::abort();
  for (const auto* text : {&message->subject, &message->body_text, &message->body_html, &message->snippet}) {
    if (!is_valid_utf8(*text) || text->find('\0') != std::string::npos) std::abort();
  }
  std::size_t tried = 0;
  for (const auto& attachment : message->attachments) {
    if (!is_valid_utf8(attachment.name) || ++tried > 5) break;
    std::uint64_t count = 0;
    const auto status = read_part(raw, attachment.part, [&](std::string_view bytes) {
      count += bytes.size();
      return true;
    });
    if (!status || count != attachment.size) std::abort();
  }
  return 0;
}
