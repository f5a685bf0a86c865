// The files in which administrators have private keys.
#include "tests/oauth/key_files.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/oauth/certificate_file.h"
#include "core/oauth/service_account_file.h"
#include "tests/support/process.h"

using namespace mailmgr;
using namespace mailmgr::test;
using nlohmann::json;

namespace {

const Time kNow = *from_rfc3339("2026-06-01T00:00:00Z");

std::string openssl(std::vector<std::string> words) {
  words.insert(words.begin(), "/usr/bin/openssl");
  return run({words, {}, {}, {}}).out;
}

std::string why_no_account(json file) {
  const auto read = read_service_account_file(file.is_string() ? file.get<std::string>() : file.dump());
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::usage);
  CHECK(read.error().message.find("PRIVATE KEY") == std::string::npos);
  return read.error().message;
}

std::string why_no_certificate(const std::string& pem, Time now = kNow) {
  const auto read = read_certificate_file(Secret(pem), now);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::usage);
  return read.error().message;
}

bool says(const std::string& message, std::string_view part) {
  CAPTURE(message);
  return message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a service account's key file gives its ids and its key, and no endpoint") {
  const auto file = read_service_account_file(service_account_json().dump());
  REQUIRE(file);
  CHECK(file->client_id == "1234567890");
  CHECK(file->issuer == "mailmgr@p.iam.gserviceaccount.com");
  CHECK(file->key.id() == "key-1");
  CHECK(file->key.pem().reveal() == test_keys().private_pem);
}

TEST_CASE("a file that is no service account's key says what it is") {
  CHECK(says(why_no_account(R"({"installed":{"client_id":"i"}})"), "--credentials"));
  CHECK(says(why_no_account(R"({"type":"authorized_user","refresh_token":"r"})"), "a person's login"));
  CHECK(says(why_no_account(R"({"type":"external_account"})"), "federation"));
  CHECK(says(why_no_account(R"({"type":"other"})"), "service_account"));
  CHECK(says(why_no_account("not json"), "not a JSON object"));
  CHECK(says(why_no_account(std::string(100'000, ' ')), "not a JSON object"));
  const std::pair<std::string, std::string> broken[] = {{"client_id", "numeric client_id"},
                                                        {"client_email", "client_email"},
                                                        {"private_key_id", "private_key_id"},
                                                        {"private_key", "no private key"}};
  for (const auto& [member, complaint] : broken) {
    json file = service_account_json();
    file.erase(member);
    CHECK(says(why_no_account(file), complaint));
  }
  json twice = service_account_json();
  std::string text = twice.dump();
  text.insert(1, R"("client_id":"1",)");
  CHECK(says(why_no_account(text), "not a JSON object"));
}

TEST_CASE("keys that are too weak, encrypted or of another kind are refused") {
  const auto with_key = [](const std::string& pem) {
    json file = service_account_json();
    file["private_key"] = pem;
    return why_no_account(file);
  };
  CHECK(
      says(with_key(openssl({"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-quiet"})), "2048"));
  CHECK(says(with_key(openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"})), "no RSA key"));
  const TemporaryFolder folder;
  const std::string plain = folder.write("key.pem", test_keys().private_pem);
  CHECK(says(with_key(openssl({"pkcs8", "-topk8", "-in", plain, "-passout", "pass:x"})), "encrypted"));
}

TEST_CASE("a certificate and its key in one file give the certificate's thumbprint") {
  for (const std::string& pem : {test_keys().private_pem + test_keys().certificate_pem,
                                 test_keys().certificate_pem + "a comment\n" + test_keys().private_pem}) {
    const auto read = read_certificate_file(Secret(pem), kNow);
    REQUIRE(read);
    CHECK(read->expires == *from_rfc3339("2027-01-01T00:00:00Z"));
    const TemporaryFolder folder;
    std::string print = openssl(
        {"x509", "-noout", "-fingerprint", "-sha256", "-in", folder.write("cert.pem", test_keys().certificate_pem)});
    print = print.substr(print.find('=') + 1);
    std::erase_if(print, [](char c) { return c == ':' || c == '\n'; });
    CHECK(to_lower_ascii(print) == hex(base64_decode(read->key.id()).value()));
  }
}

TEST_CASE("of several certificates the one of the key is taken") {
  const auto other = sandbox::make_key_pair(kNow - std::chrono::hours(1), kNow + std::chrono::hours(1));
  const auto& keys = test_keys();
  const auto alone = read_certificate_file(Secret(keys.private_pem + keys.certificate_pem), kNow).value();
  const auto chain =
      read_certificate_file(Secret(keys.private_pem + other.certificate_pem + keys.certificate_pem), kNow).value();
  CHECK(chain.key.id() == alone.key.id());
  CHECK(says(why_no_certificate(keys.private_pem + other.certificate_pem), "none of the certificates"));
}

TEST_CASE("a certificate file that cannot serve says why") {
  const auto& keys = test_keys();
  const std::string both = keys.private_pem + keys.certificate_pem;
  CHECK(says(why_no_certificate(both, *from_rfc3339("2027-01-01T00:00:00Z")), "expired at 2027-01-01"));
  CHECK(says(why_no_certificate(both, *from_rfc3339("2025-12-31T00:00:00Z")), "not valid before 2026-01-01"));
  CHECK(says(why_no_certificate(keys.certificate_pem), "no private key"));
  CHECK(says(why_no_certificate(keys.private_pem), "no certificate"));
  CHECK(says(why_no_certificate(std::string("\x30\x82\x01\x00", 4)), "not in PEM form"));
  const TemporaryFolder folder;
  const std::string plain = folder.write("key.pem", keys.private_pem);
  const std::string locked = openssl({"pkcs8", "-topk8", "-in", plain, "-passout", "pass:x"});
  CHECK(says(why_no_certificate(locked + keys.certificate_pem), "encrypted"));
}
