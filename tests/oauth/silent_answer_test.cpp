#include "core/oauth/silent_answer.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "tests/oauth/oauth_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

const std::string kRedirect = "http://127.0.0.1:49152/cb/google";

Result<SilentAnswer> read(HttpResponse response, ProviderKind kind = ProviderKind::google) {
  return read_silent_answer(response, kRedirect, "s1", test_client(kind));
}
Result<SilentAnswer> sent_to(std::string location, ProviderKind kind = ProviderKind::google) {
  return read({302, {{"Location", std::move(location)}}, ""}, kind);
}
Error page(std::string body, ProviderKind kind, int status = 200) {
  const auto answer = read({status, {}, std::move(body)}, kind);
  REQUIRE_FALSE(answer);
  return answer.error();
}

}  // namespace

TEST_CASE("an answer at our redirect URI means that client and redirect URI are right") {
  for (const char* error :
       {"login_required", "interaction_required", "consent_required", "account_selection_required"}) {
    CHECK(sent_to(kRedirect + "?error=" + error + "&state=s1").value() == SilentAnswer::accepted);
  }
  CHECK(sent_to(kRedirect + "?state=s1&code=x#_=_").value() == SilentAnswer::accepted);
}

TEST_CASE("an answer that is not to our request says nothing") {
  CHECK(sent_to(kRedirect + "?error=login_required&state=other").value() == SilentAnswer::unclear);
  CHECK(sent_to(kRedirect + "?error=login_required").value() == SilentAnswer::unclear);
  for (const char* elsewhere :
       {"http://127.0.0.1:49153/cb/google", "http://127.0.0.1.evil.example:49152/cb/google",
        "http://127.0.0.1:49152/cb/other", "https://accounts.google.com/signin", "nonsense", ""}) {
    CAPTURE(elsewhere);
    CHECK(sent_to(std::string(elsewhere) + "?error=login_required&state=s1").value() == SilentAnswer::unclear);
  }
  CHECK(read({200, {}, "<html>Sign in</html>"}).value() == SilentAnswer::unclear);
  CHECK(read({200, {{"Location", kRedirect + "?error=login_required&state=s1"}}, ""}).value() == SilentAnswer::unclear);
}

TEST_CASE("an error that is sent to us is explained") {
  const auto scope = sent_to(kRedirect + "?error=invalid_scope&state=s1");
  REQUIRE_FALSE(scope);
  CHECK(scope.error().code == Code::config);
  CHECK(scope.error().hint.find("Data access") != std::string::npos);
}

TEST_CASE("Google's error pages are told by their words, on the page and on the way there") {
  const Error redirect =
      page("<p>Access blocked</p><p>Error 400: redirect_uri_mismatch</p>", ProviderKind::google, 400);
  CHECK(redirect.code == Code::config);
  CHECK(redirect.hint.find("Authorized redirect URIs") != std::string::npos);
  const Error client = page("Error 401: invalid_client", ProviderKind::google, 401);
  CHECK(client.code == Code::config);
  CHECK(client.hint.find("Google Auth Platform > Clients") != std::string::npos);
  CHECK(page("Error 401: deleted_client", ProviderKind::google).message.find("deleted") != std::string::npos);
  CHECK(page("Error 403: org_internal", ProviderKind::google).code == Code::refused);

  const std::string message = "\n\x15redirect_uri_mismatch\x12\x10" + std::string("You can't sign in");
  const auto on_the_way =
      sent_to("https://accounts.google.com/signin/oauth/error?authError=" + base64url(message) + "&flowName=x");
  REQUIRE_FALSE(on_the_way);
  CHECK(on_the_way.error().message.find("redirect URI") != std::string::npos);
  CHECK(sent_to("https://accounts.google.com/signin/oauth/error?authError=%%%").value() == SilentAnswer::unclear);
}

TEST_CASE("a login page that only mentions an error by name is not taken for one") {
  CHECK(read({200, {}, "<script>handlers.invalid_client = show;</script>"}).value() == SilentAnswer::unclear);
}

TEST_CASE("Microsoft's error pages are told by their numbers, whatever else is on them") {
  const auto microsoft = ProviderKind::microsoft;
  const Error redirect =
      page(R"($Config={"strServiceExceptionMessage":"AADSTS50011: The redirect URI 'x' does not match \r\nTrace"})",
           microsoft);
  CHECK(redirect.code == Code::config);
  CHECK(redirect.hint.find("Mobile and desktop applications") != std::string::npos);
  CHECK(page("<p>AADSTS700016: Application not found</p>", microsoft).hint.find("App registrations") !=
        std::string::npos);
  CHECK(page("AADSTS90002: Tenant 'x' not found", microsoft).hint.find("--tenant TENANT") != std::string::npos);
  CHECK(page("AADSTS50194: not multi-tenant", microsoft).code == Code::config);
  CHECK(read({200, {}, "see AADSTS and AADSTS1 and AADSTS: x"}, microsoft).value() == SilentAnswer::unclear);
}

TEST_CASE("attack 13: what a page says reaches a message as one plain line") {
  const Error error = page("AADSTS50011: \x1b]0;owned\x07\xe2\x80\xae evil\n<b>more", ProviderKind::microsoft);
  CHECK(error.message.find('\x1b') == std::string::npos);
  CHECK(error.message.find("\xe2\x80\xae") == std::string::npos);
  CHECK(error.message.find("more") == std::string::npos);
  CHECK(error.message.size() < 500);
}
