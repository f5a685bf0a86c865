#include "core/oauth/provider_file.h"

#include <doctest/doctest.h>

using namespace mailmgr;

namespace {

Error refusal(std::string_view text) {
  const auto config = read_provider_file("contoso", text);
  REQUIRE_FALSE(config);
  CHECK(config.error().code == Code::config);
  return config.error();
}

}  // namespace

TEST_CASE("a provider's file reads back as it was written") {
  ProviderConfig config;
  config.name = "contoso";
  config.kind = ProviderKind::microsoft;
  config.client_id = "client-1";
  config.tenant = "contoso.example";
  config.redirect_uri = "http://localhost:8080/";
  config.access = AccessLevel::read_only;
  config.with = {"settings", "shared"};
  config.base_url = "https://proxy.example";
  config.auth_url = "https://login.example";
  config.api_url = "https://api.example";
  config.ca_file = "/etc/ssl/own.pem";
  config.open_client_secret = "GOCSPX-1";
  config.quota = "graph:5000";
  const auto read = read_provider_file("contoso", write_provider_file(config)).value();
  CHECK(read.system);
  CHECK(read.name == "contoso");
  CHECK(read.with == config.with);
  CHECK(read.open_client_secret == "GOCSPX-1");
  CHECK(read.quota == "graph:5000");
  CHECK(write_provider_file(read) == write_provider_file(config));
}

TEST_CASE("what is sealed for one user has no place in a provider's file") {
  ProviderConfig config;
  config.client_id = "client-1";
  config.sealed_client_secret = "c4nary";
  config.sealed_private_key = "c4nary";
  CHECK(write_provider_file(config).find("c4nary") == std::string::npos);
}

TEST_CASE("a provider's file is read strictly") {
  CHECK(refusal("").message.find("JSON") != std::string::npos);
  CHECK(refusal("[]").message.find("JSON") != std::string::npos);
  CHECK(refusal(R"({"kind":"google","kind":"microsoft"})").message.find("once") != std::string::npos);
  CHECK(refusal(R"({"client_id":"x"})").message == "\"kind\" is missing");
  CHECK(refusal(R"({"kind":"yahoo"})").message == "\"kind\" cannot be \"yahoo\"");
  CHECK(refusal(R"({"kind":"google","access":"all"})").message == "\"access\" cannot be \"all\"");
  CHECK(refusal(R"({"kind":"google","client_id":7})").message == "\"client_id\" is not text");
  CHECK(refusal(R"({"kind":"google","clientid":"x"})").message == "\"clientid\" is not a setting");
  CHECK(refusal("{\"kind\":\"google\",\"\\u001b[2J\":\"x\"}").message.find('\x1b') == std::string::npos);
}
