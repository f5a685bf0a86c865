#include "tests/sandbox/graph/fault.h"

#include "tests/sandbox/graph/json_text.h"

namespace mailmgr::sandbox::graph {

void fail(int status, std::string_view code, std::string_view message) {
  throw Fault{status, std::string(code), std::string(message)};
}

void bad_request(std::string_view message) {
  fail(400, "BadRequest", message);
}

void item_not_found() {
  fail(404, "ErrorItemNotFound", "The specified object was not found in the store.");
}

void malformed_id() {
  fail(400, "ErrorInvalidIdMalformed", "Id is malformed.");
}

void access_denied() {
  fail(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.");
}

void method_not_allowed(std::string_view why) {
  fail(405, "ErrorInvalidRequest", why);
}

void bad_body(std::string_view message) {
  fail(400, "RequestBodyRead", message);
}

Response error_response(const Fault& fault, std::string_view request_id, std::string_view client_request_id, Time now) {
  // innerError writes its date without an offset.
  std::string date = to_rfc3339(std::chrono::floor<std::chrono::seconds>(now));
  if (date.ends_with('Z')) {
    date.pop_back();
  }
  JsonText out;
  out.open('{');
  out.key("error");
  out.open('{');
  out.field("code", fault.code);
  out.field("message", fault.message);
  out.key("innerError");
  out.open('{');
  out.field("date", date);
  out.field("request-id", request_id);
  out.field("client-request-id", client_request_id.empty() ? request_id : client_request_id);
  out.close('}');
  out.close('}');
  out.close('}');

  Response response;
  response.status = fault.status;
  response.headers = fault.headers;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = std::move(out).take();
  return response;
}

}  // namespace mailmgr::sandbox::graph
