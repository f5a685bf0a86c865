#include "tests/sandbox/microsoft_errors.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/sandbox/form.h"

namespace mailmgr::sandbox {
namespace {

// "2026-01-31 09:15:00Z"
std::string timestamp(Time now) {
  auto text = to_rfc3339(std::chrono::floor<std::chrono::seconds>(now));
  text[10] = ' ';
  return text;
}

struct Traced {
  std::string trace = random_uuid();
  std::string correlation = random_uuid();

  std::string describe(const AadError& error, Time now) const {
    return fmt::format("AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}", error.code, error.text, trace,
                       correlation, timestamp(now));
  }
};

}  // namespace

Response aad_token_error(const AadError& error, Time now) {
  const Traced traced;
  nlohmann::json body = {{"error", error.error},
                         {"error_description", traced.describe(error, now)},
                         {"error_codes", nlohmann::json::array({error.code})},
                         {"timestamp", timestamp(now)},
                         {"trace_id", traced.trace},
                         {"correlation_id", traced.correlation},
                         {"error_uri", fmt::format("https://login.microsoftonline.com/error?code={}", error.code)}};
  if (!error.suberror.empty()) body["suberror"] = error.suberror;
  auto response = Response::json(error.status, body);
  response.headers.emplace_back("Cache-Control", "no-store, no-cache");
  response.headers.emplace_back("Pragma", "no-cache");
  response.headers.emplace_back("x-ms-request-id", traced.trace);
  return response;
}

Response aad_error_page(const AadError& error, Time now) {
  const Traced traced;
  return html_page(400, "Sign in: Sorry, but we're having trouble signing you in.",
                   "<p>" + escape_html(traced.describe(error, now)) + "</p>");
}

Response aad_redirect_error(const AuthorizationRequest& request, const AadError& error, Time now) {
  return aad_answer(request,
                    {{"error", error.error},
                     {"error_description", Traced().describe(error, now)},
                     {"error_uri", fmt::format("https://login.microsoftonline.com/error?code={}", error.code)}});
}

Response aad_answer(const AuthorizationRequest& request, QueryParams params) {
  if (request.state) params.emplace_back("state", *request.state);
  // A URI without a path comes back with one: http://localhost:PORT/
  const auto url = Url::parse(request.redirect_uri);
  const auto target = url ? url->str() : request.redirect_uri;
  if (request.response_mode != "form_post")
    return redirect_to(with_parameters(target, params, request.response_mode == "fragment"));
  std::string fields;
  for (const auto& [name, value] : params)
    fields += "<input type=\"hidden\" name=\"" + escape_html(name) + "\" value=\"" + escape_html(value) + "\">\n";
  return html_page(200, "Working...",
                   "<form method=\"post\" action=\"" + escape_html(target) + "\">\n" + fields +
                       "<button>Continue</button></form>\n<script>document.forms[0].submit()</script>");
}

}  // namespace mailmgr::sandbox
