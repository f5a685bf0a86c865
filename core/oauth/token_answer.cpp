#include "core/oauth/token_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/encoding.h"
#include "core/net/http_status.h"
#include "core/oauth/form_post.h"
#include "core/oauth/id_token.h"

namespace mailmgr {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxToken = std::size_t{32} << 10;
constexpr milliseconds kLongestWait = std::chrono::hours(1);
constexpr seconds kDefaultLifetime = std::chrono::minutes(5);  // when the server does not say (RFC 6749: recommended)
constexpr seconds kLongestAccess = std::chrono::hours(48);     // Entra's long-lived tokens reach 28 hours
constexpr seconds kLongestRefresh = std::chrono::hours(24 * 3660);

Error unusable(std::string_view why) {
  return {Code::try_later, fmt::format("the answer is unusable: {}", why), ""};
}

// RFC 6750 §2.1 allows less, but what can go into a header unharmed is enough to ask for.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::set<std::string> words(std::string_view text) {
  std::set<std::string> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) found.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

Result<TokenSet> read_tokens(const FlatJson& json, Time received) {
  const JsonMember* access = json.find("access_token");
  if (!access || !is_token(access->text)) return unusable("it holds no proper access token");
  if (!equals_ignoring_ascii_case(json.text("token_type"), "bearer"))
    return unusable("the token is not a bearer token");
  TokenSet set;
  set.access = Secret(access->text);

  const JsonMember* expires = json.find("expires_in");
  const auto valid_for = expires ? lifetime(*expires, kLongestAccess) : kDefaultLifetime;
  if (!valid_for) return unusable("expires_in is not a time");
  set.access_expires = received + *valid_for;

  if (const JsonMember* refresh = json.find("refresh_token")) {
    if (!is_token(refresh->text)) return unusable("the refresh token is malformed");
    set.refresh = Secret(refresh->text);
  }
  if (const JsonMember* ends = json.find("refresh_token_expires_in")) {
    if (const auto left = lifetime(*ends, kLongestRefresh); left && left->count() > 0) {
      set.refresh_expires = received + *left;
    }
  }
  if (const JsonMember* scope = json.find("scope")) {
    if (scope->type != JsonMember::Type::text) return unusable("scope is not a text");
    set.scopes = words(scope->text);
  }
  return set;
}

TokenFailure read_failure(const HttpResponse& response, const FlatJson& json, const AnswerContext& context) {
  TokenFailure failure;
  failure.status = response.status;
  failure.asked = context.asked;
  if (const auto date = response.header("Date")) {
    if (const auto theirs = parse_http_date(*date)) failure.clock_ahead = context.received - *theirs;
  }
  if (const auto wait = retry_after(response, context.received)) failure.retry_after = std::min(*wait, kLongestWait);
  failure.error = json.text("error");
  failure.description = json.text("error_description");
  failure.subtype = json.text("error_subtype").empty() ? json.text("suberror") : json.text("error_subtype");
  if (const JsonMember* codes = json.find("error_codes")) failure.entra_codes = codes->numbers;
  if (failure.entra_codes.empty()) failure.entra_codes = entra_codes_in(failure.description);
  for (const std::string_view secret : context.secrets) {
    if (!secret.empty() && failure.description.find(secret) != std::string::npos) failure.description.clear();
  }
  return failure;
}

}  // namespace

std::optional<seconds> lifetime(const JsonMember& member, seconds longest) {
  double value = member.number;
  if (member.type == JsonMember::Type::text) {
    std::int64_t parsed = 0;
    const char* end = member.text.data() + member.text.size();
    const auto [stop, error] = std::from_chars(member.text.data(), end, parsed);
    if (error != std::errc() || stop != end) return std::nullopt;
    value = static_cast<double>(parsed);
  } else if (member.type != JsonMember::Type::number) {
    return std::nullopt;
  }
  if (!std::isfinite(value) || std::abs(value) > 1e12) return std::nullopt;
  return seconds(static_cast<std::int64_t>(std::clamp(value, 0.0, static_cast<double>(longest.count()))));
}

Result<FlatJson> read_answer(const HttpResponse& response, const AnswerContext& context) {
  const OAuthClient& client = context.client;
  if (response.status >= 300 && response.status < 400) {
    return Error{Code::config,
                 fmt::format("{} answered with a redirect (HTTP {}), which is never followed with tokens",
                             client.endpoints.token.origin(), response.status),
                 "check the hosts: mailmgr provider show " + client.provider};
  }
  auto json = response.body.size() > kMaxOAuthAnswer ? Result<FlatJson>(unusable("it is too large"))
                                                     : FlatJson::parse(response.body);
  const bool success = response.status >= 200 && response.status < 300;
  if (!success || (json && json->find("error"))) {
    return explain_failure(read_failure(response, json ? *json : FlatJson(), context), context.type, client);
  }
  if (!json) {
    Error error = json.error().within(client.endpoints.token.origin());
    error.hint = "something between here and " + client.title +
                 " may have answered (a proxy, a guest network); else check the hosts: mailmgr provider show " +
                 client.provider;
    return error;
  }
  return json;
}

Result<TokenSet> read_token_answer(const HttpResponse& response, const AnswerContext& context) {
  const auto json = read_answer(response, context);
  if (!json) return json.error();
  auto tokens = read_tokens(*json, context.received);
  if (!tokens) return tokens.error().within(context.client.endpoints.token.origin());
  if (context.type != GrantType::refresh_token && json->find("id_token")) {
    const auto date = response.header("Date");
    const IdTokenContext expected{context.client, context.nonce, context.received,
                                  date ? parse_http_date(*date) : std::nullopt};
    if (const Status ours = check_id_token(json->text("id_token"), expected); !ours) return ours.error();
  }
  return tokens;
}

}  // namespace mailmgr
