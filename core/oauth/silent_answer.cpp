#include "core/oauth/silent_answer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/encoding.h"
#include "core/base/secret.h"
#include "core/oauth/token_errors.h"

namespace mailmgr {
namespace {

// OpenID Connect Core §3.1.2.6: why nothing could be done in silence.
constexpr std::array<std::string_view, 4> kNeedsPerson{"login_required", "interaction_required", "consent_required",
                                                       "account_selection_required"};

// "Authorization errors" of Google's guide for native apps: shown to people instead of sent to the redirect URI.
constexpr std::array<std::string_view, 6> kGoogleErrors{"redirect_uri_mismatch", "invalid_client",
                                                        "deleted_client",        "invalid_scope",
                                                        "org_internal",          "admin_policy_enforced"};

constexpr std::size_t kMaxQuote = 200;

std::string_view param_of(const QueryParams& params, std::string_view name) {
  for (const auto& [key, text] : params) {
    if (key == name) return text;
  }
  return {};
}

std::optional<Url> location_of(const HttpResponse& response) {
  const auto header = response.header("Location");
  if (response.status < 300 || response.status >= 400 || !header) return std::nullopt;
  const auto url = Url::parse(header->substr(0, header->find('#')));
  return url ? std::optional(*url) : std::nullopt;
}

bool leads_to(const Url& url, const std::string& redirect_uri) {
  const auto redirect = Url::parse(redirect_uri);
  return redirect && url.same_origin(*redirect) && url.path == redirect->path;
}

// Google's error page shows "Error 400: redirect_uri_mismatch"; on the way there the same word is in authError, inside
// a message in base64.
std::string_view google_error(const HttpResponse& response, const std::optional<Url>& location) {
  std::string text;
  if (location) {
    const auto params = decode_query(location->query);
    if (params) text = base64_decode(param_of(*params, "authError")).value_or("");
  }
  for (const auto error : kGoogleErrors) {
    if (text.find(error) != std::string::npos) return error;
    for (const auto status : {"Error 400: ", "Error 401: ", "Error 403: "}) {
      if (response.body.find(std::string(status) + std::string(error)) != std::string::npos) return error;
    }
  }
  return {};
}

// "AADSTS50011: The redirect URI …", wherever it stands on the page.
std::string_view entra_error(std::string_view page) {
  for (std::size_t at = page.find("AADSTS"); at != std::string_view::npos; at = page.find("AADSTS", at + 1)) {
    const std::string_view rest = page.substr(at, kMaxQuote);
    const std::size_t colon = rest.find_first_not_of("0123456789", 6);
    if (colon != std::string_view::npos && colon > 6 && rest[colon] == ':') {
      return rest.substr(0, rest.find_first_of("<\"\\\r\n"));
    }
  }
  return {};
}

}  // namespace

Result<SilentAnswer> read_silent_answer(const HttpResponse& response, const std::string& redirect_uri,
                                        std::string_view state, const OAuthClient& client) {
  const auto location = location_of(response);
  if (location && leads_to(*location, redirect_uri)) {
    const auto params = decode_query(location->query);
    if (!params || param_of(*params, "state") != state) return SilentAnswer::unclear;
    const auto error = param_of(*params, "error");
    const bool needs_person = std::find(kNeedsPerson.begin(), kNeedsPerson.end(), error) != kNeedsPerson.end();
    if (needs_person || !param_of(*params, "code").empty()) return SilentAnswer::accepted;
    return error.empty() ? Result(SilentAnswer::unclear)
                         : explain_denial(error, param_of(*params, "error_description"), client);
  }
  if (client.kind == ProviderKind::google) {
    const auto error = google_error(response, location);
    if (!error.empty()) return explain_denial(error, "", client);
  } else {
    const auto error = entra_error(response.body);
    if (!error.empty()) return explain_denial("invalid_request", error, client);
  }
  return SilentAnswer::unclear;
}

}  // namespace mailmgr
