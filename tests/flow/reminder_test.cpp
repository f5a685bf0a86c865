// When a person is told that an account needs them, and how a long-running sync paces itself.
#include "core/flow/reminder.h"

#include <doctest/doctest.h>

#include "core/flow/poll_schedule.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

const AccountId kReminded(1);
const Time kNow = from_unix_seconds(1'769'860'800);

struct Told {
  TempFolder folder;
  std::unique_ptr<store::MailStore> mail = store::MailStore::open(folder.path(), store::OpenMode::write).value();
  Reminder after(milliseconds later, const Status& outcome) {
    auto reminder = peek_after(later, outcome);
    if (reminder.news) REQUIRE(mail->notices().tell(kReminded, *reminder.news));
    return reminder;
  }
  // What there is to say, which nobody hears.
  Reminder peek_after(milliseconds later, const Status& outcome) {
    return remind(kReminded, outcome, mail->notices(), kNow + later).value();
  }
};

const Status kDead = Error{Code::auth_required, "the login has ended"};

}  // namespace

TEST_CASE_FIXTURE(Told, "a dead login is told at first sight, then once a day") {
  CHECK(after(0h, kDead).due);
  CHECK_FALSE(after(1h, kDead).due);
  CHECK_FALSE(after(23h, kDead).due);
  CHECK(after(24h, kDead).due);
  CHECK_FALSE(after(25h, kDead).due);
}

TEST_CASE_FIXTURE(Told, "news is only when an account starts or stops needing a person") {
  CHECK_FALSE(after(0h, Status()).changed);
  CHECK(after(1h, kDead).changed);
  CHECK_FALSE(after(2h, kDead).changed);
  const auto well = after(3h, Status());
  CHECK(well.changed);
  CHECK_FALSE(well.needs_person);
  CHECK_FALSE(after(4h, Status()).changed);
  CHECK(after(5h, kDead).due);  // told again, although a day has not passed
}

TEST_CASE_FIXTURE(Told, "what nobody heard is said again") {
  CHECK(peek_after(0h, kDead).changed);
  CHECK(after(1h, kDead).changed);
  CHECK_FALSE(after(2h, kDead).changed);
}

TEST_CASE_FIXTURE(Told, "trouble that passes says nothing about whether a person is needed") {
  after(0h, kDead);
  const auto offline = after(1h, Error{Code::unreachable, "no network"});
  CHECK_FALSE(offline.changed);
  CHECK(offline.due);
  CHECK_FALSE(after(2h, kDead).due);
}

TEST_CASE("a long-running sync looks again soon while things happen, and less and less often while nothing does") {
  PollSchedule schedule(5min);
  CHECK(schedule.after_news() == 30s);
  CHECK(schedule.after_nothing() == 45s);
  CHECK(schedule.after_nothing() > 60s);
  for (int i = 0; i < 10; ++i) schedule.after_nothing();
  CHECK(schedule.after_nothing() == 5min);
  CHECK(schedule.after_news() == 30s);
  CHECK(schedule.after_error() == 5min);
}

TEST_CASE("a longest wait that is shorter than usual is kept") {
  PollSchedule schedule(10s);
  CHECK(schedule.after_news() == 10s);
  CHECK(schedule.after_nothing() == 10s);
}
