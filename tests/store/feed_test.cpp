// What the store tells of itself: the change feed, the log of runs, what a person was told, and the inventory.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>

#include "tests/store/mail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::store;

namespace {

constexpr std::int64_t kDay = 24 * 3600;

struct Feed : MailFixture {
  Feed() { gmail_folders(account); }

  // "new:1 changed:1 …": what happened behind `seq`.
  std::string told(std::int64_t seq = 0, std::vector<AccountId> accounts = {}) {
    std::vector<std::string> words;
    const auto rows = mail->changes().after(seq, accounts, 100).value();
    for (const auto& row : rows) {
      words.push_back(fmt::format("{}:{}", to_string(row.event), row.message.value));
    }
    return join(words);
  }
  void in_outbox(const std::string& message_id, const std::string& remote_id) {
    OutboxRow row;
    row.account = account;
    row.state = OutboxState::sent;
    row.message_id = message_id;
    row.remote_id = RemoteId(remote_id);
    REQUIRE(mail->outbox().add(row, Blob("mime")));
  }
  RunId begin(std::int64_t when, RunKind kind = RunKind::sync) {
    return mail->runs().begin(account, kind, at(when)).value();
  }
  void end(RunId run, const std::string& code = "", RunKind kind = RunKind::sync) {
    RunRecord record;
    record.run = run;
    record.kind = kind;
    record.account = account;
    record.started = at(kNoon);
    record.ended = at(kNoon + 1);
    record.error_code = code;
    REQUIRE(mail->runs().end(record));
  }
  std::string runs(const RunSelection& selection = {}) {
    std::vector<std::string> words;
    const auto add = [&](const RunRecord& record) {
      words.push_back(std::to_string(record.run.value));
      return true;
    };
    REQUIRE(mail->runs().list(selection, add));
    return join(words);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Feed, "the feed tells what arrived, changed and went, in order") {
  store({.id = "a"});
  store({.id = "b"});
  apply("mailbox", {present("a", marks({"INBOX"}, true))});
  apply("mailbox", {gone("b")});
  CHECK(told() == "new:1 new:2 changed:1 deleted:2");
  CHECK(told(2) == "changed:1 deleted:2");
  CHECK(mail->changes().last().value() == 4);
}

TEST_CASE_FIXTURE(Feed, "what does not change a message is not told") {
  store({.id = "a"});
  apply("mailbox", {present("a", marks({"INBOX"}))});
  apply("mailbox", {gone("never-seen")});
  CHECK(told() == "new:1");
}

TEST_CASE_FIXTURE(Feed, "marks of a message that is not stored yet are not told") {
  apply("mailbox", {present("a", marks({"INBOX"}, true), at(kNoon))});
  apply("mailbox", {present("a", marks({"INBOX"}, false), at(kNoon))});
  CHECK(told() == "");
  store({.id = "a"});
  CHECK(told() == "new:1");
}

TEST_CASE_FIXTURE(Feed, "a message that the outbox sent is told as sent, by its id or by its Message-ID in Sent") {
  in_outbox("<x@example.org>", "a");
  in_outbox("<b@example.org>", "");
  store({.id = "a", .labels = {"SENT"}});
  store({.id = "b", .labels = {"SENT"}});
  store({.id = "c", .labels = {"SENT"}});
  CHECK(told() == "sent:1 sent:2 new:3");
}

TEST_CASE_FIXTURE(Feed, "a copy that was delivered to its sender is new") {
  in_outbox("<b@example.org>", "");
  store({.id = "b", .labels = {"INBOX"}});
  CHECK(told() == "new:1");
}

TEST_CASE_FIXTURE(Feed, "a draft that was written on is told as changed") {
  store({.id = "a", .labels = {"DRAFT"}, .draft = true});
  store({.id = "a", .labels = {"DRAFT"}, .body = "more", .draft = true});
  CHECK(told() == "new:1 changed:1");
}

TEST_CASE_FIXTURE(Feed, "the feed can be read for some accounts alone") {
  store({.id = "a"});
  store(AccountId(2), {.id = "b"});
  CHECK(told(0, {AccountId(2)}) == "new:2");
}

TEST_CASE_FIXTURE(Feed, "a consumer's position is remembered, also by another process") {
  CHECK_FALSE(mail->changes().position("script").value());
  REQUIRE(mail->changes().remember("script", 7));
  REQUIRE(mail->changes().remember("script", 9));
  reopen();
  CHECK(mail->changes().position("script").value() == 9);
  CHECK_FALSE(mail->changes().position("other").value());
}

TEST_CASE_FIXTURE(Feed, "runs, their failures and what they changed are forgotten after 90 days") {
  const auto old = begin(kNoon);
  store({.id = "a"});
  apply("mailbox", {present("b")});
  REQUIRE(sync().postpone(account, RemoteId("b"), "500", at(kNoon)));
  CHECK(mail->runs().failures(old)->size() == 1);
  begin(kNoon + 89 * kDay);
  CHECK(runs() == "1 2");
  begin(kNoon + 91 * kDay);
  CHECK(runs() == "2 3");
  CHECK(mail->runs().failures(old)->empty());
  CHECK(told() == "");
  CHECK(mail->changes().last().value() == 1);  // numbers are not used again
  CHECK_FALSE(mail->changes().first().value());
}

TEST_CASE_FIXTURE(Feed, "the log tells failed runs apart: errors, kills, and messages that did not come") {
  end(begin(kNoon));
  end(begin(kNoon), "try_later");
  begin(kNoon);  // killed
  const auto met = begin(kNoon);
  apply("mailbox", {present("b")});
  REQUIRE(sync().postpone(account, RemoteId("b"), "no such part", at(kNoon)));
  REQUIRE(sync().postpone(account, RemoteId("b"), "no such part either", at(kNoon)));
  end(met);
  CHECK(runs() == "1 2 3 4");
  CHECK(runs({.failed = true}) == "2 3 4");
  CHECK(runs({.run = met}) == "4");
  CHECK(runs({.accounts = {AccountId(2)}}) == "");
  CHECK(runs({.since = at(kNoon + 1)}) == "");
  const auto failures = mail->runs().failures(met).value();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].id == RemoteId("b"));
  CHECK(failures[0].attempts == 2);
  CHECK(failures[0].error == "no such part either");
}

TEST_CASE_FIXTURE(Feed, "a verification is no sync: the history of syncs does not tell of it") {
  end(begin(kNoon, RunKind::verify), "", RunKind::verify);
  CHECK_FALSE(mail->runs().history(account)->last);
}

TEST_CASE_FIXTURE(Feed, "what a person was told is remembered for each account") {
  CHECK_FALSE(mail->notices().last(account).value());
  REQUIRE(mail->notices().tell(account, {"auth_required", at(kNoon)}));
  const auto last = mail->notices().last(account).value();
  REQUIRE(last);
  CHECK(last->trouble == "auth_required");
  CHECK(last->told == at(kNoon));
  CHECK_FALSE(mail->notices().last(AccountId(2)).value());
}

TEST_CASE_FIXTURE(Feed, "the inventory holds what is stored, what is known and what is queued") {
  store({.id = "a", .labels = {"INBOX", "Label_1"}, .unread = true});
  apply("mailbox", {present("b", marks({"SENT"}), at(kNoon)), present("c")});
  std::map<std::string, LocalMessage> found;
  const auto add = [&](const LocalMessage& message) {
    found[message.remote_id.value] = message;
    return true;
  };
  REQUIRE(mail->inventory().each(account, add));
  REQUIRE(found.size() == 3);
  CHECK(found["a"].stored);
  CHECK_FALSE(found["a"].wanted);
  CHECK(found["a"].unread);
  CHECK(found["a"].places == ids({"INBOX", "Label_1"}));
  CHECK_FALSE(found["b"].stored);
  CHECK(found["b"].wanted);
  CHECK(found["c"].wanted);
  CHECK(found["c"].id.value == 0);
  CHECK(mail->inventory().find(account, RemoteId("a")).value()->places == found["a"].places);
  CHECK(mail->inventory().find(account, RemoteId("c")).value()->wanted);
  CHECK_FALSE(mail->inventory().find(account, RemoteId("d")).value());
  CHECK_FALSE(mail->inventory().find(AccountId(2), RemoteId("a")).value());
}

TEST_CASE_FIXTURE(Feed, "a sound store has no problems, and a message without an index entry is one") {
  store({.id = "a"});
  store({.id = "b"});
  apply("mailbox", {gone("b")});
  CHECK(mail->inventory().problems()->empty());
  CHECK(mail->inventory().content_hash(MessageId(1)).value()->size() == 32);
  CHECK_FALSE(mail->inventory().content_hash(MessageId(2)).value());
  mail.reset();
  {
    SQLite::Database raw(folder.file("mail.db"), SQLite::OPEN_READWRITE);
    raw.exec("UPDATE message SET position = 1");
    raw.exec("DELETE FROM chunk");
  }
  reopen();
  const auto problems = mail->inventory().problems().value();
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] == "1 messages are not in the full-text index");
  CHECK_FALSE(mail->inventory().find(account, RemoteId("a")).value()->stored);
}
