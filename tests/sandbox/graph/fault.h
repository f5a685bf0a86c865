// An error answer in Graph's shape, thrown by the operations and turned into a Response in one place (service.cpp).
#pragma once

#include <string>
#include <string_view>

#include "tests/sandbox/api.h"

namespace mailmgr::sandbox::graph {

struct Fault {
  int status = 400;
  std::string code;
  std::string message;
  HeaderList headers = {};
};

[[noreturn]] void fail(int status, std::string_view code, std::string_view message);

// The refusals that many operations share.
[[noreturn]] void bad_request(std::string_view message);     // 400 BadRequest
[[noreturn]] void item_not_found();                          // 404 ErrorItemNotFound
[[noreturn]] void malformed_id();                            // 400 ErrorInvalidIdMalformed
[[noreturn]] void access_denied();                           // 403 ErrorAccessDenied
[[noreturn]] void method_not_allowed(std::string_view why);  // 405 ErrorInvalidRequest
[[noreturn]] void bad_body(std::string_view message);        // 400 RequestBodyRead

// {"error":{code, message, innerError{date, request-id, client-request-id}}} ("Microsoft Graph error responses").
Response error_response(const Fault& fault, std::string_view request_id, std::string_view client_request_id, Time now);

}  // namespace mailmgr::sandbox::graph
