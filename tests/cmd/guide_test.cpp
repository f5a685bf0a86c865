#include "cmd/guide.h"

#include <doctest/doctest.h>

#include "providers/registry.h"

using namespace mailmgr;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const ProviderSpec& google = provider_spec(ProviderKind::google);
const ProviderSpec& microsoft = provider_spec(ProviderKind::microsoft);

}  // namespace

TEST_CASE("a guide names the scopes of the level and the line that sets the provider up so") {
  const Guide guide = make_guide(google, {AccessLevel::read_only, {"settings"}, false});
  CHECK(contains(guide.text,
                 "   https://www.googleapis.com/auth/gmail.readonly\n"
                 "   https://www.googleapis.com/auth/gmail.settings.basic\n"));
  CHECK(contains(guide.text, "--credentials client_secret_….json --access read-only --with settings\n"));
  CHECK_FALSE(contains(guide.text, "gmail.modify"));
  CHECK(guide.redirect_uri == "http://127.0.0.1");
  const Guide entra = make_guide(microsoft, {AccessLevel::send_only, {}, false});
  CHECK(contains(entra.text, "   Mail.Send\n   User.Read\n   offline_access\n"));
  CHECK(contains(entra.text, "   http://localhost\n"));
  CHECK(contains(entra.text, "mailmgr provider set microsoft --client-id ID --access send-only\n"));
}

TEST_CASE("no guide leaves a placeholder, whatever is wished") {
  for (const auto* spec : {&google, &microsoft}) {
    for (const auto access :
         {AccessLevel::full, AccessLevel::drafts_only, AccessLevel::send_only, AccessLevel::read_only}) {
      for (const bool organisation : {false, true}) {
        const Guide guide = make_guide(*spec, {access, {"settings"}, organisation});
        CHECK_FALSE(contains(guide.text, "{"));
        CHECK(guide.text.back() == '\n');
        for (const auto& scope : guide.scopes) CHECK(contains(guide.text, scope));
      }
    }
  }
}

TEST_CASE("an organisation's guide gives what its consoles want: commas at Google, application permissions at Entra") {
  const Guide delegation = make_guide(google, {AccessLevel::full, {"settings"}, true});
  CHECK(contains(
      delegation.text,
      "   https://www.googleapis.com/auth/gmail.modify,https://www.googleapis.com/auth/gmail.settings.basic\n"));
  CHECK(contains(delegation.text, "Domain-wide delegation"));
  const Guide app = make_guide(microsoft, {AccessLevel::full, {"shared", "imap"}, true});
  CHECK(app.scopes == std::vector<std::string>{"Mail.ReadWrite", "Mail.Send"});
  CHECK(contains(app.text, "/adminconsent?client_id="));
  CHECK(contains(app.text, "New-ManagementRoleAssignment"));
  CHECK(app.redirect_uri.empty());
}

TEST_CASE("the guides say what surprises people: Testing ends logins, web clients, national clouds") {
  CHECK(contains(std::string(google.guide), "7 days"));
  CHECK(contains(std::string(google.guide), "--redirect-uri http://127.0.0.1:8080/cb/google"));
  CHECK(contains(std::string(microsoft.guide), "Allow public client flows"));
}
