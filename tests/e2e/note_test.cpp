// Notes, to-dos, saved searches and explanations with the real program.
#include <doctest/doctest.h>

#include "tests/e2e/mail_state.h"
#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

struct Desk {
  Sandbox sandbox{{"--auto-consent"}};
  Home home;
  std::string remote, first, second;

  Desk() {
    const auto& google = provider_cases().front();
    home.set_provider("google", sandbox);
    home.log_in("google");
    remote = sandbox.post(mailbox(google, "deliver"), {{"raw", mail("invoice")}})["id"].get<std::string>();
    (void)sandbox.post(mailbox(google, "deliver"), {{"raw", mail("meeting")}});
    REQUIRE(home.run({"sync"}).exit_code == 0);
    first = id("subject:invoice");
    second = id("subject:meeting");
  }
  std::string id(const std::string& query) const {
    auto ids = home.run({"search", query, "--ids"}).out;
    REQUIRE(ids.size() > 1);
    ids.pop_back();
    return ids;
  }
  int code(std::vector<std::string> words) const { return home.run(std::move(words)).exit_code; }
  std::string out(std::vector<std::string> words, const std::string& input = {}) const {
    return home.run(std::move(words), input).out;
  }
};

}  // namespace

TEST_CASE("a note is written, shown, found and cleared, and to-dos are listed, the overdue first") {
  const Desk desk;
  CHECK(desk.out({"note", desk.first}).empty());
  CHECK(desk.code({"note", desk.first, "--fail-empty"}) == 5);
  CHECK(desk.out({"note", desk.first, "ask the bookkeeper", "-n"}) == "would write the note of " + desk.first + "\n");
  CHECK(desk.home.json({"note", desk.first, "-"}, "ask the bookkeeper\n")[0]["ok"] == true);
  CHECK(desk.out({"note", desk.first}) == "ask the bookkeeper\n");
  CHECK(desk.home.json({"note", desk.first})[0]["note"] == "ask the bookkeeper");
  CHECK(desk.home.json({"search", "bookkeeper"})[0]["note"] == "ask the bookkeeper");
  CHECK(desk.out({"search", "has:note", "--ids"}) == desk.first + "\n");
  CHECK(desk.out({"show", desk.first}).find("\nNote: ask the bookkeeper\n") != std::string::npos);
  CHECK(desk.home.json({"show", desk.first})[0]["todo"] == false);
  for (const auto& words : {std::vector<std::string>{"note", desk.first, "  "},
                            {"note", "x", "y"},
                            {"note", desk.first, "y", "--clear"},
                            {"todo", "add"},
                            {"todo", "add", "--query", " "},
                            {"todo", "add", desk.first, "--query", "x"},
                            {"todo", "add", desk.first, "--due", "someday"}}) {
    CHECK(desk.code(words) == 2);
  }
  CHECK(desk.code({"note", "999", "y"}) == 5);
  CHECK(desk.code({"note", desk.first, "y", "--allow", "read-only"}) == 6);
  CHECK(desk.code({"note", desk.first, "--allow", "read-only"}) == 0);

  CHECK(desk.code({"todo", "add", "-", "--due", "2020-01-31"}) == 0);  // nothing on standard input
  CHECK(desk.out({"todo", "list"}).empty());
  CHECK(desk.home.json({"todo", "add", "--query", "subject:invoice"})[0]["ok"] == true);
  // What one command tells of, the next takes.
  const auto added = desk.out({"todo", "add", desk.second, "--due", "2020-01-31", "--json"});
  CHECK(desk.home.json({"mark", "-", "--starred"}, added).at(0)["id"].dump() == desk.second);
  const auto todos = desk.home.json({"todo", "list"});
  REQUIRE(todos.size() == 2);
  CHECK(todos[0]["subject"] == "meeting");
  CHECK(todos[0]["overdue"] == true);
  CHECK(todos[1]["due"] == nullptr);
  CHECK(todos[1]["note"] == "ask the bookkeeper");
  CHECK(desk.out({"todo", "list", "--due", "today", "--ids"}) == desk.second + "\n");
  CHECK(desk.out({"todo", "list", "--query", "invoice", "--ids"}) == desk.first + "\n");
  CHECK(desk.home.json({"list"})[0]["todo"] == true);
  CHECK(desk.code({"todo", "done", desk.second}) == 0);
  CHECK(desk.code({"todo", "done", "999"}) == 5);
  CHECK(desk.out({"search", "is:todo", "--ids"}) == desk.first + "\n");
  CHECK(desk.out({"todo", "list", "--done", "--ids"}) == desk.second + "\n");

  // They survive that everything is listed again, and that the message goes and comes back.
  (void)desk.sandbox.post(mailbox(provider_cases().front(), "delete"), {{"id", desk.remote}});
  CHECK(desk.code({"sync", "--full"}) == 0);
  CHECK(desk.out({"search", "bookkeeper", "--ids"}).empty());
  (void)desk.sandbox.post(mailbox(provider_cases().front(), "deliver"), {{"raw", mail("invoice")}});
  CHECK(desk.code({"sync"}) == 0);
  const auto again = desk.home.json({"search", "bookkeeper"});
  REQUIRE(again.size() == 1);
  CHECK(again[0]["todo"] == true);
  CHECK(desk.out({"note", desk.id("bookkeeper"), "--clear"}).empty());
  CHECK(desk.out({"search", "has:note"}).empty());
}

TEST_CASE("a search is saved under a name, used in others, explained and forgotten") {
  const Desk desk;
  CHECK(desk.home.json({"search", "--save", "bills", "subject:invoice", "-is:draft"})[0]["ok"] == true);
  CHECK(desk.out({"search", "@bills", "--ids"}) == desk.first + "\n");
  CHECK(desk.out({"list", "@bills", "--ids"}) == desk.first + "\n");
  CHECK(desk.out({"search", "text", "-@bills", "--ids"}) == desk.second + "\n");
  CHECK(desk.code({"todo", "add", "--query", "@bills"}) == 0);
  CHECK(desk.code({"search", "--save", "due", "@bills is:todo"}) == 0);
  CHECK(desk.out({"search", "@due", "--ids"}) == desk.first + "\n");
  CHECK(desk.out({"search", "--saved"}) == "bills\tsubject:invoice -is:draft\ndue\t@bills is:todo\n");

  CHECK(desk.code({"search", "--save", "bills", "@due"}) == 2);  // in a circle
  CHECK(desk.code({"search", "--save", "me", "@me"}) == 2);
  CHECK(desk.code({"search", "--save", "bad", "is:blue"}) == 2);
  CHECK(desk.code({"search", "--save", "no name", "x"}) == 2);
  CHECK(desk.code({"search", "--save", "empty"}) == 2);
  CHECK(desk.code({"search", "--saved", "x"}) == 2);
  CHECK(desk.code({"search", "@nobody"}) == 5);
  CHECK(desk.code({"search", "--save", "x", "y", "--allow", "read-only"}) == 6);
  CHECK(desk.home.json({"search", "--saved"}).size() == 2);

  const Json how = desk.home.json({"search", "--explain", "@bills"})[0];
  CHECK(how["tree"] == "(and subject:\"invoice\" (not is:\"draft\"))");
  CHECK(how["method"] == "words");
  CHECK(how["steps"].size() >= 1);
  CHECK(desk.out({"search", "--explain", "from:ada"}).find("method: set\n") != std::string::npos);
  CHECK(desk.code({"search", "text", "--sort", "relevance", "--before", desk.first}) == 2);

  CHECK(desk.out({"search", "--forget", "bills", "-n"}) == "would forget @bills\n");
  CHECK(desk.code({"search", "--forget", "bills"}) == 0);
  CHECK(desk.code({"search", "--forget", "bills"}) == 5);
  CHECK(desk.code({"search", "@due"}) == 5);
}

TEST_CASE("a mistake in a query is pointed at on a terminal") {
  const Home home;
  const auto shown = home.on_terminal("search tea foo:bar").out;
  CHECK(shown.find("  tea foo:bar\r\n") != std::string::npos);
  CHECK(shown.find("      ^\r\n") != std::string::npos);
  CHECK(home.run({"search", "tea foo:bar"}).err.find('^') == std::string::npos);
}
