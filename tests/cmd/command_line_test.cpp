#include "cmd/command_line.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <iterator>
#include <sstream>

#include "cmd/argv.h"
#include "cmd/ids.h"
#include "cmd/run.h"
#include "core/base/error.h"
#include "tests/support/places.h"

using namespace mailmgr;

namespace {

struct Printed {
  int code;
  std::string out, err;
};

Printed run_with(const std::vector<std::string>& words) {
  std::ostringstream out, err;
  const int code = run(words, out, err, Stop());
  return {code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("dash words are operands of search and list") {
  CHECK(unshield(shield({"search", "-in:spam"})[1]) == "-in:spam");
  CHECK(shield({"search", "-in:spam"})[1] != "-in:spam");
  CHECK(shield({"search", "-a", "x", "-vv", "--json"}) ==
        std::vector<std::string>{"search", "-a", "x", "-vv", "--json"});
  CHECK(shield({"search", "--", "--x"}).size() == 2);
  CHECK(shield({"send", "-subject"})[1] == "-subject");
}

TEST_CASE("the words of a key command are its own, even where they look like options or commands of ours") {
  const std::vector<std::string> words{"-q",   "key",  "set-source", "--remove-old", "command",
                                       "pass", "show", "--json",     "[a,b]"};
  const auto shielded = shield(words);
  REQUIRE(shielded.size() == words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    CHECK((shielded[i] == words[i]) == (i <= 4));
    CHECK(unshield(shielded[i]) == words[i]);
  }
  CHECK(shield({"key", "set-source", "file", "-x"})[3] == "-x");
}

TEST_CASE("every command has help with an example, whatever it requires") {
  for (const auto& info : commands()) {
    CAPTURE(info.path);
    std::vector<std::string> words;
    std::istringstream path{std::string(info.path)};
    for (std::string word; path >> word;) words.push_back(word);
    words.push_back("--help");
    const Printed help = run_with(words);
    CHECK(help.code == 0);
    CHECK(help.out.find("Example: mailmgr " + std::string(info.path)) != std::string::npos);
  }
}

TEST_CASE("every command, option and JSON key is in the manual page named for it") {
  const CommandLine line;
  for (const auto& info : commands()) {
    CAPTURE(info.path);
    const std::string page = test::manual_page(info.man);
    REQUIRE(!page.empty());
    std::istringstream keys{std::string(info.keys)};
    for (std::string key; keys >> key;) CHECK_MESSAGE(page.find(key) != std::string::npos, key);

    const CLI::App* app = &line.app();
    std::istringstream path{std::string(info.path)};
    for (std::string word; path >> word;) app = app->get_subcommand(word);
    for (const auto* option : app->get_options()) {
      for (const auto& name : option->get_lnames()) {
        CHECK_MESSAGE(page.find("Fl -" + name) != std::string::npos, "--" << name);
      }
    }
  }
  for (const auto* option : line.app().get_options()) {
    for (const auto& name : option->get_lnames()) {
      CHECK_MESSAGE(test::manual_page("mailmgr").find("-" + name) != std::string::npos, "--" << name);
    }
  }
}

TEST_CASE("the synopsis of a manual page shows its commands as they are typed") {
  for (const auto& info : commands()) {
    CAPTURE(info.path);
    const std::string page = test::manual_page(info.man);
    const auto begin = page.find(".Sh SYNOPSIS\n"), end = page.find("\n.Sh ", begin + 1);
    if (begin == std::string::npos || info.man == "mailmgr") continue;
    // The words of the synopsis one by one: ".Nm mailmgr draft" and ".Cm list" are the command "mailmgr draft list".
    std::string synopsis = " ";
    std::istringstream words(page.substr(begin, end - begin));
    for (std::string word; words >> word;) {
      if (word != ".Nm" && word != ".Cm" && word != "Cm") synopsis += word + " ";
    }
    CHECK_MESSAGE(synopsis.find(" mailmgr " + std::string(info.path) + " ") != std::string::npos, synopsis);
  }
}

TEST_CASE("the exit codes are those of the table, in the manual and in help") {
  const Printed help = run_with({"help", "exit-codes"});
  CHECK(help.code == 0);
  for (const auto& entry : exit_classes()) {
    const std::string code = std::to_string(entry.exit_code);
    CHECK(help.out.find(code) != std::string::npos);
    CHECK(test::manual_page("mailmgr").find("It " + code) != std::string::npos);
  }
}

TEST_CASE("a wrong command line is exit 2 with a hint, and JSON where --json was among the words") {
  const Printed plain = run_with({"list", "--nonsense"});
  CHECK(plain.code == 2);
  CHECK(plain.err.find("hint: mailmgr list --help") != std::string::npos);
  const Printed json = run_with({"nonsense", "--json"});
  CHECK(json.code == 2);
  CHECK(json.err.starts_with("{\"error\":{\"code\":\"usage\""));
  CHECK(run_with({"account"}).code == 2);
}

TEST_CASE("help --json lists every command with its options and keys") {
  const Printed help = run_with({"help", "--json"});
  CHECK(help.code == 0);
  for (const auto& info : commands()) {
    CHECK(help.out.find("\"name\":\"" + std::string(info.path) + "\"") != std::string::npos);
  }
}

TEST_CASE("completion scripts know every command") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Printed script = run_with({"completion", shell});
    CHECK(script.code == 0);
    CHECK(script.out.find("disconnect") != std::string::npos);
    CHECK(script.out.find("client-secret-file") != std::string::npos);
  }
}

TEST_CASE("ids are read from words, lines and JSON Lines") {
  std::istringstream input("3\n4\tx\ty\n{\"id\":5}\n{\"latest_id\":6}\n");
  const auto ids = read_ids({"1", "-"}, input).value();
  REQUIRE(ids.size() == 5);
  CHECK(ids[4].value == 6);
  std::istringstream none;
  CHECK(!read_ids({"x'; DROP"}, none));
  CHECK(!read_ids({"0"}, none));
}
