// show, attachment, note and todo over a store of their own, in one process: what they print, whom they are about, and
// what they come to where something is missing.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cmd/run.h"
#include "core/base/descriptor.h"
#include "core/mail/parse.h"
#include "store/store.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::int64_t kTeaTime = 1'769'860'800;  // 2026-01-31T12:00:00Z

constexpr const char* kTea =
    "From: Ada <ada@example.org>\r\nTo: a@gmail.test\r\nSubject: Tea\r\nMessage-ID: <tea@example.org>\r\n"
    "X-Kettle: on\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
    "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
    "--a\r\nContent-Type: text/plain\r\n\r\nYes, please.\r\n"
    "--a\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<p>Gr=FC=DF=1B[2J</p>\r\n--a--\r\n"
    "--m\r\nContent-Type: text/csv; name=\"a.csv\"\r\nContent-Disposition: attachment\r\n\r\n1,2\r\n--m--\r\n";
constexpr const char* kHtmlOfTea = "<p>Gr\xfc\xdf\x1b[2J</p>";

constexpr const char* kPlan =
    "From: Bob <bob@example.org>\r\nSubject: Plan\r\nMessage-ID: <plan@example.org>\r\n\r\nA plan.\r\n";

// Message 1, Tea, unread, and 2, Plan, of the default account; 3, Tea as well, of the other. The last is the newest.
struct StoredMail {
  struct Ended {
    int code;
    std::string out, err;
    std::vector<Json> lines() const { return parsed(out); }
    std::vector<Json> errors() const { return parsed(err); }

   private:
    static std::vector<Json> parsed(const std::string& text) {
      std::vector<Json> lines;
      std::istringstream all(text);
      for (std::string line; std::getline(all, line);) lines.push_back(Json::parse(line));
      return lines;
    }
  };

  TempFolder home;

  StoredMail() {
    unsetenv("MAILMGR_ACCOUNT");
    unsetenv("MAILMGR_ALLOW");
    auto tokens = *store::TokenStore::open(home.file("data"), store::OpenMode::write);
    auto mail = *store::MailStore::open(home.file("data"), store::OpenMode::write);
    for (const auto& [email, kind] :
         {std::pair{"a@gmail.test", ProviderKind::google}, {"b@outlook.test", ProviderKind::microsoft}}) {
      AccountRecord account;
      account.name = account.email = email;
      account.provider = to_string(kind);
      account.kind = kind;
      account.grant = *tokens->grants().create({});
      account.id = *tokens->accounts().add(account);
      Folders folders;
      folders.folders = {{FolderId("INBOX"), Folder::Kind::folder, Role::inbox, "INBOX"}};
      folders.streams = {StreamId("INBOX")};
      REQUIRE(mail->sync().save_folders(account.id, folders, from_unix_seconds(kTeaTime)));
    }
    put(*mail, 1, kTea, true);
    put(*mail, 1, kPlan, false);
    put(*mail, 2, kTea, false);
  }

  // With standard output that is no terminal, wherever the test runs.
  Ended run(std::vector<std::string> words, const std::string& input = {}) const {
    words.insert(words.end(), {"--home", home.path(), "--no-input"});
    std::istringstream given(input);
    auto* const before = std::cin.rdbuf(given.rdbuf());
    std::cin.clear();
    const Descriptor screen(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)), nothing(::open("/dev/null", O_WRONLY));
    std::cout.flush();
    ::dup2(nothing.get(), STDOUT_FILENO);
    std::ostringstream out, err;
    const int code = mailmgr::run(words, out, err, Stop());
    ::dup2(screen.get(), STDOUT_FILENO);
    std::cin.rdbuf(before);
    return {code, out.str(), err.str()};
  }
  int code(std::vector<std::string> words) const { return run(std::move(words)).code; }
  std::string out(std::vector<std::string> words) const { return run(std::move(words)).out; }
  // The ids of the items that a command tells of in JSON, in one line.
  std::string told(std::vector<std::string> words, const std::string& input = {}) const {
    words.emplace_back("--json");
    std::string ids;
    for (const auto& line : run(std::move(words), input).lines()) ids += (ids.empty() ? "" : " ") + line["id"].dump();
    return ids;
  }

 private:
  void put(store::MailStore& mail, std::int64_t account, const std::string& raw, bool unread) {
    NewMessage message;
    message.id = RemoteId("r" + std::to_string(++messages_));
    message.received = from_unix_seconds(kTeaTime + messages_);
    message.marks.unread = unread;
    message.marks.complete = true;
    message.marks.folder = FolderId("INBOX");
    message.marks.labels = {FolderId("INBOX")};
    message.raw = Blob(raw);
    message.parsed = *parse_message(message.raw);
    REQUIRE(mail.sync().store_messages(AccountId(account), {&message, 1}, from_unix_seconds(kTeaTime)));
  }

  int messages_ = 0;
};

bool holds(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(StoredMail, "show tells of every message that it could not show, and that the others were shown") {
  const Ended partly = run({"show", "998", "1", "999"});
  CHECK(partly.code == 7);
  CHECK(partly.out.starts_with("Id: 1\n"));
  CHECK(holds(partly.err, "there is no message 998\n"));
  CHECK(holds(partly.err, "there is no message 999\n"));
  CHECK(run({"show", "1", "998", "999", "--json"}).errors().size() == 2);
  CHECK(code({"show", "998", "999"}) == 5);
  CHECK(holds(out({"show", "2", "1"}), "\nA plan.\n\nId: 1\n"));
}

TEST_CASE_FIXTURE(StoredMail, "show prints the ids, keys and headers that are asked for") {
  CHECK(out({"show", "3", "1", "--ids"}) == "3\n1\n");
  CHECK(code({"show", "1", "99", "--ids"}) == 7);
  CHECK(out({"show", "1", "--json", "--fields", "subject,id"}) == "{\"subject\":\"Tea\",\"id\":1}\n");
  CHECK(out({"show", "2", "--fields", "id,subject,body_text"}) == "2\tPlan\tA plan.\\n\n");
  const Ended unknown = run({"show", "1", "--fields", "nonsense"});
  CHECK(unknown.code == 2);
  CHECK(unknown.out.empty());
  const Json all = run({"show", "1", "--json"}).lines().at(0);
  CHECK(all["headers"].size() == 7);
  CHECK(all["body_text"] == "Yes, please.\n");
  const Json chosen = run({"show", "1", "--json", "--header", "x-kettle,Subject"}).lines().at(0);
  CHECK(chosen["headers"].dump() == R"([{"name":"X-Kettle","value":"on"},{"name":"Subject","value":"Tea"}])");
  for (const char* option : {"--ids", "--json", "--fields=id"}) CHECK(code({"show", "1", "--raw", option}) == 2);
}

TEST_CASE_FIXTURE(StoredMail,
                  "--fields chooses the JSON keys of every command, and names that it does not have are refused") {
  CHECK(out({"note", "2", "call back", "--json", "--fields", "ok,id"}) == "{\"ok\":true,\"id\":2}\n");
  CHECK(out({"note", "2", "--json", "--fields", "note"}) == "{\"note\":\"call back\"}\n");
  CHECK(out({"todo", "add", "1", "--json", "--fields", "id"}) == "{\"id\":1}\n");
  CHECK(out({"search", "--explain", "tea", "--json", "--fields", "query"}) == "{\"query\":\"tea\"}\n");
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"note", "2", "later"}, {"todo", "add", "2"}, {"vacation", "show"}, {"search", "--explain", "tea"}}) {
    CAPTURE(command.front());
    auto words = command;
    words.insert(words.end(), {"--json", "--fields", "nosuch"});
    const Ended refused = run(words);
    CHECK(refused.code == 2);
    CHECK(refused.out.empty());
    CHECK(holds(refused.err, "nosuch"));
    CHECK(holds(refused.err, "choose from: "));
  }
  CHECK(out({"note", "2"}) == "call back\n");
  CHECK(code({"list", "--threads", "--json", "--fields", "latest_id,count,participants"}) == 0);
}

TEST_CASE_FIXTURE(StoredMail, "what is a text is not printed where ids or columns are asked for, and nothing is done") {
  REQUIRE(code({"note", "2", "call back"}) == 0);
  for (const auto& command : std::vector<std::vector<std::string>>{{"note", "2"},
                                                                   {"note", "2", "later"},
                                                                   {"vacation", "show"},
                                                                   {"search", "--explain", "tea"},
                                                                   {"search", "--save", "s", "tea"},
                                                                   {"search", "--forget", "s"},
                                                                   {"sync"},
                                                                   {"help"}}) {
    for (const char* option : {"--ids", "--fields=id"}) {
      CAPTURE(command.front());
      auto words = command;
      words.emplace_back(option);
      const Ended refused = run(words);
      CHECK(refused.code == 2);
      CHECK(refused.out.empty());
    }
  }
  CHECK(out({"note", "2"}) == "call back\n");
  CHECK(code({"search", "--saved", "--fail-empty"}) == 5);
  // Of these the ids can be asked for; columns have only what would be done.
  for (const std::string field : {"id", "nosuch"}) {
    CHECK(code({"mark", "1", "--read", "--fields", field}) == 2);
  }
  CHECK(code({"mark", "1", "--read", "-n", "--fields", "nosuch"}) == 2);
  const Ended refused = run({"filter", "add", "--from", "a", "--read", "--fields", "nosuch"});
  CHECK(refused.code == 2);
  for (const std::string key : {" id,", " account,", " to,", " ok,"}) CHECK(holds(refused.err, key));
  CHECK(out({"list", "--ids", "--json", "--fields", "id", "--limit", "1"}) == "{\"id\":3}\n");
}

TEST_CASE_FIXTURE(StoredMail, "commands that read take a query, about all accounts or those that are selected") {
  CHECK(out({"show", "--query", "subject:tea", "--ids"}) == "3\n1\n");
  CHECK(out({"show", "--query", "subject:tea", "--ids", "-a", "a@gmail.test"}) == "1\n");
  CHECK(out({"attachment", "list", "--query", "subject:tea", "--ids"}) == "3\n1\n");
  CHECK(told({"attachment", "save", "--query", "in:anywhere", "-o", home.file("saved")}) == "3 1");
  CHECK(told({"todo", "add", "1", "3"}) == "1 3");
  CHECK(told({"todo", "list", "--query", "in:anywhere"}) == "1 3");
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"show"}, {"attachment", "list"}, {"attachment", "save"}, {"todo", "add"}, {"todo", "done"}}) {
    for (const auto& more : std::vector<std::vector<std::string>>{{}, {"--query", " "}, {"1", "--query", "tea"}}) {
      auto words = command;
      words.insert(words.end(), more.begin(), more.end());
      CHECK(code(words) == 2);
    }
  }
  CHECK(code({"show", "--query", "subject:nothing"}) == 0);
  CHECK(code({"show", "--query", "subject:nothing", "--fail-empty"}) == 5);
}

TEST_CASE_FIXTURE(StoredMail, "messages of another account than those that -a selects are refused") {
  for (const auto& command : std::vector<std::vector<std::string>>{{"show"},
                                                                   {"attachment", "list"},
                                                                   {"attachment", "save", "-o", home.file("saved")},
                                                                   {"note"},
                                                                   {"todo", "add"},
                                                                   {"todo", "done"},
                                                                   {"todo", "list"}}) {
    CAPTURE(command.back());
    auto words = command;
    words.insert(words.end(), {"1", "-a", "b@outlook.test"});
    const Ended refused = run(words);
    CHECK(refused.code == 2);
    CHECK(refused.out.empty());
    CHECK(holds(refused.err, "message 1 is one of a@gmail.test, which is not selected"));
  }
  CHECK(code({"show", "1", "3", "-a", "b@outlook.test", "-a", "a@gmail.test"}) == 0);
}

TEST_CASE_FIXTURE(StoredMail, "to-dos that a query finds are those of one account, unless several are meant") {
  CHECK(told({"todo", "add", "--query", "in:anywhere"}) == "2 1");
  CHECK(told({"todo", "add", "--query", "in:anywhere", "-a", "b@outlook.test"}) == "3");
  CHECK(told({"todo", "done", "--query", "in:anywhere", "--all-accounts"}) == "3 2 1");
  setenv("MAILMGR_ACCOUNT", "b@outlook.test", 1);
  CHECK(told({"todo", "add", "--query", "in:anywhere"}) == "3");
  CHECK(told({"todo", "add", "1"}) == "1");  // an id says which account it is of
  unsetenv("MAILMGR_ACCOUNT");
}

TEST_CASE_FIXTURE(StoredMail, "what one command prints in JSON the next takes, and failures name no account") {
  CHECK(told({"todo", "done", "-"}, run({"todo", "add", "2", "--json"}).out) == "2");
  CHECK(told({"todo", "add", "-"}, run({"note", "2", "call back", "--json"}).out) == "2");
  CHECK(told({"mark", "-", "--read", "--dry-run"}, run({"todo", "add", "1", "3", "--json"}).out) == "1 3");
  const Ended partly = run({"todo", "add", "1", "99999", "--json"});
  CHECK(partly.code == 7);
  CHECK(partly.lines().at(1)["id"] == 99999);
  CHECK(partly.lines().at(1)["error"]["code"] == "not_found");
  REQUIRE(partly.errors().size() == 1);
  CHECK_FALSE(partly.errors()[0]["error"].contains("account"));
  CHECK(code({"todo", "add", "99998", "99999"}) == 5);
  CHECK(code({"todo", "done", "1", "2", "--dry-run"}) == 0);
  CHECK(run({"note", "99999", "x", "--json"}).lines().at(0)["id"] == 99999);
}

TEST_CASE_FIXTURE(StoredMail, "attachment save tells in JSON of each message that it saved nothing of") {
  const Ended partly = run({"attachment", "save", "1", "999", "-o", home.file("saved"), "--json"});
  CHECK(partly.code == 7);
  const auto items = partly.lines();
  REQUIRE(items.size() == 2);
  CHECK(items[0]["ok"] == true);
  CHECK(items[1]["id"] == 999);
  CHECK(items[1]["ok"] == false);
  CHECK(items[1]["error"]["code"] == "not_found");
  CHECK(partly.errors().size() == 1);
  CHECK(code({"attachment", "save", "999", "1", "--part", "9", "-o", home.file("saved")}) == 5);
  CHECK(code({"attachment", "list", "1", "999"}) == 7);
  CHECK(code({"attachment", "list", "998", "999"}) == 5);
  CHECK(code({"attachment", "save", "2", "1", "--fail-empty", "-o", home.file("saved")}) == 0);
  CHECK(code({"attachment", "save", "2", "--fail-empty", "-o", home.file("saved")}) == 5);
}

TEST_CASE_FIXTURE(StoredMail, "a folder that is not there is a mistake in the command line, whatever is to go there") {
  const auto nowhere = home.file("none/deep");
  for (const auto& words : std::vector<std::vector<std::string>>{{"attachment", "save", "1", "3", "-o", nowhere},
                                                                 {"export", "--format", "eml", "-o", nowhere},
                                                                 {"stats", "--html", nowhere}}) {
    CAPTURE(words.front());
    const Ended refused = run(words);
    CHECK(refused.code == 2);
    CHECK(holds(refused.err, "the folder it is to be in is not there\n"));
    CHECK(refused.err.find("mailmgr: ") == refused.err.rfind("mailmgr: "));
  }
  CHECK_FALSE(std::filesystem::exists(home.file("none")));
}

TEST_CASE_FIXTURE(StoredMail, "in a pipe show --html gives the part as it was sent and nothing else") {
  CHECK(out({"show", "1", "--html"}) == kHtmlOfTea);
  CHECK(out({"show", "1", "3", "--html"}) == std::string(kHtmlOfTea) + kHtmlOfTea);
  CHECK(out({"show", "1", "--html", "--max-body", "6"}) == std::string(kHtmlOfTea).substr(0, 6));
  CHECK(out({"show", "1", "--html", "--header", "subject"}) == "Subject: Tea\n\n" + std::string(kHtmlOfTea));
  CHECK(out({"show", "2", "--html"}).empty());
  CHECK(code({"show", "2", "--html"}) == 0);
  CHECK(code({"show", "2", "--html", "--fail-empty"}) == 5);
}

TEST_CASE_FIXTURE(StoredMail, "show --mark-read --dry-run says what would be marked and reaches no provider") {
  CHECK(out({"show", "2", "1", "--mark-read", "-n"}).ends_with("would mark 1 as read\n"));
  const auto shown = run({"show", "1", "2", "--mark-read", "--dry-run", "--json"}).lines();
  REQUIRE(shown.size() == 2);
  CHECK(shown[0]["change"] == "read");
  CHECK(shown[0]["dry_run"] == true);
  CHECK_FALSE(shown[1].contains("dry_run"));
  const Ended raw = run({"show", "1", "--raw", "--mark-read", "-n"});
  CHECK(raw.out == kTea);
  CHECK(raw.err == "would mark 1 as read\n");
  CHECK(run({"show", "1", "--json"}).lines().at(0)["unread"] == true);
  CHECK(code({"show", "1", "-n"}) == 2);
  CHECK(code({"show", "1", "--mark-read", "-n", "--allow", "read-only"}) == 6);
}
