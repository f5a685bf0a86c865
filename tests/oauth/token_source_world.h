// A token source with one stored login, everything around it in memory.
#pragma once

#include <doctest/doctest.h>

#include <thread>

#include "core/oauth/token_source.h"
#include "tests/oauth/key_files.h"
#include "tests/oauth/oauth_world.h"

namespace mailmgr::test {

inline const std::string kRefreshed = R"({"access_token":"at-2","expires_in":3600,"token_type":"Bearer"})";
inline const std::string kRotated =
    R"({"access_token":"at-2","expires_in":3600,"token_type":"Bearer","refresh_token":"rt-2"})";
inline const std::string kDead =
    R"({"error":"invalid_grant","error_description":"Token has been expired or revoked."})";

// A provider with one stored login: access token at-1 (valid for `left`), refresh token rt-1.
struct World {
  FakeClock clock;
  SeededRandom random;
  MemoryKeys keys;
  MemoryVaultStore vault_store;
  Vault vault{keys, vault_store, random};
  MemoryGrants grants;
  ContestedLeases leases;
  ScriptedHttp http;
  ProviderSpec spec;
  ProviderConfig config;
  GrantId id;
  TokenSource source;

  explicit World(milliseconds left, ProviderKind kind = ProviderKind::google)
      : spec(test_spec(kind)), config(make_config(kind)), id(store_grant(left)), source(make_source()) {}

  ProviderConfig make_config(ProviderKind kind) {
    ProviderConfig made;
    made.name = to_string(kind);
    made.kind = kind;
    made.client_id = "client-1";
    made.sealed_client_secret = vault.seal(Secret("s3cret"), client_secret_context(made.name, made.client_id)).value();
    return made;
  }
  GrantId store_grant(milliseconds left) {
    GrantRecord grant;
    grant.provider = config.name;
    grant.client_id = config.client_id;
    grant.origins = origins_of(test_endpoints(config).value());
    grant.email = "a@b.test";
    grant.id = grants.create(grant).value();
    seal(grant, "at-1", "rt-1", left);
    return grant.id;
  }
  // As another process would write it.
  void seal(GrantRecord grant, std::string_view access, std::string_view refresh, milliseconds left) {
    grant.sealed_access_token = vault.seal(Secret(access), token_context(grant, SealKind::access_token)).value();
    grant.sealed_refresh_token = vault.seal(Secret(refresh), token_context(grant, SealKind::refresh_token)).value();
    grant.access_expires = clock.now() + left;
    CHECK(grants.update(grant).value());
  }
  TokenSource make_source() {
    return TokenSource({grants, vault, leases, http, clock, random}, config, spec, id, "work");
  }

  GrantRecord& row() { return grants.rows.at(id); }
  std::string stored(SealKind kind) {
    const std::string& sealed = kind == SealKind::access_token ? row().sealed_access_token : row().sealed_refresh_token;
    return std::string(vault.open(sealed, token_context(row(), kind)).value().reveal());
  }
  std::string token() {
    const auto got = source.get(Stop());
    return got ? std::string(got->reveal()) : "error: " + got.error().message;
  }
  Error failure() { return source.get(Stop()).error(); }
};

}  // namespace mailmgr::test
