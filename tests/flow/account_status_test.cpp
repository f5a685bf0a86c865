#include "core/flow/account_status.h"

#include <doctest/doctest.h>

#include "providers/registry.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

const Time kNow = from_rfc3339("2026-01-31T12:00:00Z").value();

struct StatusTest {
  TempFolder folder;
  std::unique_ptr<store::MailStore> mail = store::MailStore::open(folder.path(), store::OpenMode::write).value();
  AccountRecord account;
  GrantRecord grant;
  StatusLimits limits;

  StatusTest() {
    account.id = AccountId(1);
    account.name = account.email = "ada@example.org";
    account.connected = kNow - 48h;
    grant.refreshed = kNow - 1h;
  }
  void ran(milliseconds ago, bool complete = true, std::string code = "", std::string error = "") {
    const auto run = mail->runs().begin(account.id, RunKind::sync, kNow - ago).value();
    RunRecord record;
    record.run = run;
    record.account = account.id;
    record.started = kNow - ago;
    record.ended = kNow - ago;
    record.complete = complete;
    record.error_code = std::move(code);
    record.error = std::move(error);
    REQUIRE(mail->runs().end(record));
  }
  void in_outbox(OutboxState state) {
    OutboxRow row;
    row.account = account.id;
    row.state = state;
    REQUIRE(mail->outbox().add(row, Blob("mime")));
  }
  AccountStatus status() {
    return account_status(account, grant, provider_spec(ProviderKind::google), limits,
                          {mail->sync(), mail->runs(), mail->outbox(), mail->reader()}, kNow)
        .value();
  }
  // The codes of what is wrong, in order.
  std::vector<Code> trouble() {
    std::vector<Code> codes;
    for (const auto& error : troubles(account, status(), limits, kNow)) codes.push_back(error.code);
    return codes;
  }
};

}  // namespace

TEST_CASE("an account that synced without an error is well, whatever came before") {
  StatusTest test;
  test.ran(3h, false, "refused", "no");
  test.ran(1h);
  const auto status = test.status();
  CHECK(status.health == Health::ok);
  CHECK(status.last_ok == kNow - 1h);
  CHECK(status.lag == 1h);
  CHECK(status.complete);
  CHECK_FALSE(status.error);
  CHECK(test.trouble().empty());
}

TEST_CASE("lag counts from the last good sync, or from when the account was connected") {
  StatusTest test;
  test.limits.max_lag = 30min;
  CHECK(test.status().lag == 48h);
  CHECK_FALSE(test.status().last_ok);
  CHECK(test.status().health == Health::lagging);
  test.ran(10min);
  CHECK(test.status().health == Health::ok);
  test.ran(5min, false, "try_later", "the network is down");
  CHECK(test.status().health == Health::ok);
  CHECK(test.status().lag == 10min);
  CHECK_FALSE(test.status().complete);
  test.limits.max_lag = 5min;
  CHECK(test.status().health == Health::lagging);
  CHECK(test.trouble() == std::vector{Code::try_later});
}

TEST_CASE("how long ago the last good sync was is told in words that fit") {
  for (const auto& [ago, words] : {std::pair<milliseconds, std::string>{2s, "2 seconds ago"},
                                   {119s, "119 seconds ago"},
                                   {3min, "3 minutes ago"},
                                   {5h, "5 hours ago"},
                                   {73h, "3 days ago"}}) {
    StatusTest test;
    test.ran(ago);
    test.limits.max_lag = 1s;
    const auto found = troubles(test.account, test.status(), test.limits, kNow);
    REQUIRE(found.size() == 1);
    CHECK_MESSAGE(found[0].message.find(words) != std::string::npos, found[0].message);
  }
}

TEST_CASE("a run that was killed is none") {
  StatusTest test;
  test.ran(2h);
  REQUIRE(test.mail->runs().begin(test.account.id, RunKind::sync, kNow - 1h));
  CHECK(test.status().last_ok == kNow - 2h);
  CHECK(test.status().complete);
}

TEST_CASE("a login that is needed now, or soon when that is asked, is trouble") {
  StatusTest test;
  test.ran(1h, false, "auth_required", "the login was revoked");
  CHECK(test.status().health == Health::ok);  // somebody has logged in since
  test.grant.state = GrantState::needs_login;
  test.grant.state_reason = "the login was revoked";
  CHECK(test.status().health == Health::auth_required);
  CHECK(test.trouble() == std::vector{Code::auth_required});

  test.grant.state = GrantState::active;
  test.grant.refresh_expires = kNow + 72h;
  CHECK(test.trouble().empty());
  test.limits.expires_within = 168h;
  CHECK(test.trouble() == std::vector{Code::auth_required});
  CHECK(test.status().health == Health::ok);
  test.limits.expires_within = 48h;
  CHECK(test.trouble().empty());
}

TEST_CASE("an error that will not pass keeps its code, and a mailbox that is no more is gone") {
  StatusTest test;
  test.ran(1h, false, "config", "the client secret is wrong");
  CHECK(test.status().health == Health::error);
  CHECK(test.trouble() == std::vector{Code::config});
  test.ran(1h, false, "not_found", "no such mailbox");
  CHECK(test.status().health == Health::gone);
  CHECK(test.trouble() == std::vector{Code::not_found});
  test.account.state = AccountState::disconnected;
  CHECK(test.status().health == Health::gone);
}

TEST_CASE("mail that failed or may have left is trouble; mail that waits is counted only") {
  StatusTest test;
  test.ran(1h);
  for (const auto state : {OutboxState::queued, OutboxState::sending, OutboxState::sent}) test.in_outbox(state);
  CHECK(test.status().outbox_queued == 2);
  CHECK(test.trouble().empty());
  test.in_outbox(OutboxState::unknown);
  test.in_outbox(OutboxState::failed);
  CHECK(test.status().outbox_failed == 1);
  CHECK(test.status().outbox_unknown == 1);
  CHECK(test.trouble() == std::vector{Code::partial});
}

TEST_CASE("a paused account is left in peace") {
  StatusTest test;
  test.account.state = AccountState::paused;
  test.grant.state = GrantState::needs_login;
  test.limits.max_lag = 1min;
  CHECK(test.status().health == Health::paused);
  CHECK(test.trouble().empty());
}
