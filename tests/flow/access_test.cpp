#include "core/flow/access.h"

#include <doctest/doctest.h>

#include "providers/registry.h"

using namespace mailmgr;

namespace {

AccountRecord account() {
  AccountRecord account;
  account.name = "work";
  return account;
}

GrantRecord grant(const ProviderSpec& spec, AccessLevel access, const std::set<std::string>& with) {
  GrantRecord grant;
  grant.access = access;
  for (const auto& scope : spec.scopes(access, with)) grant.scopes.insert(spec.canonical_scope(scope));
  return grant;
}

}  // namespace

TEST_CASE("a login does what its access level is named after, and a full one everything") {
  const AccessLevel levels[] = {AccessLevel::full, AccessLevel::drafts_only, AccessLevel::send_only,
                                AccessLevel::read_only};
  const std::pair<Permission, AccessLevel> own[] = {{Permission::read, AccessLevel::read_only},
                                                    {Permission::draft, AccessLevel::drafts_only},
                                                    {Permission::send, AccessLevel::send_only},
                                                    {Permission::change, AccessLevel::full},
                                                    {Permission::administer, AccessLevel::full}};
  for (const auto& [permission, named] : own) {
    for (const auto level : levels) {
      const Status allowed = check_access(account(), level, permission, "syncing");
      CHECK(allowed.has_value() == (level == AccessLevel::full || level == named));
      if (allowed) continue;
      CHECK(allowed.error().code == Code::refused);
      CHECK(allowed.error().account == "work");
      CHECK(allowed.error().hint == "mailmgr login --account work --access full");
    }
  }
}

TEST_CASE("a missing scope is a login with the word that brings it, on both providers") {
  for (const auto& spec : provider_specs()) {
    CAPTURE(spec.title);
    for (const auto& extra : spec.extras) {
      const std::string word(extra.word);
      CAPTURE(word);
      CHECK(check_scope(grant(spec, AccessLevel::full, {word}), spec, word, account()));
      const Status without = check_scope(grant(spec, AccessLevel::full, {}), spec, word, account());
      const bool adds = spec.scopes(AccessLevel::full, {word}) != spec.scopes(AccessLevel::full, {});
      CHECK(without.has_value() == !adds);
      if (without) continue;
      CHECK(without.error().code == Code::auth_required);
      CHECK(without.error().hint == "mailmgr login --account work --with " + word);
    }
  }
}

TEST_CASE("what needs full access says so in the login it asks for") {
  const auto& google = provider_spec(ProviderKind::google);
  const Status missing = check_scope(grant(google, AccessLevel::read_only, {}), google, "imap", account());
  CHECK(missing.error().hint == "mailmgr login --account work --access full --with imap");
}

TEST_CASE("what a provider does not offer no login brings") {
  const auto& google = provider_spec(ProviderKind::google);
  const Status shared = check_scope(grant(google, AccessLevel::full, {}), google, "shared", account());
  CHECK(shared.error().code == Code::refused);
  CHECK(shared.error().hint.empty());
}
