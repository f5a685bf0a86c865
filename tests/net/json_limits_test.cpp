#include "core/net/json_limits.h"

#include <doctest/doctest.h>

#include <string>

using namespace mailmgr;

TEST_CASE("nesting is counted in arrays and objects") {
  CHECK(nesting_within("", 0));
  CHECK(nesting_within("1", 0));
  CHECK(nesting_within("{}", 1));
  CHECK_FALSE(nesting_within("{}", 0));
  CHECK(nesting_within(R"({"a":[{"b":1},{"c":[2]}]})", 4));
  CHECK_FALSE(nesting_within(R"({"a":[{"b":1},{"c":[2]}]})", 3));
}

TEST_CASE("siblings do not nest") {
  std::string wide = "[";
  for (int i = 0; i < 1000; ++i) wide += "[],";
  CHECK(nesting_within(wide + "1]", 2));
}

TEST_CASE("brackets in strings do not count, whatever is escaped in them") {
  CHECK(nesting_within(R"(["[[[[{{{{"])", 1));
  CHECK(nesting_within(R"(["\"[[[["])", 1));
  CHECK_FALSE(nesting_within(R"(["\\",[[]]])", 2));
  CHECK(nesting_within(R"(["unfinished [[[)", 1));
  CHECK(nesting_within("[\"\\", 1));
}

TEST_CASE("a million levels are refused without recursion") {
  CHECK_FALSE(nesting_within(std::string(1'000'000, '[')));
}
