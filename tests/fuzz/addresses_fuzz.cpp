// Addresses that are accepted are shown in a form that reads back the same and can be sent to; subjects and names that
// compose accepts never make a second header field.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/mail/compose.h"
#include "core/mail/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailmgr;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Draft draft;
  draft.from = {"", "sender@example.org"};
  draft.to = {{"", "rcpt@example.org"}};
  draft.message_id = "<fuzz@example.org>";
  draft.subject = text;
  if (const auto addresses = parse_addresses(text)) {
    for (const auto& address : *addresses) {
      const auto again = parse_addresses(to_string(address));
      if (address.name.find_first_of("\r\n\t") == std::string::npos &&
          (!again || again->size() != 1 || again->front() != address)) {
        std::abort();
      }
    }
    draft.to = *addresses;
  }
  const auto raw = compose(draft);
  if (!raw) {
    if (raw.error().code != Code::usage) std::abort();
    return 0;
  }
  const auto message = parse_message(*raw);
  // From, To, Subject, Date, Message-ID, MIME-Version, Content-Type, Content-Transfer-Encoding
  if (!message || message->headers.size() != 8 || message->to != draft.to || message->subject != draft.subject) {
    std::abort();
  }
  return 0;
}
