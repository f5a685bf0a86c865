#include "core/oauth/client_file.h"

#include <doctest/doctest.h>

using namespace mailmgr;

namespace {

Error refusal(std::string_view json) {
  const auto file = read_client_file(json);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == Code::usage);
  return file.error();
}

}  // namespace

TEST_CASE("a desktop client's file gives id and secret, and leaves the port free") {
  const auto file = read_client_file(
      R"({"installed":{"client_id":"1-a.apps.googleusercontent.com","project_id":"p","auth_uri":"https://old.test",)"
      R"("token_uri":"https://old.test","client_secret":"GOCSPX-1","redirect_uris":["http://localhost"]}})");
  REQUIRE(file);
  CHECK(file->client_id == "1-a.apps.googleusercontent.com");
  CHECK(file->client_secret.reveal() == "GOCSPX-1");
  CHECK(file->redirect_uri.empty());
}

TEST_CASE("a web client's file gives the loopback address it has registered") {
  const auto with = [](const std::string& uris) {
    const auto file =
        read_client_file(R"({"web":{"client_id":"i","client_secret":"s","redirect_uris":[)" + uris + "]}}");
    return file ? file->redirect_uri : "refused";
  };
  CHECK(with(R"("https://app.test/cb","http://127.0.0.1:8080/cb")") == "http://127.0.0.1:8080/cb");
  CHECK(with(R"("https://app.test/cb")") == "https://app.test/cb");
  CHECK(with("") == "refused");
}

TEST_CASE("a file that is something else says what it is") {
  CHECK(refusal(R"({"type":"service_account","client_id":"1"})").message.find("service account") != std::string::npos);
  CHECK(refusal(R"({"installed":{"client_id":"i","client_secret":"s"}})").message.find("TVs") != std::string::npos);
  for (const std::string bad :
       {"", "[]", "{", "{}", R"({"installed":[]})", R"({"installed":{"client_secret":"s"}})",
        R"({"installed":{"client_id":1,"client_secret":"s","redirect_uris":["http://localhost"]}})",
        R"({"installed":{"client_id":"i","redirect_uris":["http://localhost"]}})"}) {
    refusal(bad);
  }
  refusal(std::string(1'000'000, '['));
  refusal(R"({"x":)" + std::string(30'000, '[') + std::string(30'000, ']') + "}");
}

TEST_CASE("a broken credentials file is never quoted") {
  CHECK(refusal(R"({"installed":{"client_id":"i","client_secret":"GOCSPX-1",)").message.find("GOCSPX") ==
        std::string::npos);
}
