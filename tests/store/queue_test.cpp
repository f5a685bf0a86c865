#include "tests/store/mail_fixture.h"
#include "tests/support/fakes.h"

namespace mailmgr::store {
namespace {

struct Gmail : MailFixture {
  Gmail() { gmail_folders(account); }
};

TEST_CASE_FIXTURE(Gmail, "the queue is newest first: arriving mail, then the listing's order, then by date") {
  apply("mailbox", {present("old", {}, at(100)), present("newer", {}, at(200))});
  const std::vector<std::pair<RemoteId, ThreadId>> listing{{RemoteId("l1"), {}}, {RemoteId("l2"), {}}};
  REQUIRE(sync().apply_listing(account, StreamId("mailbox"), listing, ListingPass::wanted, ""));
  apply("mailbox", {present("arriving")});
  CHECK(wanted() == "arriving l1 l2 newer old");
}

TEST_CASE_FIXTURE(Gmail, "what is out of scope is not wanted, and goes on being followed once it is stored") {
  auto outside = present("outside", marks({"SPAM"}), at(100));
  outside.in_scope = false;
  CHECK(apply("mailbox", {outside, present("new", {}, at(200)), present("undated")}).wanted == 2);
  CHECK(wanted() == "undated new");
  store({.id = "outside"});
  CHECK(apply("mailbox", {outside}).changed == 1);
  CHECK(wanted() == "undated new");
  CHECK(join(row("outside").folders) == "spam");
}

TEST_CASE_FIXTURE(Gmail, "a message that proves out of scope leaves the queue, and stays if it was stored") {
  apply("mailbox", {present("m", marks({"INBOX"})), present("n")});
  store({.id = "s", .draft = true});
  auto draft = marks({"DRAFT"});
  draft.draft = true;
  apply("mailbox", {present("s", draft)});
  CHECK(wanted() == "m+ n s+");
  const std::vector<RemoteId> outside{RemoteId("m"), RemoteId("n"), RemoteId("s"), RemoteId("unknown")};
  REQUIRE(sync().leave_out(account, outside));
  CHECK(wanted().empty());
  CHECK(find("in:anywhere") == "s");
  CHECK(apply("mailbox", {gone("m")}).deleted == 0);
}

TEST_CASE_FIXTURE(Gmail, "a changed scope begins every stream anew and empties the queue, but for stored drafts") {
  apply("mailbox", {present("m", marks({"INBOX"})), present("n")});
  store({.id = "s", .draft = true});
  auto draft = marks({"DRAFT"});
  draft.draft = true;
  apply("mailbox", {present("s", draft)});
  CHECK(sync().position(account)->scope.empty());
  REQUIRE(sync().change_scope(account, "since x"));
  const auto position = sync().position(account);
  CHECK(position->scope == "since x");
  CHECK(position->streams.at(0).cursor.value.empty());
  CHECK_FALSE(position->streams.at(0).enumerating);
  CHECK(wanted() == "s+");
  CHECK(find("in:anywhere") == "s");
}

TEST_CASE_FIXTURE(Gmail, "a failed message waits and is counted") {
  apply("mailbox", {present("m", {}, at(5)), present("n", {}, at(4))});
  REQUIRE(sync().postpone(account, RemoteId("m"), "cut off", at(kNoon + 60)));
  CHECK(wanted() == "n");
  const auto counts = sync().counts(account);
  CHECK(counts->remaining == 2);
  CHECK(counts->failed == 1);
  const auto later = sync().next_wanted(account, 10, at(kNoon + 60));
  REQUIRE(later->size() == 2);
  CHECK(later->front().id == RemoteId("m"));
  CHECK(later->front().attempts == 1);
}

TEST_CASE_FIXTURE(Gmail, "storing takes a message off the queue") {
  apply("mailbox", {present("m")});
  store({.id = "m"});
  CHECK(wanted().empty());
  CHECK(sync().counts(account)->messages == 1);
  CHECK(sync().counts(account)->remaining == 0);
}

TEST_CASE_FIXTURE(Gmail, "a message that is no longer wanted leaves nothing behind") {
  apply("mailbox", {present("m", marks({"INBOX"})), present("n")});
  CHECK(wanted() == "m+ n");
  const std::vector<RemoteId> unwanted{RemoteId("m"), RemoteId("n"), RemoteId("unknown")};
  REQUIRE(sync().drop_wanted(account, unwanted));
  CHECK(wanted().empty());
  CHECK(apply("mailbox", {gone("m")}).deleted == 0);
}

TEST_CASE_FIXTURE(Gmail, "marks that change while a message is being fetched are not lost") {
  apply("mailbox", {present("m")});
  // Fetched here, with the marks of this moment; then, before it is stored:
  MarksPatch patch;
  patch.unread = false;
  patch.add = ids({"L1"});
  patch.remove = ids({"INBOX"});
  apply("mailbox", {present("m", patch)});
  MarksPatch later;
  later.remove = ids({"L1"});
  later.add = ids({"L2"});
  apply("mailbox", {present("m", later)});
  store({.id = "m", .labels = {"INBOX"}, .unread = true});
  CHECK_FALSE(row("m").unread);
  CHECK(join(row("m").folders) == "archive");
  CHECK(join(row("m").labels) == "Work/Old plans");
}

TEST_CASE_FIXTURE(Gmail, "without a received date the Date header counts, but no later than now") {
  NewMessage message = make({.id = "past"});
  message.received.reset();
  message.parsed.date = at(kNoon - 500);
  NewMessage future = make({.id = "future"});
  future.received.reset();
  future.parsed.date = at(kNoon + 100'000);
  NewMessage ancient = make({.id = "ancient"});
  ancient.received = at(-5000);
  const std::vector<NewMessage> all{message, future, ancient};
  REQUIRE(sync().store_messages(account, all, at(kNoon)));
  CHECK(row("past").received == at(kNoon - 500));
  CHECK(row("future").received == at(kNoon));
  CHECK(list() == "future past ancient");
}

TEST_CASE_FIXTURE(Gmail, "a message that is stored again is replaced and keeps its number") {
  store({.id = "m", .body = "first apple", .from = "ada@example.org", .files = {"a.pdf"}});
  const auto before = row("m");
  store({.id = "m", .body = "second pear", .from = "eve@example.org", .received = kNoon - 10});
  const auto after = row("m");
  CHECK(after.id == before.id);
  CHECK_FALSE(after.has_attachments);
  CHECK(reader().raw(after.id)->bytes().value() == "raw m\r\n\r\nsecond pear");
  CHECK(find("apple").empty());
  CHECK(find("pear") == "m");
  CHECK(find("from:ada@").empty());
  CHECK(find("from:eve@") == "m");
  CHECK(sync().counts(account)->messages == 1);
}

TEST_CASE_FIXTURE(Gmail, "of a message that comes twice in one batch the last one counts") {
  const std::vector<NewMessage> both{make({.id = "m", .body = "apple"}), make({.id = "m", .body = "pear"})};
  REQUIRE(sync().store_messages(account, both, at(kNoon)));
  CHECK(list() == "m");
  CHECK(find("pear") == "m");
  CHECK(find("apple").empty());
}

TEST_CASE_FIXTURE(Gmail, "ids that differ in case alone are different messages") {
  store({.id = "AAb"});
  store({.id = "AAB"});
  CHECK(list() == "AAB AAb");
  CHECK(apply("mailbox", {gone("AAb")}).deleted == 1);
  CHECK(list() == "AAB");
}

TEST_CASE_FIXTURE(Gmail, "attack 73: ids made of SQL are ids like any other") {
  const std::string hostile = "x'; DROP TABLE message; --";
  store({.id = "other"});
  store({.id = hostile});
  CHECK(row(hostile).remote_id.value == hostile);
  CHECK(apply("mailbox", {gone(hostile)}).deleted == 1);
  CHECK(list() == "other");
}

TEST_CASE_FIXTURE(Gmail, "numbers of messages are never used again") {
  store({.id = "a"});
  const auto first = row("a").id;
  apply("mailbox", {gone("a")});
  store({.id = "b"});
  CHECK(row("b").id > first);
}

TEST_CASE_FIXTURE(Gmail, "raw mail of any size comes back byte by byte") {
  std::string large;
  for (unsigned i = 0; large.size() < (std::size_t{3} << 20); ++i) large += std::to_string(i * 7919) + "\r\n";
  for (const std::string& bytes : {std::string(), std::string("\0\xff\r\n", 4), large}) {
    NewMessage message = make({.id = "m"});
    BlobWriter writer;
    REQUIRE(writer.append(bytes));
    message.raw = std::move(writer).finish().value();
    REQUIRE(sync().store_messages(account, {&message, 1}, at(kNoon)));
    CHECK((reader().raw(row("m").id)->bytes().value() == bytes));
    CHECK(row("m").size == bytes.size());
  }
}

TEST_CASE_FIXTURE(Gmail, "content that is not there is not found") {
  CHECK(reader().raw(MessageId(77)).error().code == Code::not_found);
  apply("mailbox", {present("m", marks({"INBOX"}))});  // row without content
  CHECK(reader().raw(MessageId(1)).error().code == Code::not_found);
  CHECK_FALSE(reader().find(MessageId(1))->has_value());
  CHECK(list().empty());
}

TEST_CASE_FIXTURE(Gmail, "purging an account leaves no trace of it and all of the others") {
  const AccountId other(2);
  gmail_folders(other);
  store({.id = "m", .subject = "zebra", .body = "unicorn", .from = "secretperson@example.org"});
  store(other, {.id = "o", .subject = "horse", .body = "", .from = "bob@example.com"});
  NewMessage kept = make({.id = "k"});
  kept.raw = Blob("From: carol@example.com\r\nSubject: donkey\r\n\r\nkept giraffe\r\n");
  REQUIRE(sync().store_messages(other, {&kept, 1}, at(kNoon)));
  // Random bytes do not shrink: a piece of them is in the file as it is, in the middle of a zstd frame.
  const std::string noise = SeededRandom().bytes(4096);
  NewMessage secret = make({.id = "s"});
  secret.raw = Blob("Subject: s\r\n\r\n" + noise);
  REQUIRE(sync().store_messages(account, {&secret, 1}, at(kNoon)));
  OutboxRow outgoing;
  outgoing.account = account;
  outgoing.subject = "narwhal";
  REQUIRE(mail->outbox().add(outgoing, Blob("narwhal")));
  const std::string compressed = noise.substr(2048, 64);
  REQUIRE((read_text(folder.file("mail.db")) + read_text(folder.file("mail.db-wal"))).find(compressed) !=
          std::string::npos);
  REQUIRE(mail->runs().begin(account, RunKind::sync, at(kNoon)));

  REQUIRE(sync().purge(account, kParser));
  CHECK(find("in:anywhere") == "k o");
  CHECK(find("giraffe") == "k");
  CHECK(sync().counts(account)->messages == 0);
  CHECK(sync().counts(other)->messages == 2);
  CHECK(sync().position(account)->streams.empty());
  mail.reset();
  const auto file = read_text(folder.file("mail.db")) + read_text(folder.file("mail.db-wal"));
  REQUIRE(file.find("giraffe") != std::string::npos);  // the index is readable text
  for (const auto* word : {"zebra", "unicorn", "secretperson", "narwhal"}) {
    CHECK_MESSAGE(file.find(word) == std::string::npos, word);
  }
  CHECK(file.find(compressed) == std::string::npos);
}

}  // namespace
}  // namespace mailmgr::store
