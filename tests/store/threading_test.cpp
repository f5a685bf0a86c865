// Conversations of messages whose provider tells none.
#include <algorithm>

#include "tests/store/mail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::store;

namespace {

struct Letter {
  std::string id, subject = "Tea", message_id, in_reply_to = {};
  std::vector<std::string> references = {};
  std::string thread = {};
};

class Threadless : public MailFixture {
 public:
  Threadless() { gmail_folders(account); }

  void store_letter(const Letter& letter, AccountId where = AccountId(1)) {
    NewMessage message = make({.id = letter.id, .subject = letter.subject, .thread = letter.thread});
    message.parsed.message_id = letter.message_id;
    message.parsed.in_reply_to = letter.in_reply_to;
    message.parsed.references = letter.references;
    message.received = at(kNoon + time++);
    REQUIRE(sync().store_messages(where, {&message, 1}, at(kNoon)));
  }

  // The remote ids of a message's conversation, oldest first.
  std::string conversation(const std::string& id) {
    const MessageRow one = row(id);
    auto rows = reader().thread(one.account, one.thread);
    REQUIRE(rows);
    std::string text;
    for (const auto& each : *rows) text += (text.empty() ? "" : " ") + each.remote_id.value;
    return text;
  }

  std::int64_t time = 0;
};

const std::vector<Letter> kChain{
    {.id = "root", .message_id = "<1@x>"},
    {.id = "answer", .subject = "Re: Tea", .message_id = "<2@x>", .in_reply_to = "<1@x>", .references = {"<1@x>"}},
    {.id = "second",
     .subject = "Coffee instead (was: Tea)",
     .message_id = "<3@x>",
     .in_reply_to = "<2@x>",
     .references = {"<1@x>", "<2@x>"}}};

}  // namespace

TEST_CASE_FIXTURE(Threadless, "answers join what they answer by References, in whatever order they are stored") {
  std::vector<int> order{0, 1, 2};
  int round = 0;
  do {
    CAPTURE(round);
    MailFixture::reopen();
    std::vector<std::string> ids;
    for (const int at : order) {
      Letter letter = kChain[static_cast<std::size_t>(at)];
      // Another conversation each round.
      const auto renamed = [&](std::string& id) { id.insert(1, "r" + std::to_string(round) + "-"); };
      letter.id += std::to_string(round);
      letter.subject += std::to_string(round);
      renamed(letter.message_id);
      if (!letter.in_reply_to.empty()) renamed(letter.in_reply_to);
      for (auto& id : letter.references) renamed(id);
      ids.push_back(letter.id);
      store_letter(letter);
    }
    CHECK(conversation(ids[0]) == ids[0] + " " + ids[1] + " " + ids[2]);
    ++round;
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE_FIXTURE(Threadless, "without References the subject ties messages together, whatever stands before it") {
  store_letter({.id = "a", .subject = "Weekly report", .message_id = "<a@x>"});
  store_letter({.id = "b", .subject = "AW: RE: weekly Report", .message_id = "<b@x>"});
  store_letter({.id = "c", .subject = "Weekly report 2", .message_id = "<c@x>"});
  store_letter({.id = "d", .subject = "", .message_id = "<d@x>"});
  store_letter({.id = "e", .subject = "", .message_id = "<e@x>"});
  CHECK(conversation("a") == "a b");
  CHECK(conversation("c") == "c");
  CHECK(conversation("d").empty());
}

TEST_CASE_FIXTURE(Threadless, "a conversation that the provider tells goes before References and subject") {
  store_letter({.id = "a", .message_id = "<a@x>", .thread = "t1"});
  store_letter({.id = "b", .message_id = "<b@x>", .references = {"<a@x>"}, .thread = "t2"});
  store_letter({.id = "c", .message_id = "<c@x>", .references = {"<a@x>"}});
  CHECK(conversation("b") == "b");
  CHECK(conversation("a") == "a c");
  CHECK(!is_own(row("c").thread));
  store_letter({.id = "d", .subject = "Alone", .message_id = "<d@x>"});
  CHECK(is_own(row("d").thread));
}

TEST_CASE_FIXTURE(Threadless, "a message that ties itself to nothing is no conversation with others of the kind") {
  store_letter({.id = "a", .subject = "", .message_id = ""});
  store_letter({.id = "b", .subject = "", .message_id = ""});
  CHECK(threads("in:anywhere") == "b:1:0 a:1:0");
  CHECK(conversation("a").empty());
}
