// list, search and folders over a store of their own, in one process.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cmd/run.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

constexpr std::int64_t kFirstReceived = 1'769'860'800;  // 2026-01-31T12:00:00Z

Folder place(const std::string& id, Folder::Kind kind, Role role, const std::string& path) {
  return {FolderId(id), kind, role, path};
}

// Two accounts: "work" at Google, with labels, and "home" at Microsoft, with folders. Each message is a second younger
// than the one before; ids are 1, 2, 3 … in the order they are put in.
struct ReadingStore {
  TempFolder home;

  ReadingStore() {
    auto tokens = *store::TokenStore::open(home.file("data"), store::OpenMode::write);
    for (const auto& [name, kind] : {std::pair{"work", ProviderKind::google}, {"home", ProviderKind::microsoft}}) {
      AccountRecord account;
      account.name = name;
      account.email = std::string(name) + "@example.org";
      account.kind = kind;
      account.grant = *tokens->grants().create({});
      REQUIRE(tokens->accounts().add(account));
    }
    mail_ = *store::MailStore::open(home.file("data"), store::OpenMode::write);
    using Kind = Folder::Kind;
    Folders work, other;
    work.folders = {place("INBOX", Kind::folder, Role::inbox, "INBOX"),
                    place("L1", Kind::label, Role::none, "Follow up"),
                    place("L2", Kind::label, Role::none, "Clients/Acme"), place("L3", Kind::label, Role::none, "Büro")};
    other.folders = {place("f1", Kind::folder, Role::inbox, "Posteingang"),
                     place("f2", Kind::folder, Role::none, "Projects/2026")};
    work.streams = {StreamId("mailbox")};
    other.streams = {StreamId("f1"), StreamId("f2")};
    REQUIRE(mail_->sync().save_folders(AccountId(1), work, from_unix_seconds(kFirstReceived)));
    REQUIRE(mail_->sync().save_folders(AccountId(2), other, from_unix_seconds(kFirstReceived)));
  }

  void put(std::int64_t account, const std::string& where, const std::string& thread, const std::string& subject) {
    NewMessage message;
    message.id = RemoteId("r" + std::to_string(++messages_));
    message.thread = ThreadId(thread);
    message.received = from_unix_seconds(kFirstReceived + messages_);
    message.marks.unread = true;
    message.marks.complete = true;
    message.marks.labels.emplace();
    if (account == 1) message.marks.labels->emplace_back(where);
    if (account == 2) message.marks.folder = FolderId(where);
    message.raw = Blob("Subject: " + subject + "\r\n\r\n");
    message.parsed.subject = subject;
    message.parsed.from = {{"Ada", "ada@example.org"}};
    REQUIRE(mail_->sync().store_messages(AccountId(account), {&message, 1}, from_unix_seconds(kFirstReceived)));
  }

  struct Read {
    int code;
    std::string out, err;
  };
  Read read(std::vector<std::string> words) const {
    words.insert(words.end(), {"--home", home.path()});
    std::ostringstream out, err;
    const int code = run(words, out, err, Stop());
    return {code, out.str(), err.str()};
  }
  // What --ids prints, in one line.
  std::string ids(std::vector<std::string> words) const {
    words.emplace_back("--ids");
    const Read done = read(std::move(words));
    CHECK_MESSAGE(done.code == 0, done.err);
    std::string text;
    std::istringstream lines(done.out);
    for (std::string line; std::getline(lines, line);) text += (text.empty() ? "" : " ") + line;
    return text;
  }

 private:
  std::unique_ptr<store::MailStore> mail_;
  int messages_ = 0;
};

}  // namespace

TEST_CASE_FIXTURE(ReadingStore, "list understands every name of a folder that in: does, and no other") {
  put(1, "L1", "t1", "call back");
  put(1, "L2", "t2", "offer");
  put(1, "L3", "t3", "desk");
  put(2, "f2", "t4", "plan");
  for (const auto& [name, found] : std::vector<std::pair<std::string, std::string>>{{"Follow up", "1"},
                                                                                    {"follow-up", "1"},
                                                                                    {"\"follow up\"", "1"},
                                                                                    {"clients-acme", "2"},
                                                                                    {"clients/*", "2"},
                                                                                    {"L2", "2"},
                                                                                    {"BÜRO", "3"},
                                                                                    {"projects-2026", "4"},
                                                                                    {"projects/*", "4"},
                                                                                    {"inbox", ""},
                                                                                    {"SPAM", ""},
                                                                                    {"spam/*", ""},
                                                                                    {"anywhere", "4 3 2 1"}}) {
    CAPTURE(name);
    CHECK(ids({"list", name}) == found);
    CHECK(ids({"list", name, "--unread"}) == found);
    std::string quoted = name;
    std::erase(quoted, '"');
    CHECK(ids({"search", "in:\"" + quoted + "\""}) == found);
  }
  for (const std::string name : {"follow_up", "clients", "büro/*x", "projects", "nowhere-at-all"}) {
    CAPTURE(name);
    const Read refused = read({"list", name});
    CHECK(refused.code == 5);
    CHECK(refused.err.find("no folder or label \"" + name + "\"") != std::string::npos);
  }
  for (const std::string name : {"", " ", "\""}) CHECK(read({"list", name}).code == 2);
}

TEST_CASE_FIXTURE(ReadingStore, "a folder that only another account has is none where -a names the account") {
  put(1, "L1", "t1", "call back");
  put(2, "f2", "t2", "plan");
  CHECK(ids({"list", "follow-up", "-a", "work"}) == "1");
  CHECK(ids({"-a", "home", "list", "Projects/2026"}) == "2");
  CHECK(read({"list", "follow-up", "-a", "home"}).code == 5);
  CHECK(read({"-a", "work", "list", "Projects/2026"}).code == 5);
  CHECK(ids({"list", "archive", "-a", "home"}).empty());  // every account has that
}

TEST_CASE_FIXTURE(ReadingStore, "a folder that only another account has is none where messages of one are changed") {
  put(1, "L1", "t1", "call back");
  put(2, "f2", "t2", "plan");
  for (const std::string command : {"trash", "todo done"}) {
    CAPTURE(command);
    std::vector<std::string> words{"--query", "in:anywhere -label:projects-2026"};
    if (command == "trash") words.insert(words.begin(), {"trash", "--dry-run"});
    if (command != "trash") words.insert(words.begin(), {"todo", "done"});
    const Read refused = read(words);
    CHECK(refused.code == 5);
    CHECK(refused.out.empty());
    CHECK(refused.err.find(command + " --query: there is no folder or label \"projects-2026\"") != std::string::npos);
    words.insert(words.end(), {"-a", "home"});
    CHECK(read(words).code == 0);
  }
  CHECK(read({"todo", "add", "--all-accounts", "--query", "-label:projects-2026", "--json"}).out.find("\"id\":1,") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(ReadingStore, "a saved search that names a folder which is no longer there is named with it") {
  REQUIRE(read({"search", "--save", "old", "in:gone"}).code == 0);
  const Read refused = read({"list", "@old"});
  CHECK(refused.code == 5);
  CHECK(refused.err.find("list: there is no folder or label \"gone\"") != std::string::npos);
  CHECK(refused.err.find("@old") != std::string::npos);
}

TEST_CASE_FIXTURE(ReadingStore, "a word to leave out may follow when the account is named first") {
  put(1, "L1", "t1", "report of work");
  put(1, "INBOX", "t2", "report");
  put(2, "f1", "t3", "report");
  CHECK(ids({"-a", "work", "search", "report", "-in:inbox"}) == "1");
  CHECK(ids({"--account", "home", "search", "report", "-work"}) == "3");
  CHECK(read({"--json", "--fields", "id", "search", "report", "-in:inbox"}).out == "{\"id\":1}\n");
}

TEST_CASE_FIXTURE(ReadingStore, "--ids of conversations are those of their latest messages, of folders their names") {
  put(1, "INBOX", "t1", "tea");
  put(1, "INBOX", "t2", "coffee");
  put(1, "INBOX", "t1", "Re: tea");
  put(2, "f1", "t1", "tea elsewhere");
  CHECK(ids({"list", "--threads"}) == "4 3 2");
  CHECK(ids({"search", "tea", "--threads"}) == "4 3");
  for (const auto& command : {std::vector<std::string>{"folders"}, {"folder", "list"}}) {
    CHECK(ids(command) == "inbox Büro Clients/Acme Follow up inbox Projects/2026");
  }
  CHECK(ids({"folders", "-a", "home"}) == "inbox Projects/2026");
}

TEST_CASE_FIXTURE(ReadingStore, "page by page every message and conversation comes once, in the order of the list") {
  for (int i = 0; i < 23; ++i) {
    const bool work = i % 3 > 0;
    put(work ? 1 : 2, work ? "INBOX" : "f1", "t" + std::to_string(i % 7), "tea " + std::to_string(i));
  }
  for (const std::vector<std::string>& command : {std::vector<std::string>{"list"},
                                                  {"list", "inbox"},
                                                  {"list", "--threads"},
                                                  {"search", "tea"},
                                                  {"search", "tea", "--threads"},
                                                  {"search", "from:ada"}}) {
    CAPTURE(command.front());
    std::string all, last;
    for (int page = 0; page < 30; ++page) {
      auto words = command;
      words.insert(words.end(), {"--limit", "5"});
      if (!last.empty()) words.insert(words.end(), {"--before", last});
      const auto shown = ids(words);
      if (shown.empty()) break;
      all += (all.empty() ? "" : " ") + shown;
      last = shown.substr(shown.rfind(' ') + 1);
    }
    CHECK(all == ids(command));
    std::istringstream numbers(all);
    std::multiset<std::string> seen{std::istream_iterator<std::string>(numbers), {}};
    CHECK(seen.size() == std::set<std::string>(seen.begin(), seen.end()).size());
  }
}

TEST_CASE_FIXTURE(ReadingStore, "nothing found is exit 5 with --fail-empty, for folders too") {
  const TempFolder nothing;
  for (const auto& command : {std::vector<std::string>{"list"}, {"search", "tea"}, {"search", "--saved"}}) {
    CAPTURE(command.front());
    CHECK(read(command).code == 0);
    auto words = command;
    words.emplace_back("--fail-empty");
    CHECK(read(words).code == 5);
  }
  for (const auto& command : {std::vector<std::string>{"folders"}, {"folder", "list"}}) {
    CAPTURE(command.front());
    auto words = command;
    words.insert(words.end(), {"--fail-empty"});
    CHECK(read(words).code == 0);
    words.insert(words.end(), {"--home", nothing.path()});
    std::ostringstream out, err;
    CHECK(run(words, out, err, Stop()) == 5);
    CHECK(out.str().empty());
  }
}
