// Notes, to-dos and saved searches: what they survive, and who hears of them.
#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

struct Annotated : MailFixture {
  Annotated() {
    gmail_folders(account);
    store({.id = "a"});
    store({.id = "b", .received = kNoon - 1});
    REQUIRE(mail->notes().put_note(row("a").id, "call the lawyer", at(kNoon)));
    REQUIRE(mail->notes().put_todo(row("a").id, {.due = at(kNoon + 60), .added = at(kNoon)}));
  }
  std::size_t told() { return mail->changes().after(0, {}, 1000)->size(); }
  void check_a_has_it() {
    const auto found = row("a");
    CHECK(found.note == "call the lawyer");
    CHECK(found.todo);
    CHECK(found.todo_due == at(kNoon + 60));
    CHECK(find("lawyer") == "a");
    CHECK(find("is:todo") == "a");
  }
};

}  // namespace

TEST_CASE_FIXTURE(Annotated, "a note and a to-do are shown with their message, changed, and taken away") {
  check_a_has_it();
  CHECK_FALSE(row("b").note.has_value());
  CHECK_FALSE(row("b").todo);
  const auto id = row("a").id;
  REQUIRE(mail->notes().put_note(id, "call the notary", at(kNoon + 5)));
  CHECK(find("lawyer").empty());
  CHECK(find("note:notary") == "a");
  CHECK(mail->notes().find_note(id)->value().changed == at(kNoon + 5));
  CHECK(mail->notes().clear_note(id).value());
  CHECK_FALSE(mail->notes().clear_note(id).value());
  CHECK(find("notary").empty());
  CHECK(find("has:note").empty());
  CHECK(row("a").todo);  // the one does not take the other along
  Todo todo = mail->notes().find_todo(id)->value();
  todo.done = at(kNoon + 9);
  REQUIRE(mail->notes().put_todo(id, todo));
  CHECK_FALSE(row("a").todo);
  CHECK_FALSE(row("a").todo_due.has_value());
  CHECK(mail->notes().todos(false)->empty());
  CHECK(mail->notes().todos(true)->size() == 1);
  CHECK(mail->notes().put_note(MessageId(999), "x", at(kNoon)).error().code == Code::not_found);
  CHECK(mail->notes().put_todo(MessageId(999), {}).error().code == Code::not_found);
}

TEST_CASE_FIXTURE(Annotated, "the change feed hears of what changes, and not of what stays as it is") {
  const auto before = told();
  REQUIRE(mail->notes().put_note(row("a").id, "call the lawyer", at(kNoon + 50)));
  REQUIRE(mail->notes().put_todo(row("a").id, {.due = at(kNoon + 60), .added = at(kNoon)}));
  CHECK(told() == before);
  REQUIRE(mail->notes().put_note(row("b").id, "x", at(kNoon)));
  CHECK(told() == before + 1);
  CHECK(mail->changes().after(0, {}, 1000)->back().event == ChangeEvent::changed);
}

TEST_CASE_FIXTURE(Annotated, "what is kept with a message waits while it is gone, and comes back with it") {
  const auto id = row("a").id;
  SUBCASE("fetched again over itself") {
    store({.id = "a"});
    CHECK(row("a").id == id);
  }
  SUBCASE("gone and restored under another id") {
    apply("mailbox", {gone("a")});
    CHECK(find("lawyer").empty());
    CHECK(find("is:todo").empty());
    CHECK(mail->notes().todos(false)->empty());
    store({.id = "other"});
    CHECK(find("lawyer").empty());
    NewMessage again = make({.id = "a2"});
    again.parsed.message_id = "<a@example.org>";
    REQUIRE(sync().store_messages(account, {&again, 1}, at(kNoon)));
    CHECK(find("lawyer") == "a2");
    CHECK(row("a2").todo);
    apply("mailbox", {gone("a2")});
    store({.id = "a"});
  }
  SUBCASE("without a Message-ID, under the same id") {
    NewMessage bare = make({.id = "bare"});
    bare.parsed.message_id.clear();
    REQUIRE(sync().store_messages(account, {&bare, 1}, at(kNoon)));
    REQUIRE(mail->notes().put_note(row("bare").id, "bare note", at(kNoon)));
    apply("mailbox", {gone("bare")});
    REQUIRE(sync().store_messages(account, {&bare, 1}, at(kNoon)));
    CHECK(row("bare").note == "bare note");
  }
  SUBCASE("a copy that is here already takes it over") {
    NewMessage copy = make({.id = "copy"});
    copy.parsed.message_id = "<a@example.org>";
    REQUIRE(sync().store_messages(account, {&copy, 1}, at(kNoon)));
    CHECK_FALSE(row("copy").todo);
    apply("mailbox", {gone("a")});
    CHECK(row("copy").note == "call the lawyer");
    apply("mailbox", {gone("copy")});
    store({.id = "a"});
  }
  SUBCASE("not to another account's message") {
    gmail_folders(AccountId(2));
    apply("mailbox", {gone("a")});
    NewMessage theirs = make({.id = "theirs"});
    theirs.parsed.message_id = "<a@example.org>";
    REQUIRE(sync().store_messages(AccountId(2), {&theirs, 1}, at(kNoon)));
    CHECK_FALSE(row("theirs").note.has_value());
    store({.id = "a"});
  }
  SUBCASE("the scope is changed and the store opened anew") {
    REQUIRE(sync().change_scope(account, "since 2026"));
    reopen();
  }
  check_a_has_it();
}

TEST_CASE_FIXTURE(Annotated, "a purge takes the account's notes, waiting ones too, and leaves no word of them") {
  gmail_folders(AccountId(2));
  store(AccountId(2), {.id = "kept"});
  REQUIRE(mail->notes().put_note(row("kept").id, "giraffe", at(kNoon)));
  REQUIRE(mail->notes().put_note(row("b").id, "unicornnote", at(kNoon)));
  apply("mailbox", {gone("b")});
  mail->hide({account});
  CHECK(mail->notes().find_note(MessageId(1)).error().code == Code::not_found);
  CHECK(mail->notes().todos(false)->empty());
  mail->hide({});
  REQUIRE(sync().purge(account, kParser));
  CHECK(find("giraffe") == "kept");
  mail.reset();
  const auto left = read_text(folder.file("mail.db"));
  CHECK(left.find("giraffe") != std::string::npos);
  CHECK(left.find("unicornnote") == std::string::npos);
  CHECK(left.find("lawyer") == std::string::npos);
}

TEST_CASE_FIXTURE(Annotated, "to-dos come by when they are due, those without a date last") {
  for (const auto* id : {"c", "d"}) store({.id = id, .received = kNoon - 9});
  REQUIRE(mail->notes().put_todo(row("b").id, {.added = at(kNoon)}));
  REQUIRE(mail->notes().put_todo(row("c").id, {.due = at(kNoon - 5), .added = at(kNoon)}));
  REQUIRE(mail->notes().put_todo(row("d").id, {.due = at(kNoon + 500), .added = at(kNoon - 1)}));
  std::vector<std::string> order;
  const auto todos = mail->notes().todos(false).value();
  for (const auto& todo : todos) {
    order.push_back((*reader().find(todo.message))->remote_id.value);
  }
  CHECK(join(order) == "c a d b");
}

TEST_CASE_FIXTURE(MailFixture, "names of a store of an earlier version are found without their accents") {
  gmail_folders(account);
  mail.reset();
  {
    SQLite::Database old(folder.file("mail.db"), SQLite::OPEN_READWRITE);
    old.exec("INSERT INTO address (email, name, folded) VALUES ('j@example.org', 'José', 'josé <j@example.org>')");
    old.exec("DROP TABLE note_search; DROP TABLE annotation; DROP TABLE saved_search; DROP TABLE imported");
    old.exec("ALTER TABLE folder DROP COLUMN color; PRAGMA user_version = 6");
  }
  reopen();
  mail.reset();
  SQLite::Database now(folder.file("mail.db"));
  CHECK(now.execAndGet("SELECT folded FROM address").getString() == "jose <j@example.org>");
}

TEST_CASE_FIXTURE(MailFixture, "searches are saved, replaced, listed by name and forgotten") {
  auto& searches = mail->saved_searches();
  CHECK(searches.list()->empty());
  REQUIRE(searches.put({"work", "label:work", at(kNoon)}));
  REQUIRE(searches.put({"bills", "invoice", at(kNoon)}));
  REQUIRE(searches.put({"work", "label:work is:unread", at(kNoon + 1)}));
  REQUIRE(searches.list()->size() == 2);
  CHECK(searches.list()->front().name == "bills");
  CHECK(searches.find("work")->value().query == "label:work is:unread");
  CHECK_FALSE(searches.find("Work")->has_value());
  CHECK(searches.remove("work").value());
  CHECK_FALSE(searches.remove("work").value());
}

}  // namespace mailmgr::store
