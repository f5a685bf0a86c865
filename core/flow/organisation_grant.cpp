#include "core/flow/organisation_grant.h"

#include "core/base/encoding.h"
#include "core/flow/grant_change.h"
#include "core/oauth/client.h"

namespace mailmgr {
namespace {

// The grant as it should be, without tokens.
GrantRecord wanted(const std::string& email, const ProviderConfig& config, const ProviderSpec& spec,
                   const Endpoints& endpoints) {
  GrantRecord grant;
  grant.provider = config.name;
  grant.kind = config.grants;
  grant.client_id = config.client_id;
  grant.origins = origins_of(endpoints);
  if (config.grants == GrantKind::service_account) grant.email = email;
  for (const auto& scope : spec.organisation_scopes(config.access, config.with)) grant.scopes.insert(scope);
  grant.access = config.access;
  return grant;
}

bool stands_for(const GrantRecord& grant, const GrantRecord& wanted) {
  return grant.state == GrantState::active && grant.kind == wanted.kind && grant.client_id == wanted.client_id &&
         grant.origins == wanted.origins && grant.scopes == wanted.scopes && grant.access == wanted.access;
}

bool reaches_same(const GrantRecord& grant, const GrantRecord& wanted) {
  return grant.provider == wanted.provider && grant.kind == wanted.kind &&
         equals_ignoring_ascii_case(grant.email, wanted.email);
}

}  // namespace

Result<bool> is_current(const GrantRecord& grant, const ProviderConfig& config, const ProviderSpec& spec) {
  const auto endpoints = spec.endpoints(config);
  if (!endpoints) return endpoints.error();
  return stands_for(grant, wanted(grant.email, config, spec, *endpoints));
}

Result<OrganisationGrant> organisation_grant(const std::string& email, const ProviderConfig& config,
                                             const ProviderSpec& spec, GrantStore& grants) {
  const auto endpoints = spec.endpoints(config);
  if (!endpoints) return endpoints.error();
  const GrantRecord fresh = wanted(email, config, spec, *endpoints);
  const auto all = grants.list();
  if (!all) return all.error();
  for (const auto& known : *all) {
    if (!reaches_same(known, fresh)) continue;
    const auto found = change_grant(grants, known.id, [&](GrantRecord& stored) {
      if (stands_for(stored, fresh)) return false;
      const std::int64_t generation = stored.generation;
      stored = fresh;
      stored.id = known.id;
      stored.generation = generation;
      return true;
    });
    if (!found) return found.error();
    if (*found) return OrganisationGrant{known.id, false};
  }
  const auto id = grants.create(fresh);
  if (!id) return id.error();
  return OrganisationGrant{*id, true};
}

}  // namespace mailmgr
