#include "core/oauth/form_post.h"

namespace mailmgr {

Result<HttpResponse> post_form(HttpClient& http, const Url& url, const QueryParams& form, milliseconds deadline,
                               const Stop& stop) {
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Accept", "application/json"}};
  request.content_type = "application/x-www-form-urlencoded";
  request.body = encode_query(form);
  request.max_body = kMaxOAuthAnswer;
  request.deadline = deadline;

  auto response = http.send(request, stop);
  if (response || response.error().code != Code::too_large) return response;
  Error error = response.error();
  error.code = Code::try_later;
  return error;
}

}  // namespace mailmgr
