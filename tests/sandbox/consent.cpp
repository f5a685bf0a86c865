#include "tests/sandbox/consent.h"

#include <algorithm>

#include "tests/sandbox/form.h"

namespace mailmgr::sandbox {
namespace {

std::string account_choice(const AuthorizationRequest& request) {
  const auto chosen = automatic_account(request);
  std::string html = "<p>Choose an account</p>\n";
  for (const auto& email : request.accounts)
    html += "<label><input type=\"radio\" name=\"account\" value=\"" + escape_html(email) + "\"" +
            (email == chosen ? " checked" : "") + "> " + escape_html(email) + "</label>\n";
  return html;
}

std::string scope_choice(const AuthorizationRequest& request) {
  std::string html = "<p>It wants to</p>\n";
  for (const auto& scope : request.scopes) {
    const auto name = escape_html(scope.name);
    // Google asks for every scope; Microsoft shows a list to accept as a whole (a script may still leave one out).
    const bool ask = scope.optional && request.provider == Provider::google;
    html += ask ? "<label><input type=\"checkbox\" name=\"scope\" value=\"" + name + "\" checked> "
                : "<label><input type=\"hidden\" name=\"scope\" value=\"" + name + "\">&bull; ";
    html += escape_html(scope.meaning) + " <code>" + name + "</code></label>\n";
  }
  return html;
}

Response problem_page(int status, std::string_view text) {
  return html_page(status, "Nothing to answer", "<p>" + escape_html(text) + "</p>");
}

}  // namespace

Response Consent::ask(AuthorizationRequest request) {
  const auto id = random_token(18);
  const std::string provider = request.provider == Provider::google ? "Google" : "Microsoft";
  std::string body =
      "<!-- To answer from a script, POST these fields to /_sandbox/consent (application/x-www-form-urlencoded):\n"
      "     request, account, scope (once per granted scope), decision=allow|cancel. The answer is the redirect. -->\n"
      "<p>A stand-in for " +
      provider + "'s page, for tests. <code>" + escape_html(request.client_id) +
      "</code> wants to use a mailbox.</p>\n<form method=\"post\" action=\"/_sandbox/consent\">\n"
      "<input type=\"hidden\" name=\"request\" value=\"" +
      id + "\">\n" + account_choice(request) + scope_choice(request) + "<p><button name=\"decision\" value=\"allow\">" +
      (request.provider == Provider::google ? "Allow" : "Accept") +
      "</button><button name=\"decision\" value=\"cancel\">Cancel</button></p>\n</form>";
  waiting_.emplace(id, std::move(request));
  return html_page(200, "Sign in with " + provider + " (sandbox)", body);
}

Consent::Outcome Consent::answer(const Request& posted) {
  const auto form = Form::of_body(posted);
  if (!form) return {std::nullopt, problem_page(400, "The answer is not a form.")};
  const auto waiting = waiting_.find(form->get("request"));
  if (waiting == waiting_.end())
    return {std::nullopt, problem_page(400, "This login was answered already, or never asked for.")};
  const auto verdict = form->get("decision");
  if (verdict != "allow" && verdict != "cancel")
    return {std::nullopt, problem_page(400, "decision must be allow or cancel.")};

  Decision decision{waiting->second, verdict == "allow", form->get("account"), {}};
  const auto& offered = decision.request.accounts;
  if (decision.allowed && std::find(offered.begin(), offered.end(), decision.account) == offered.end())
    return {std::nullopt, problem_page(400, "account must be one of those on the page.")};
  const auto ticked = form->all("scope");
  for (const auto& scope : decision.request.scopes)
    if (!scope.optional || std::find(ticked.begin(), ticked.end(), scope.name) != ticked.end())
      decision.granted.insert(scope.name);
  waiting_.erase(waiting);
  return {std::move(decision), {}};
}

}  // namespace mailmgr::sandbox
