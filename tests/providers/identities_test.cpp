// Which addresses a mailbox sends from: what both providers tell, and what is made of hostile answers.
#include <doctest/doctest.h>

#include <algorithm>

#include "providers/google/google_wire.h"
#include "providers/microsoft/microsoft_wire.h"
#include "tests/providers/fixture.h"

using namespace mailmgr;

namespace {

constexpr ProviderKind kIdentityKinds[] = {ProviderKind::google, ProviderKind::microsoft};

std::vector<SendingIdentity> identities_of(SandboxMailbox& box) {
  return box.spec.identities(box.deps())->list({}).value();
}

}  // namespace

TEST_CASE("the primary address is the first of a mailbox's sending addresses, and usable") {
  for (const auto kind : kIdentityKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    const auto all = identities_of(box);
    REQUIRE(all.size() == 1);
    CHECK(all[0].email == box.email);
    CHECK(all[0].is_primary);
    CHECK(all[0].is_default);
    CHECK(all[0].state == IdentityState::usable);
  }
}

TEST_CASE("Gmail's further addresses come with all that is set for them; one that is not confirmed is pending") {
  SandboxMailbox box(ProviderKind::google);
  box.control("add_send_as", R"({"email":"sales@example.org","name":"Sales","reply_to":"desk@example.org",)"
                             R"("signature":"<b>Sales</b>"})");
  box.control("add_send_as", R"({"email":"new@example.org","pending":true})");
  const auto all = identities_of(box);
  REQUIRE(all.size() == 3);
  CHECK(all[1].email == "sales@example.org");
  CHECK(all[1].name == "Sales");
  CHECK(all[1].reply_to == "desk@example.org");
  CHECK(all[1].signature_html == "<b>Sales</b>");
  CHECK(all[1].state == IdentityState::usable);
  CHECK_FALSE(all[1].is_primary);
  CHECK(all[2].state == IdentityState::pending);
}

TEST_CASE("Outlook's further addresses are unproven, and what is no mail address is none of them") {
  SandboxMailbox box(ProviderKind::microsoft);
  box.control("add_address", R"({"email":"sales@outlook.test"})");
  const auto all = identities_of(box);
  REQUIRE(all.size() == 2);
  CHECK(all[1].email == "sales@outlook.test");
  CHECK(all[1].state == IdentityState::unproven);
}

TEST_CASE("a mailbox reached through somebody else's login sends as itself, and nobody's profile is asked for") {
  Scripted scripted;
  auto deps = scripted.deps("https://api.test");
  deps.user = "team@contoso.test";
  const auto all = provider_spec(ProviderKind::microsoft).identities(deps)->list({}).value();
  REQUIRE(all.size() == 1);
  CHECK(all[0].email == "team@contoso.test");
  CHECK(scripted.http.requests().empty());
}

TEST_CASE("a login that may not read settings is told so, not that there are no addresses") {
  SandboxMailbox box(ProviderKind::google, "", kSandboxBase, AccessLevel::send_only);
  const auto refused = box.spec.identities(box.deps())->list({});
  REQUIRE_FALSE(refused);
  CHECK(exit_class(refused.error().code).code == Code::auth_required);
  const auto& scopes = box.spec.identity_scopes;
  CHECK(std::find(scopes.begin(), scopes.end(), "https://www.googleapis.com/auth/gmail.compose") == scopes.end());
  for (const auto scope : {AccessLevel::full, AccessLevel::read_only}) {
    CHECK(std::find(scopes.begin(), scopes.end(), box.spec.scopes(scope, {}).front()) != scopes.end());
  }
}

TEST_CASE("answers of other shapes than documented cost entries, not the list; only \"accepted\" is a confirmation") {
  const auto gmail =
      google::read_send_as(R"({"sendAs":[null,7,{"sendAsEmail":5},{"sendAsEmail":""},)"
                           R"({"sendAsEmail":"a@example.org","verificationStatus":"verificationStatusUnspecified"},)"
                           R"({"sendAsEmail":"b@example.org"},)"
                           R"({"sendAsEmail":"p@example.org","isPrimary":true,"displayName":["x"]}]})")
          .value();
  REQUIRE(gmail.size() == 3);
  CHECK(gmail[0].email == "p@example.org");
  CHECK(gmail[0].name.empty());
  CHECK(gmail[1].state == IdentityState::pending);
  CHECK(gmail[2].state == IdentityState::pending);
  CHECK(google::read_send_as("{}").value().empty());
  CHECK(google::read_send_as("[]").error().code == Code::try_later);
  const auto graph = microsoft::read_addresses(
                         R"({"mail":null,"userPrincipalName":"Ada@example.org","proxyAddresses":)"
                         R"([1,null,"smtp:","SIP:x@example.org","smtp:ada@EXAMPLE.org","SMTP:b@example.org","smt"]})")
                         .value();
  REQUIRE(graph.size() == 2);
  CHECK(graph[0].email == "Ada@example.org");
  CHECK(graph[1].email == "b@example.org");
  CHECK(microsoft::read_addresses(R"({"mail":"m@example.org","proxyAddresses":"smtp:x@example.org"})").value().size() ==
        1);
  CHECK_FALSE(microsoft::read_addresses("{}"));
}
