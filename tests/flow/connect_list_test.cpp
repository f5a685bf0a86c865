// Mailboxes connected from a list.
#include "tests/flow/connect_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

TEST_CASE("a list is read with and without a header, and rows that are there already are planned as such") {
  World world;
  world.connected("ada@microsoft-corp.test", "microsoft");
  const auto plan = [&](std::string_view csv) {
    const auto plans = plan_connect_list(csv, "microsoft", world.world());
    REQUIRE_MESSAGE(plans, plans.error().message);
    return *plans;
  };
  const auto rows =
      plan("since,EMAIL,name\r\n2026-01-01,team@microsoft-corp.test,\"Team, the\"\r\n,ada@microsoft-corp.test\r\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].account.name == "Team, the");
  CHECK(rows[0].account.since);
  CHECK_FALSE(rows[0].already);
  CHECK(rows[1].already);
  CHECK(plan("team@microsoft-corp.test,Team,90d\n").front().account.name == "Team");
  CHECK(plan("email\n").empty());
}

TEST_CASE("a list with mistakes names its lines and connects nothing") {
  World world;
  const auto refusal = [&](std::string_view csv) {
    const auto plans = plan_connect_list(csv, "microsoft", world.world());
    REQUIRE_FALSE(plans);
    CHECK(plans.error().code == Code::usage);
    return plans.error().message;
  };
  const auto many = refusal(
      "email,name\nnobody\nteam@microsoft-corp.test\nTEAM@microsoft-corp.test\nx@y.test,team@microsoft-corp.test\na@b."
      "test,b,c,d\n");
  CHECK(says(many, "line 2: "));
  CHECK_FALSE(says(many, "line 3: "));
  CHECK(says(many, "line 4: TEAM@microsoft-corp.test is there twice"));
  CHECK(says(many, "line 5: the name team@microsoft-corp.test is there twice"));
  CHECK(says(many, "line 6: too many fields"));
  CHECK(says(refusal("name\nx\n"), "no column \"email\""));
  CHECK(says(refusal("email,phone\n"), "\"phone\""));
  CHECK(says(refusal("a@b.test,,yesterday\n"), "line 1"));
  CHECK(says(refusal("\"a@b.test\n"), "line 1"));
  CHECK(world.all().empty());
}
