// Long work in pieces: purging an account and making the index anew, cut off and continued, while others write.
#include <SQLiteCpp/SQLiteCpp.h>

#include "core/base/private_file.h"
#include "store/store_copies.h"
#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

const AccountId kOther(2);
constexpr int kMany = 1200;  // several pieces

struct TwoAccounts : MailFixture {
  TwoAccounts() {
    gmail_folders(account);
    gmail_folders(kOther);
  }

  // Messages whose bytes say the same as their parsed form, as the index is made anew from the bytes.
  static NewMessage plain(const std::string& id, const std::string& body, std::int64_t received) {
    NewMessage message = make({.id = id, .body = body, .received = received});
    message.raw =
        Blob("From: Ada Lovelace <ada@example.org>\r\nTo: bob@example.com\r\nSubject: subject\r\n\r\n" + body + "\r\n");
    return message;
  }
  void fill(AccountId where, int count, const std::string& body) {
    std::vector<NewMessage> messages;
    for (int i = 0; i < count; ++i) {
      messages.push_back(plain(body + std::to_string(where.value) + "-" + std::to_string(i), body, kNoon + i));
    }
    REQUIRE(sync().store_messages(where, messages, at(kNoon)));
  }
  std::size_t found(const std::string& words) {
    std::size_t count = 0;
    REQUIRE(
        reader().search(*query::parse(words, at(kNoon)), {}, names, [&](const MessageRow&) { return ++count > 0; }));
    return count;
  }
  // What another process would do.
  void execute(const std::string& sql) const {
    SQLite::Database db(folder.path() + "/mail.db", SQLite::OPEN_READWRITE);
    db.exec(sql);
  }
  std::string files() {
    mail.reset();
    return read_text(folder.file("mail.db")) + read_text(folder.file("mail.db-wal"));
  }
};

const auto kAfterOnePiece = [] { return false; };

}  // namespace

TEST_CASE_FIXTURE(TwoAccounts,
                  "a purge that is cut off after every piece ends, and others write and search meanwhile") {
  fill(account, kMany, "unicorn");
  fill(kOther, kMany, "giraffe");
  // Begun before: it has the words of the account that goes.
  CHECK(mail->inventory().reindex(kParser, kAfterOnePiece).error().code == Code::interrupted);

  auto second = MailStore::open(folder.path(), OpenMode::write).value();
  std::size_t cuts = 0;
  for (; cuts < 100; ++cuts) {
    const auto purged = sync().purge(account, kParser, kAfterOnePiece);
    if (purged) break;
    REQUIRE(purged.error().code == Code::interrupted);
    // Older and newer than what the new index has already; a change of a message that it may have.
    const auto early = plain("early" + std::to_string(cuts), "giraffe", kNoon - static_cast<std::int64_t>(cuts));
    const auto late = plain("late" + std::to_string(cuts), "giraffe", kNoon + kMany);
    const auto again = plain("giraffe2-" + std::to_string(cuts), "zebra", kNoon + static_cast<std::int64_t>(cuts));
    const std::vector<NewMessage> some{early, late, again};
    REQUIRE(second->sync().store_messages(kOther, some, at(kNoon)));
    CHECK(found("giraffe") == kMany + cuts + 1);
    CHECK(found("zebra") == cuts + 1);
  }
  CHECK(cuts >= 4);
  CHECK(found("giraffe") == kMany + cuts);
  CHECK(found("zebra") == cuts);
  CHECK(found("unicorn") == 0);
  CHECK(list().find("unicorn") == std::string::npos);
  CHECK(mail->inventory().problems().value().empty());
  second.reset();
  const auto left = files();
  CHECK(left.find("giraffe") != std::string::npos);
  CHECK(left.find("unicorn") == std::string::npos);
}

TEST_CASE_FIXTURE(TwoAccounts, "an index is made anew beside the old one, which answers until that is whole") {
  fill(kOther, kMany, "giraffe");
  const auto lost = row("giraffe2-7").id.value;
  execute("UPDATE message SET position = NULL WHERE id = " + std::to_string(lost));
  execute("DELETE FROM search_docsize WHERE id = (SELECT position FROM message WHERE id = " +
          std::to_string(row("giraffe2-9").id.value) + ")");
  CHECK(mail->inventory().problems().value().size() == 1);
  CHECK(found("giraffe") == kMany - 1);  // of the other one the words are there, if not in the list

  REQUIRE(mail->inventory().reindex(kParser, kAfterOnePiece).error().code == Code::interrupted);
  CHECK(found("giraffe") == kMany - 1);
  store(kOther, {.id = "new", .body = "okapi", .received = kNoon - 1});
  REQUIRE(sync().apply_page(kOther, StreamId("mailbox"), {{gone("giraffe2-3")}, Cursor("next"), false, false}));
  reopen();
  CHECK(found("giraffe") == kMany - 2);
  CHECK(found("okapi") == 1);
  std::size_t cuts = 1;
  while (!mail->inventory().reindex(kParser, kAfterOnePiece)) REQUIRE(++cuts < 100);
  CHECK(cuts >= 2);
  CHECK(found("giraffe") == kMany - 1);
  CHECK(found("okapi") == 1);
  CHECK(mail->inventory().problems().value().empty());
  execute("SELECT count(*) FROM search_docsize");
  CHECK_THROWS_AS(execute("SELECT 1 FROM search_next"), SQLite::Exception);
  CHECK_THROWS_AS(execute("SELECT 1 FROM search_old"), SQLite::Exception);
}

TEST_CASE_FIXTURE(TwoAccounts, "a backup that was made while the index is made anew is a store like any other") {
  fill(kOther, kMany, "giraffe");
  REQUIRE(TokenStore::open(folder.path(), OpenMode::write));
  REQUIRE(mail->inventory().reindex(kParser, kAfterOnePiece).error().code == Code::interrupted);
  SqliteStoreCopies copies(folder.path());
  const auto target = folder.file("copy");
  REQUIRE(prepare_private_folder(target));
  REQUIRE(copies.copy_to(target, {}, {}));
  const auto contents = copies.check(target);
  REQUIRE_MESSAGE(contents.has_value(), contents.error().message);
  CHECK(contents->messages == kMany);
  const auto copy = MailStore::open(target, OpenMode::write).value();
  REQUIRE(copy->inventory().reindex(kParser));
  CHECK(copy->inventory().problems().value().empty());
}

TEST_CASE_FIXTURE(TwoAccounts, "of an account whose purge has begun nothing is read, by no way") {
  store({.id = "m", .body = "unicorn", .thread = "t"});
  store(kOther, {.id = "o", .body = "unicorn"});
  const auto id = row("m").id;
  OutboxRow outgoing;
  outgoing.account = account;
  const auto sent = mail->outbox().add(outgoing, Blob("mime"))->id;
  LocalDraft draft;
  draft.account = account;
  const auto written = mail->local_drafts().create(draft, "text").value();
  REQUIRE(mail->runs().begin(account, RunKind::sync, at(kNoon)));
  REQUIRE(mail->signatures().put({"theirs", {"Ada", std::nullopt}, account, at(kNoon)}));
  REQUIRE(mail->signatures().put({"mine", {"Me", std::nullopt}, std::nullopt, at(kNoon)}));

  mail->hide({account});
  CHECK(mail->runs().list({}, [](const RunRecord&) {
    FAIL("a run of the account is listed");
    return true;
  }));
  CHECK(mail->signatures().list()->size() == 1);
  CHECK_FALSE(mail->signatures().find("theirs")->has_value());
  CHECK(list() == "o");
  CHECK(find("unicorn") == "o");
  CHECK(threads("unicorn") == "o:1:0");
  CHECK(list({.accounts = {account}}).empty());
  CHECK_FALSE(reader().find(id)->has_value());
  CHECK(reader().raw(id).error().code == Code::not_found);
  CHECK(reader().thread(account, ThreadId("t"))->empty());
  const auto folders = reader().folders().value();
  CHECK_FALSE(folders.empty());
  for (const auto& shown : folders) CHECK(shown.account == kOther);
  const auto changes = mail->changes().after(0, {}, 100).value();
  CHECK(changes.size() == 1);
  for (const auto& change : changes) CHECK(change.account == kOther);
  CHECK(mail->outbox().rows({})->empty());
  CHECK_FALSE(mail->outbox().find(sent)->has_value());
  CHECK(mail->outbox().mime(sent).error().code == Code::not_found);
  CHECK(mail->local_drafts().list()->empty());
  CHECK_FALSE(mail->local_drafts().latest(written)->has_value());
  REQUIRE(sync().purge(account, kParser));
  mail->hide({});
  CHECK(list() == "o");
  CHECK(mail->outbox().rows({})->empty());
}

}  // namespace mailmgr::store
