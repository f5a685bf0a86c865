#include "core/oauth/token_client.h"

#include "core/oauth/assertion.h"

namespace mailmgr {
namespace {

constexpr std::string_view kDelegation = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view kClientAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

}  // namespace

Result<TokenSet> TokenClient::exchange(const Secret& code, const std::string& redirect_uri, const Secret& verifier,
                                       milliseconds deadline, const Stop& stop) {
  return post_authenticated({{"grant_type", "authorization_code"},
                             {"code", std::string(code.reveal())},
                             {"redirect_uri", redirect_uri},
                             {"code_verifier", std::string(verifier.reveal())}},
                            {client_, GrantType::authorization_code, {}, {code.reveal(), verifier.reveal()}}, deadline,
                            stop);
}

Result<TokenSet> TokenClient::refresh(const Secret& refresh_token, milliseconds deadline, const Stop& stop) {
  return post_authenticated({{"grant_type", "refresh_token"}, {"refresh_token", std::string(refresh_token.reveal())}},
                            {client_, GrantType::refresh_token, {}, {refresh_token.reveal()}}, deadline, stop);
}

Result<TokenSet> TokenClient::act_for(const std::string& mailbox, const std::set<std::string>& scopes,
                                      milliseconds deadline, const Stop& stop) {
  const auto assertion = delegation_assertion(client_, mailbox, scopes, clock_.now(), random_);
  if (!assertion) return assertion.error();
  return post({{"grant_type", std::string(kDelegation)}, {"assertion", std::string(assertion->reveal())}},
              {client_, GrantType::jwt_bearer, {}, {assertion->reveal()}, {mailbox, scopes}}, deadline, stop);
}

Result<TokenSet> TokenClient::act_alone(milliseconds deadline, const Stop& stop) {
  return post_authenticated({{"grant_type", "client_credentials"}, {"scope", client_.endpoints.app_scope}},
                            {client_, GrantType::client_credentials, {}, {}}, deadline, stop);
}

Result<TokenSet> TokenClient::post_authenticated(QueryParams form, AnswerContext context, milliseconds deadline,
                                                 const Stop& stop) {
  form.emplace_back("client_id", client_.client_id);
  Secret assertion;
  if (client_.key) {
    auto made = client_assertion(client_, clock_.now(), random_);
    if (!made) return made.error();
    assertion = std::move(*made);
    form.emplace_back("client_assertion_type", kClientAssertion);
    form.emplace_back("client_assertion", assertion.reveal());
    context.secrets.push_back(assertion.reveal());
  } else if (client_.client_secret) {
    form.emplace_back("client_secret", std::string(client_.client_secret->reveal()));
    context.secrets.push_back(client_.client_secret->reveal());
  }
  return post(form, std::move(context), deadline, stop);
}

Result<TokenSet> TokenClient::post(const QueryParams& form, AnswerContext context, milliseconds deadline,
                                   const Stop& stop) {
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
