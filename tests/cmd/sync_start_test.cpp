#include "cmd/sync_start.h"

#include <doctest/doctest.h>

using namespace mailmgr;

TEST_CASE("the estimate of a first sync is as rough as what it is made from") {
  CHECK(sync_estimate(0, 300) == "0 messages; a first sync takes a minute or less");
  CHECK(sync_estimate(1, 300) == "1 message; a first sync takes a minute or less");
  CHECK(sync_estimate(999, 300) == "999 messages; a first sync takes about 4 minutes");
  CHECK(sync_estimate(12'387, 300) == "about 12,400 messages; a first sync takes about 42 minutes");
  CHECK(sync_estimate(1'234'567, 1000) == "about 1,230,000 messages; a first sync takes about 21 hours");
  CHECK(sync_estimate(5, 0) == "5 messages; a first sync takes about 5 minutes");
}
