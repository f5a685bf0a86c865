#include "core/oauth/revocation.h"

#include "core/net/http_status.h"
#include "core/oauth/flat_json.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMaxAnswer = std::size_t{64} << 10;

// RFC 7009 §2.2: an invalid token is no error, as what was wanted is so. Google says it with an error all the same.
bool says_dead(const HttpResponse& response) {
  if (response.status != 400) return false;
  const auto json = FlatJson::parse(response.body);
  return json && json->text("error") == "invalid_token";
}

}  // namespace

Status RevocationClient::revoke(const Secret& token, milliseconds deadline, const Stop& stop) {
  HttpRequest request;
  request.method = "POST";
  request.url = endpoint_;
  request.headers = {{"Accept", "application/json"}};
  request.content_type = "application/x-www-form-urlencoded";
  request.body = encode_query({{"token", std::string(token.reveal())}});
  request.max_body = kMaxAnswer;
  request.deadline = deadline;
  const auto response = http_.send(request, stop);
  if (!response) return response.error();
  if (is_success(*response) || says_dead(*response)) return {};
  Error error = error_of_status(*response, endpoint_.origin(), clock_.now());
  if (exit_class(error.code).code != Code::try_later) error.code = Code::refused;
  return error;
}

}  // namespace mailmgr
