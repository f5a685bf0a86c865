#include "core/oauth/assertion.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/oauth/key_files.h"
#include "tests/oauth/oauth_world.h"
#include "tests/support/process.h"

using namespace mailmgr;
using namespace mailmgr::test;
using nlohmann::json;

namespace {

struct Parts {
  json header, claims;
  std::string signed_part, signature;
};

Parts parts_of(const Secret& token) {
  const std::string text(token.reveal());
  const auto first = text.find('.'), second = text.rfind('.');
  return {json::parse(base64_decode(text.substr(0, first)).value()),
          json::parse(base64_decode(text.substr(first + 1, second - first - 1)).value()), text.substr(0, second),
          base64_decode(text.substr(second + 1)).value()};
}

// Asks a program that shares no code with us.
bool openssl_verifies(const Parts& parts, std::vector<std::string> options) {
  const TemporaryFolder folder;
  std::vector<std::string> words{"/usr/bin/openssl", "dgst", "-sha256", "-verify",
                                 folder.write("public.pem", test_keys().public_pem)};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"-signature", folder.write("signature", parts.signature)});
  words.push_back(folder.write("signed", parts.signed_part));
  return run({words, {}, {}, {}}).exit_code == 0;
}

struct World {
  FakeClock clock;
  SeededRandom random;
  OAuthClient client;

  explicit World(ProviderKind kind) : client(test_client(kind)) {
    client.key = SigningKey::read(Secret(test_keys().private_pem), "key-1").value();
    client.key_issuer = "mailmgr@p.iam.gserviceaccount.com";
  }
  Secret delegation() {
    return delegation_assertion(client, "ada@corp.test", {"scope-b", "scope-a"}, clock.now(), random).value();
  }
  Secret proof() { return client_assertion(client, clock.now(), random).value(); }
};

}  // namespace

TEST_CASE("a service account's assertion names the mailbox, the scopes and the real token endpoint for ten minutes") {
  World world(ProviderKind::google);
  const Parts parts = parts_of(world.delegation());
  CHECK(parts.header == json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "key-1"}});
  const auto now = to_unix_seconds(world.clock.now());
  CHECK(parts.claims["iss"] == "mailmgr@p.iam.gserviceaccount.com");
  CHECK(parts.claims["sub"] == "ada@corp.test");
  CHECK(parts.claims["scope"] == "scope-a scope-b");
  CHECK(parts.claims["aud"] == "https://login.test/token");
  CHECK(parts.claims["iat"] == now);
  CHECK(parts.claims["exp"] == now + 600);
  CHECK(openssl_verifies(parts, {}));
}

TEST_CASE("a certificate's assertion speaks for the client itself and is signed with PS256") {
  World world(ProviderKind::microsoft);
  const Parts parts = parts_of(world.proof());
  CHECK(parts.header == json{{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", "key-1"}});
  const auto now = to_unix_seconds(world.clock.now());
  CHECK(parts.claims["iss"] == "client-1");
  CHECK(parts.claims["sub"] == "client-1");
  CHECK(parts.claims["aud"] == "https://login.test/token");
  CHECK(parts.claims["nbf"] == now);
  CHECK(parts.claims["exp"] == now + 600);
  CHECK(openssl_verifies(parts, {"-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"}));
}

TEST_CASE("no two assertions have the same id") {
  World world(ProviderKind::google);
  CHECK(parts_of(world.delegation()).claims["jti"] != parts_of(world.delegation()).claims["jti"]);
  CHECK(parts_of(world.proof()).claims["jti"].get<std::string>().size() >= 16);
}

TEST_CASE("a signature fits nothing but what was signed") {
  World world(ProviderKind::google);
  Parts parts = parts_of(world.delegation());
  parts.signed_part.back() = parts.signed_part.back() == 'A' ? 'B' : 'A';
  CHECK_FALSE(openssl_verifies(parts, {}));
}
