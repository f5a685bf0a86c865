#include "tests/sandbox/api.h"

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"

namespace mailmgr::sandbox {

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (equals_ignoring_ascii_case(key, name)) return value;
  return {};
}

Response Response::json(int status, const nlohmann::json& body) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

}  // namespace mailmgr::sandbox
