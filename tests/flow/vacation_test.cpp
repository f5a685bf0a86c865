// The automatic answer: what becomes of its texts when a part of it is changed (core/flow/mailbox_settings.h).
#include <doctest/doctest.h>

#include "core/flow/mailbox_settings.h"
#include "tests/flow/edit_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

TEST_CASE("markup around nothing is no text: outsiders are told what everybody is, and nobody is answered with it") {
  EditedMailbox world(ProviderKind::microsoft);
  const auto mailbox = world.box.spec.mailbox(world.full_deps());
  const auto filters = world.box.spec.filters(world.full_deps());
  const auto vacation = world.box.spec.vacation(world.full_deps());
  const SettingsOf settings{world.account, world.grant, world.box.spec, *mailbox, *filters, *vacation};
  const auto planned = [&](const VacationChange& change) {
    return plan_vacation(change, world.box.clock.now(), settings, {});
  };
  const std::string nothing = "<html>\n<body>\n<div>&nbsp;</div><p><br></p>\n</body>\n</html>\n";
  Vacation there;
  there.state = AwayState::on;
  there.body.html = nothing;
  there.external_body = AwayMessage{"", nothing};
  REQUIRE(vacation->set(there, {}));

  VacationChange change;
  change.external = Outsiders::all;
  CHECK(planned(change).error().code == Code::usage);
  change.html = nothing;
  CHECK(planned(change).error().code == Code::usage);
  change.html.reset();
  change.text = "Away.";
  REQUIRE(planned(change));
  CHECK_FALSE(planned(change)->external_body);

  there.external_body->html = "<p><img src=\"cid:sign\"></p>";  // nothing to read, but something to see
  REQUIRE(vacation->set(there, {}));
  CHECK(planned(change)->external_body);
}
