#include "core/oauth/token_client.h"

#include "core/oauth/scopes.h"

namespace mailmgr {

Result<TokenSet> TokenClient::exchange(const Secret& code, const std::string& redirect_uri, const Secret& verifier,
                                       milliseconds deadline, const Stop& stop,
                                       const std::vector<std::string>& scopes) {
  QueryParams form{{"grant_type", "authorization_code"},
                   {"code", std::string(code.reveal())},
                   {"redirect_uri", redirect_uri},
                   {"code_verifier", std::string(verifier.reveal())}};
  name_scopes(form, scopes);
  return post(std::move(form), {client_, GrantType::authorization_code, {}, {code.reveal(), verifier.reveal()}},
              deadline, stop);
}

Result<TokenSet> TokenClient::refresh(const Secret& refresh_token, milliseconds deadline, const Stop& stop,
                                      const std::vector<std::string>& scopes) {
  QueryParams form{{"grant_type", "refresh_token"}, {"refresh_token", std::string(refresh_token.reveal())}};
  name_scopes(form, scopes);
  return post(std::move(form), {client_, GrantType::refresh_token, {}, {refresh_token.reveal()}}, deadline, stop);
}

void TokenClient::name_scopes(QueryParams& form, const std::vector<std::string>& scopes) const {
  if (!scopes.empty()) form.emplace_back("scope", scope_parameter(scopes, client_.endpoints.scope_prefix));
}

Result<TokenSet> TokenClient::post(QueryParams form, AnswerContext context, milliseconds deadline, const Stop& stop) {
  form.emplace_back("client_id", client_.client_id);
  if (client_.client_secret) {
    form.emplace_back("client_secret", std::string(client_.client_secret->reveal()));
    context.secrets.push_back(client_.client_secret->reveal());
  }
  HttpRequest request;
  request.method = "POST";
  request.url = client_.endpoints.token;
  request.headers = {{"Accept", "application/json"}};
  request.content_type = "application/x-www-form-urlencoded";
  request.body = encode_query(form);
  request.max_body = kMaxTokenAnswer;
  request.deadline = deadline;

  auto response = http_.send(request, stop);
  if (!response) {
    Error error = response.error();
    if (error.code != Code::too_large) return error;
    error.code = Code::try_later;  // no token endpoint answers like that: something in between did
    return error;
  }
  context.received = clock_.now();
  return read_token_answer(*response, context);
}

}  // namespace mailmgr
