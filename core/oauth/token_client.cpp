#include "core/oauth/token_client.h"

#include "core/oauth/assertion.h"
#include "core/oauth/form_post.h"
#include "core/oauth/scopes.h"

namespace mailmgr {
namespace {

constexpr std::string_view kDeviceCode = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::string_view kDelegation = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view kClientAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

}  // namespace

Result<TokenSet> TokenClient::exchange(const Secret& code, const std::string& redirect_uri, const Secret& verifier,
                                       milliseconds deadline, const Stop& stop, std::string_view nonce,
                                       const std::vector<std::string>& scopes) {
  AnswerContext context{client_, GrantType::authorization_code, {}, {code.reveal(), verifier.reveal()}};
  context.nonce = nonce;
  QueryParams form{{"grant_type", "authorization_code"},
                   {"code", std::string(code.reveal())},
                   {"redirect_uri", redirect_uri},
                   {"code_verifier", std::string(verifier.reveal())}};
  name_scopes(form, scopes);
  return post(std::move(form), std::move(context), deadline, stop);
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

Result<DevicePoll> TokenClient::redeem_device_code(const Secret& device_code, milliseconds deadline, const Stop& stop) {
  AnswerContext context{client_, GrantType::device_code, {}, {device_code.reveal()}};
  const auto response =
      send_authenticated({{"grant_type", std::string(kDeviceCode)}, {"device_code", std::string(device_code.reveal())}},
                         context, deadline, stop);
  if (!response) return response.error();
  if (response->status == 400) {
    const auto json = FlatJson::parse(response->body);
    const std::string_view error = json ? json->text("error") : std::string_view();
    if (error == "authorization_pending" || error == "slow_down") return DevicePoll{{}, error == "slow_down"};
  }
  auto tokens = read_token_answer(*response, context);
  if (!tokens) return tokens.error();
  return DevicePoll{std::move(*tokens), false};
}

Result<TokenSet> TokenClient::act_for(const std::string& mailbox, const std::set<std::string>& scopes,
                                      milliseconds deadline, const Stop& stop) {
  const auto assertion = delegation_assertion(client_, mailbox, scopes, clock_.now(), random_);
  if (!assertion) return assertion.error();
  AnswerContext context{client_, GrantType::jwt_bearer, {}, {assertion->reveal()}};
  context.asked = {mailbox, scopes};
  const auto response =
      send({{"grant_type", std::string(kDelegation)}, {"assertion", std::string(assertion->reveal())}}, context,
           deadline, stop);
  if (!response) return response.error();
  return read_token_answer(*response, context);
}

Result<TokenSet> TokenClient::act_alone(milliseconds deadline, const Stop& stop) {
  return post({{"grant_type", "client_credentials"}, {"scope", client_.endpoints.app_scope}},
              {client_, GrantType::client_credentials, {}, {}}, deadline, stop);
}

Result<TokenSet> TokenClient::post(QueryParams form, AnswerContext context, milliseconds deadline, const Stop& stop) {
  const auto response = send_authenticated(std::move(form), context, deadline, stop);
  if (!response) return response.error();
  return read_token_answer(*response, context);
}

Result<HttpResponse> TokenClient::send_authenticated(QueryParams form, AnswerContext& context, milliseconds deadline,
                                                     const Stop& stop) {
  form.emplace_back("client_id", client_.client_id);
  if (client_.key) {
    auto assertion = client_assertion(client_, clock_.now(), random_);
    if (!assertion) return assertion.error();
    context.assertion = std::move(*assertion);
    context.secrets.push_back(context.assertion.reveal());
    form.emplace_back("client_assertion_type", kClientAssertion);
    form.emplace_back("client_assertion", context.assertion.reveal());
  } else if (client_.client_secret) {
    form.emplace_back("client_secret", std::string(client_.client_secret->reveal()));
    context.secrets.push_back(client_.client_secret->reveal());
  }
  return send(form, context, deadline, stop);
}

Result<HttpResponse> TokenClient::send(const QueryParams& form, AnswerContext& context, milliseconds deadline,
                                       const Stop& stop) {
  auto response = post_form(http_, client_.endpoints.token, form, deadline, stop);
  context.received = clock_.now();
  return response;
}

}  // namespace mailmgr
