#include "core/oauth/token_client.h"

#include "core/oauth/form_post.h"

namespace mailmgr {

Result<TokenSet> TokenClient::exchange(const Secret& code, const std::string& redirect_uri, const Secret& verifier,
                                       milliseconds deadline, const Stop& stop, std::string_view nonce) {
  return post({{"grant_type", "authorization_code"},
               {"code", std::string(code.reveal())},
               {"redirect_uri", redirect_uri},
               {"code_verifier", std::string(verifier.reveal())}},
              {client_, GrantType::authorization_code, {}, {code.reveal(), verifier.reveal()}, nonce}, deadline, stop);
}

Result<TokenSet> TokenClient::refresh(const Secret& refresh_token, milliseconds deadline, const Stop& stop) {
  return post({{"grant_type", "refresh_token"}, {"refresh_token", std::string(refresh_token.reveal())}},
              {client_, GrantType::refresh_token, {}, {refresh_token.reveal()}}, deadline, stop);
}

Result<DevicePoll> TokenClient::redeem_device_code(const Secret& device_code, milliseconds deadline, const Stop& stop) {
  AnswerContext context{client_, GrantType::device_code, {}, {device_code.reveal()}};
  const auto response = send({{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                              {"device_code", std::string(device_code.reveal())}},
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

Result<TokenSet> TokenClient::post(QueryParams form, AnswerContext context, milliseconds deadline, const Stop& stop) {
  const auto response = send(std::move(form), context, deadline, stop);
  if (!response) return response.error();
  return read_token_answer(*response, context);
}

Result<HttpResponse> TokenClient::send(QueryParams form, AnswerContext& context, milliseconds deadline,
                                       const Stop& stop) {
  form.emplace_back("client_id", client_.client_id);
  if (client_.client_secret) {
    form.emplace_back("client_secret", std::string(client_.client_secret->reveal()));
    context.secrets.push_back(client_.client_secret->reveal());
  }
  auto response = post_form(http_, client_.endpoints.token, form, deadline, stop);
  context.received = clock_.now();
  return response;
}

}  // namespace mailmgr
