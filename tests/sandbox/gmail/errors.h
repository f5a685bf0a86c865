// Errors in the shape Google's API front end gives them. Handlers throw ApiError; the dispatcher turns it into a
// response, so that a refused request leaves through one door whatever layer refused it.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "tests/sandbox/api.h"

namespace mailmgr::sandbox::gmail {

class ApiError : public std::exception {
 public:
  // `reason` is what errors[0].reason says; clients decide on it. `detail` is what errors[0].message says if that
  // differs from the message.
  ApiError(int code, std::string status, std::string reason, std::string message, std::string detail = {});

  const char* what() const noexcept override { return message_.c_str(); }
  int code() const { return code_; }

  // Adds a google.rpc.BadRequest detail naming the field.
  ApiError& with_violation(std::string field);
  // Adds a google.rpc.ErrorInfo detail.
  ApiError& with_info(std::string reason, std::string domain, std::string method);

  nlohmann::json body() const;

 private:
  struct Info {
    std::string reason, domain, method;
  };
  int code_;
  std::string status_, reason_, message_, detail_;
  std::vector<std::string> violations_;
  std::vector<Info> infos_;
};

ApiError invalid_argument(std::string message);
ApiError not_found();
ApiError failed_precondition(std::string message);
ApiError forbidden(std::string message);
ApiError conflict(std::string message);
ApiError too_large(std::uint64_t limit);
ApiError not_offered(std::string_view method);  // a documented method that this stand-in does not have: 501
// "Unknown name": a query parameter or body field that the discovery document does not have. `at` is the path of the
// object it is in, empty for the top.
ApiError unknown_name(std::string_view name, std::string_view at, bool query);
ApiError invalid_value(std::string_view field, std::string_view type, std::string_view value);
ApiError bad_json(std::string_view why);
ApiError insufficient_scopes(std::string_view method);
// The two shapes in which Google says "too fast"; both end in "Retry after <time>".
ApiError quota_exceeded(Time retry_after);
ApiError user_rate_exceeded(Time retry_after);
ApiError too_many_concurrent();

// What the front end answers on an address that is no API: an HTML page.
Response html_not_found(std::string_view path);

}  // namespace mailmgr::sandbox::gmail
