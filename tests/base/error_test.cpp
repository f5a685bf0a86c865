#include "core/base/error.h"

#include <doctest/doctest.h>

#include <set>

#include "core/base/secret.h"

using namespace mailmgr;

TEST_CASE("exit codes are those scripts rely on") {
  CHECK(exit_class(Code::internal).exit_code == 1);
  CHECK(exit_class(Code::usage).exit_code == 2);
  CHECK(exit_class(Code::config).exit_code == 3);
  CHECK(exit_class(Code::auth_required).exit_code == 4);
  CHECK(exit_class(Code::not_found).exit_code == 5);
  CHECK(exit_class(Code::refused).exit_code == 6);
  CHECK(exit_class(Code::partial).exit_code == 7);
  CHECK(exit_class(Code::try_later).exit_code == 8);
  CHECK(exit_class(Code::busy).exit_code == 9);
  CHECK(exit_class(Code::store).exit_code == 10);
  CHECK(exit_class(Code::interrupted).exit_code == 130);
}

TEST_CASE("finer codes belong to a class") {
  CHECK(exit_class(Code::unreachable).code == Code::try_later);
  CHECK(exit_class(Code::no_answer).code == Code::try_later);
  CHECK(exit_class(Code::gone).code == Code::not_found);
  CHECK(exit_class(Code::too_large).code == Code::refused);
  CHECK(exit_class(Code::token_rejected).code == Code::auth_required);
}

TEST_CASE("exit codes and names are unique") {
  std::set<int> codes;
  std::set<std::string_view> names;
  for (const auto& entry : exit_classes()) {
    CHECK(codes.insert(entry.exit_code).second);
    CHECK(names.insert(entry.name).second);
  }
}

TEST_CASE("context goes in front of an error") {
  const Error error{Code::store, "disk full", "free some space"};
  const Error outer = error.within("saving the token");
  CHECK(outer.message == "saving the token: disk full");
  CHECK(outer.code == Code::store);
  CHECK(outer.hint == "free some space");
}

TEST_CASE("a secret taken from a string leaves the string empty") {
  std::string token = "a-token-long-enough-to-live-on-the-heap";
  const Secret secret = Secret::take(token);
  CHECK(token.empty());
  CHECK(secret.reveal() == "a-token-long-enough-to-live-on-the-heap");
  CHECK(secret == Secret("a-token-long-enough-to-live-on-the-heap"));
  CHECK_FALSE(secret == Secret("other"));
}
