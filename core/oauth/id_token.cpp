#include "core/oauth/id_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/encoding.h"
#include "core/oauth/flat_json.h"
#include "core/oauth/issuer.h"

namespace mailmgr {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxToken = std::size_t{16} << 10;
constexpr seconds kLeeway = std::chrono::minutes(5);
constexpr std::string_view kNoTenant = "none";  // fits no issuer that has to name one

Error refusal(const OAuthClient& client, std::string_view why) {
  return {Code::refused, fmt::format("the identity token of {} {}; nothing was changed", client.title, why),
          "log in again; if this repeats, check the hosts: mailmgr provider show " + client.provider};
}

bool is_base64url(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

struct Jwt {
  FlatJson header, claims;
};

// RFC 7515 §3.1: header, payload and signature, each base64url without padding.
std::optional<Jwt> parse_jwt(std::string_view token) {
  if (token.size() > kMaxToken || std::count(token.begin(), token.end(), '.') != 2) return std::nullopt;
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  const std::array parts{token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1)};
  if (!std::all_of(parts.begin(), parts.end(), is_base64url)) return std::nullopt;
  const auto header_text = base64_decode(parts[0]);
  const auto claims_text = base64_decode(parts[1]);
  if (!header_text || !claims_text) return std::nullopt;
  auto header = FlatJson::parse(*header_text);
  auto claims = FlatJson::parse(*claims_text);
  if (!header || !claims) return std::nullopt;
  return Jwt{std::move(*header), std::move(*claims)};
}

// NumericDate (RFC 7519 §2).
std::optional<Time> time_of(const FlatJson& claims, std::string_view name) {
  const JsonMember* member = claims.find(name);
  if (!member || member->type != JsonMember::Type::number || !(std::abs(member->number) < 1e12)) return std::nullopt;
  return from_unix_seconds(static_cast<std::int64_t>(member->number));
}

std::string in_words(milliseconds difference) {
  const auto whole = std::chrono::duration_cast<seconds>(difference < milliseconds(0) ? -difference : difference);
  if (whole < std::chrono::minutes(2)) return fmt::format("{} seconds", whole.count());
  if (whole < std::chrono::hours(2)) return fmt::format("{} minutes", whole.count() / 60);
  return fmt::format("{} hours", whole.count() / 3600);
}

Error wrong_clock(milliseconds ahead, const OAuthClient& client) {
  return {Code::config,
          fmt::format("this machine's clock is {} {} that of {}; nothing was changed", in_words(ahead),
                      ahead > milliseconds(0) ? "ahead of" : "behind", client.title),
          "set the clock (timedatectl set-ntp true), then log in again"};
}

Status check_times(const FlatJson& claims, const IdTokenContext& context) {
  const auto expires = time_of(claims, "exp");
  const auto issued = time_of(claims, "iat");
  if (!expires || !issued) return refusal(context.client, "does not say when it was issued and expires");
  const Time valid_from = std::max(*issued, time_of(claims, "nbf").value_or(*issued));
  const bool is_late = *expires + kLeeway <= context.now;
  const bool is_early = valid_from > context.now + kLeeway;
  if (!is_late && !is_early) return {};
  if (context.server_time) {
    const milliseconds ahead = context.now - *context.server_time;
    if (ahead > kLeeway || ahead < -kLeeway) return wrong_clock(ahead, context.client);
  } else if (is_early) {
    return wrong_clock(context.now - valid_from, context.client);
  }
  if (is_late) {
    return refusal(context.client, fmt::format("expired {} ago", in_words(context.now - *expires)));
  }
  return refusal(context.client,
                 fmt::format("is dated {} in the future (clock skew)", in_words(valid_from - context.now)));
}

// The first claim that does not fit; empty if all do.
std::string_view wrong_claim(const FlatJson& claims, const IdTokenContext& context) {
  const OAuthClient& client = context.client;
  if (claims.text("aud") != client.client_id) return "aud";
  if (claims.find("azp") && claims.text("azp") != client.client_id) return "azp";
  const bool has_tenant = claims.find("tid") != nullptr;
  const std::string_view tenant = has_tenant ? claims.text("tid") : kNoTenant;
  if (has_tenant && !is_guid(tenant)) return "tid";
  const std::string_view issuer = claims.text("iss");
  if (!is_issuer(issuer, client.endpoints.issuers, tenant)) return "iss";
  if (has_tenant && issuer.find(tenant) == std::string_view::npos) return "tid";  // the issuer's tenant was configured
  if (claims.find("nonce") && !equal_in_constant_time(claims.text("nonce"), context.nonce)) return "nonce";
  return {};
}

}  // namespace

Status check_id_token(std::string_view token, const IdTokenContext& context) {
  const auto jwt = parse_jwt(token);
  if (!jwt) return refusal(context.client, "is malformed");
  if (jwt->header.text("alg") != "RS256") return refusal(context.client, "is not signed as theirs are (alg)");
  if (const auto claim = wrong_claim(jwt->claims, context); !claim.empty()) {
    return refusal(context.client, fmt::format("does not belong to this login ({})", claim));
  }
  return check_times(jwt->claims, context);
}

}  // namespace mailmgr
