// One request to the loopback redirect listener, judged by its form alone. Anything on this machine, and through DNS
// rebinding any web page, can send such requests, so only exactly what a browser sends after a redirect is taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/url.h"

namespace mailmgr {

struct CallbackRequest {
  int status = 400;      // 200: well-formed and for the redirect path; else 400, 404 or 405
  bool is_head = false;  // the answer must have no body
  QueryParams params;    // with status 200
};

// `head` is a request line and headers, up to and with the empty line. Requires GET, the exact path, origin form, no
// body, exactly one Host naming this listener's port on loopback, no parameter twice (RFC 6749 §3.1), and no control
// characters in parameters other than the texts for people.
CallbackRequest parse_callback_request(std::string_view head, std::string_view path, std::uint16_t port);

}  // namespace mailmgr
