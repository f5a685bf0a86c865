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

// A command's words, and where it is in the tree.
std::pair<std::vector<std::string>, const CLI::App*> named_in(const CommandLine& line, const CommandInfo& info) {
  std::pair<std::vector<std::string>, const CLI::App*> found{{}, &line.app()};
  std::istringstream path{std::string(info.path)};
  for (std::string word; path >> word;) {
    found.first.push_back(word);
    found.second = found.second->get_subcommand(word);
  }
  return found;
}

// The words of a page's synopsis: ".Nm mailmgr draft" and ".Cm list" are the command "mailmgr draft list".
std::string synopsis_of(std::string_view manual) {
  const std::string page = test::manual_page(manual);
  const auto begin = page.find(".Sh SYNOPSIS\n"), end = page.find("\n.Sh ", begin + 1);
  REQUIRE(begin != std::string::npos);
  std::string synopsis = " ";
  std::istringstream words(page.substr(begin, end - begin));
  for (std::string word; words >> word;) {
    if (word != ".Cm" && word != "Cm") synopsis += word + " ";
  }
  return synopsis;
}

std::string begin_of(const CommandInfo& info) {
  return " .Nm mailmgr " + std::string(info.path) + " ";
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

TEST_CASE("dash words are operands whatever options stand before the command") {
  const CommandLine line;
  std::vector<std::vector<std::string>> before{{"--config", "x"}};  // known only once a command line is read
  for (const auto* option : line.app().get_options()) {
    std::vector<std::string> names;
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
    for (const auto& name : names) {
      before.push_back({name});
      if (option->get_items_expected_max() > 0) before.back().emplace_back("x");
    }
  }
  for (const auto& words : before) {
    CAPTURE(words.front());
    for (const std::string command : {"search", "list", "label"}) {
      auto typed = words;
      typed.insert(typed.end(), {command, "report", "-in:sent"});
      const auto shielded = shield(typed);
      CHECK(shielded.back() != "-in:sent");
      CHECK(unshield(shielded.back()) == "-in:sent");
    }
    auto other = words;
    other.insert(other.end(), {"show", "search", "-in:sent"});  // "search" is no command here
    CHECK(shield(other).back() == "-in:sent");
  }
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

TEST_CASE("what is wrong with a value is said of the value that was typed") {
  const Printed refused = run_with({"search", "report", "--before", "-x1"});
  CHECK(refused.code == 2);
  CHECK_MESSAGE(refused.err.find("--before = -x1\n") != std::string::npos, refused.err);
  CHECK(run_with({"search", "report", "--limit", "-1"}).err.find("--limit: \"-1\" is") != std::string::npos);
  CHECK(run_with({"search", "report", "--sort", "-size"}).err.find("--sort: -size not in") != std::string::npos);
}

TEST_CASE("an operand that is empty is refused by every command, since it is a variable that was never set") {
  CommandLine line;
  const auto parsed = [&](const std::vector<std::string>& words) { return line.parse(words, ""); };
  for (const auto& info : commands()) {
    if (info.path == "sendmail") continue;  // has a command line of its own
    CAPTURE(info.path);
    auto [words, app] = named_in(line, info);
    for (const auto* option : app->get_options()) {
      if (!option->get_positional()) continue;
      CAPTURE(option->get_name());
      auto typed = words;
      typed.emplace_back("");
      const Status refused = parsed(typed);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == Code::usage);
      CHECK_MESSAGE(refused.error().message.find(": its value is empty") != std::string::npos, refused.error().message);
      words.emplace_back(info.path == "key set-source" ? "file" : "x");
    }
  }
  CHECK_FALSE(parsed({"search", "report", ""}));
  // In another program's words it may be meant.
  CHECK(parsed({"sendmail", "-F", "", "ada@example.org"}));
  CHECK(parsed({"key", "set-source", "command", "pass", ""}));
  CHECK(parsed({"sync", "--on-new", "filer", ""}));
}

TEST_CASE("an option with an empty value is refused where that would be taken for none") {
  CommandLine line;
  using Words = std::vector<std::string>;
  for (const auto& words : {Words{"todo", "add", "7", "--due", ""},
                            {"todo", "list", "--due", ""},
                            {"list", "--before", ""},
                            {"list", "--limit", ""},
                            {"search", "x", "--limit", ""},
                            {"trash", "7", "--max", ""},
                            {"show", "7", "--max-body", ""},
                            {"import", "x", "--format", ""},
                            {"folder", "create", "x", "--color", ""},
                            {"folder", "rename", "x", "--color", ""},
                            {"login", "--since", ""},
                            {"login", "--timeout", ""},
                            {"account", "connect", "--via", ""},
                            {"account", "connect", "--since", ""},
                            {"list", "--home", ""}}) {
    CAPTURE(words.front());
    const Status refused = line.parse(words, "");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::usage);
    CHECK_MESSAGE(refused.error().message.find(": its value is empty") != std::string::npos, refused.error().message);
  }
}

TEST_CASE("no option that takes a number takes an empty one, nor one below 0 for a count") {
  CommandLine line;
  for (const auto& info : commands()) {
    CAPTURE(info.path);
    auto [words, app] = named_in(line, info);
    for (const auto* option : app->get_options()) {
      const auto type = option->get_type_name();
      const bool is_number = type.starts_with("INT") || type.starts_with("UINT") || type.starts_with("FLOAT");
      if (!is_number || option->get_items_expected_max() == 0) continue;
      CAPTURE(option->get_name());
      auto typed = words;
      typed.insert(typed.end(), {option->get_name(), ""});
      const Status refused = line.parse(typed, "");
      CHECK_FALSE(refused);
      if (!refused) CHECK_MESSAGE(refused.error().message.starts_with(option->get_name()), refused.error().message);
      typed.back() = "-1";
      if (type.starts_with("UINT")) CHECK_FALSE(line.parse(typed, ""));
    }
  }
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
    if (info.man == "mailmgr") continue;
    const std::string synopsis = synopsis_of(info.man);
    CHECK_MESSAGE(synopsis.find(begin_of(info)) != std::string::npos, synopsis);
  }
}

TEST_CASE("the synopsis of a manual page shows every option of its commands, or that there are more") {
  const CommandLine line;
  for (const auto& info : commands()) {
    CAPTURE(info.path);
    if (info.man == "mailmgr") continue;
    const std::string synopsis = synopsis_of(info.man);
    std::string own;  // of this command, which may have several forms
    for (auto at = synopsis.find(begin_of(info)); at != std::string::npos; at = synopsis.find(begin_of(info), at + 1)) {
      own += synopsis.substr(at, synopsis.find(" .Nm ", at + 1) - at) + " ";
    }
    if (own.find(" Ar options ") != std::string::npos || own.find(" .Ar condition ") != std::string::npos) continue;
    for (const auto* option : named_in(line, info).second->get_options()) {
      bool is_there = option->get_positional();
      for (const auto& name : option->get_lnames()) is_there |= own.find(" -" + name + " ") != std::string::npos;
      for (const auto& name : option->get_snames()) is_there |= own.find("Fl " + name + " ") != std::string::npos;
      CHECK_MESSAGE(is_there, option->get_name());
    }
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
