// What several endings come to together, and what is told of each.
#include "cmd/outcome.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "cmd/app.h"
#include "cmd/command_line.h"
#include "cmd/report.h"

using namespace mailmgr;

namespace {

struct OutcomeTest {
  CommandLine line;
  GlobalOptions options;
  std::ostringstream out, err;
  App app{options, line.app(), out, err, Stop()};
  Outcome outcome{app};

  int code() const {
    const auto status = outcome.status();
    return status ? 0 : exit_class(status.error().code).exit_code;
  }
};

// The exit code of things that ended so; nullopt: one was done.
int of_things(const std::vector<std::optional<Code>>& endings) {
  OutcomeTest test;
  for (const auto& ended : endings) test.outcome.add_one(ended ? Status(Error{*ended, "trouble"}) : Status());
  return test.code();
}

}  // namespace

TEST_CASE("things of which some were done come to partial, and to the reason where none was") {
  CHECK(of_things({}) == 0);
  CHECK(of_things({std::nullopt, std::nullopt}) == 0);
  for (const auto code : {Code::not_found, Code::refused, Code::usage, Code::partial, Code::gone}) {
    const int own = exit_class(code).exit_code;
    CHECK(of_things({code}) == own);
    CHECK(of_things({code, code}) == own);
    CHECK(of_things({std::nullopt, code}) == 7);
    CHECK(of_things({code, std::nullopt}) == 7);
  }
  CHECK(of_things({Code::not_found, Code::refused}) == 6);
  CHECK(of_things({Code::refused, Code::partial}) == 7);  // of what is partial, some may have been done
}

TEST_CASE("what ends everything, or wants a hand first, is told by its own code though some was done") {
  for (const auto code : {Code::store, Code::internal, Code::config, Code::auth_required, Code::interrupted}) {
    CHECK(of_things({std::nullopt, Code::not_found, code}) == exit_class(code).exit_code);
  }
}

TEST_CASE("of accounts the failure that counts most decides, whatever the others did") {
  OutcomeTest test;
  test.outcome.add({}, "a");
  test.outcome.add(Error{Code::busy, "x"}, "b");
  CHECK(test.code() == 9);
  test.outcome.add(Error{Code::refused, "x"}, "c");
  CHECK(test.code() == 6);
  test.outcome.add_one({});
  test.outcome.add_one(Error{Code::usage, "x"});
  CHECK(test.code() == 6);
}

TEST_CASE("trouble that passes keeps its code, whatever was done, until something else is left") {
  OutcomeTest test;
  test.outcome.add_one({});
  test.outcome.add_one(Error{Code::unreachable, "no network"}, "a");
  CHECK(test.code() == 8);
  test.outcome.add_one(Error{Code::refused, "no"}, "b");
  CHECK(test.code() == 7);
}

TEST_CASE("every failure is told, with what it is about, and an account only where it is of one") {
  OutcomeTest test;
  test.outcome.add_item(Error{Code::not_found, "there is no message 998"}, MessageId(998));
  test.outcome.add_item(Error{Code::store, "damaged"}, MessageId(7));
  test.outcome.add_item(Error{Code::not_found, "not there"}, "f1", "a@gmail.test");
  test.outcome.add(Error{Code::busy, "another run holds it"}, "b@outlook.test");
  CHECK(test.err.str() ==
        "mailmgr: there is no message 998\nmailmgr: message 7: damaged\nmailmgr: a@gmail.test: f1: not there\n"
        "mailmgr: b@outlook.test: another run holds it\n");
  CHECK(test.out.str().empty());
  CHECK(test.outcome.status().error().reported);
}

TEST_CASE("an error names what it is about where the name stands by itself, not within another") {
  const auto told = [](const std::string& message, const std::string& id) {
    OutcomeTest test;
    test.outcome.add_item(Error{Code::not_found, message}, id);
    return test.err.str();
  };
  for (const std::string message : {"draft d1: it is gone", "there is no draft d1", "no draft \"d1\"; there is d11",
                                    "d1: not there", "the search @d1 refers to itself", "d12 (d1) is gone"}) {
    CHECK(told(message, "d1") == "mailmgr: " + message + "\n");
  }
  for (const std::string message : {"draft d12: it is gone", "no draft \"old-d1\"", "not there", "add1: it is gone"}) {
    CHECK(told(message, "d1") == "mailmgr: d1: " + message + "\n");
  }
  OutcomeTest test;
  test.outcome.add_item(Error{Code::not_found, "there is no message 998"}, MessageId(99));
  CHECK(test.err.str() == "mailmgr: message 99: there is no message 998\n");
}

TEST_CASE("in JSON the id of a message is a number, and no id stands for an account") {
  OutcomeTest test;
  test.options.json = true;
  test.outcome.add_item({}, MessageId(6));
  test.outcome.add_item(Error{Code::not_found, "there is no message 99999"}, MessageId(99999));
  test.outcome.add_item(Error{Code::not_found, "not there"}, "f1");
  test.outcome.add_account({}, "a@gmail.test");
  std::istringstream items(test.out.str()), errors(test.err.str());
  std::vector<nlohmann::json> told;
  for (std::string line; std::getline(items, line);) told.push_back(nlohmann::json::parse(line));
  REQUIRE(told.size() == 4);
  CHECK(told[0] == nlohmann::json{{"id", 6}, {"ok", true}});
  CHECK(told[1]["id"] == 99999);
  CHECK(told[1]["error"]["code"] == "not_found");
  CHECK(told[2]["id"] == "f1");
  CHECK(told[3] == nlohmann::json{{"id", "a@gmail.test"}, {"ok", true}});
  for (std::string line; std::getline(errors, line);) {
    CHECK_FALSE(nlohmann::json::parse(line)["error"].contains("account"));
  }
}

TEST_CASE("an interruption is told once, at the end, and not as one of some thing or account") {
  OutcomeTest test;
  test.outcome.add_item(Stop::error(), MessageId(7));
  test.outcome.add(Stop::error(), "a");
  CHECK(test.err.str().empty());
  CHECK_FALSE(test.outcome.status().error().reported);
  CHECK(test.outcome.status().error().account.empty());
}

TEST_CASE("an account is named with its error, unless the message does by whole words") {
  const auto told = [](const std::string& message) {
    Error error{Code::unreachable, message};
    error.account = "work";
    std::ostringstream err;
    report(error, err, false);
    return err.str();
  };
  CHECK(told("connecting to https://work.example: Network is unreachable") ==
        "mailmgr: work: connecting to https://work.example: Network is unreachable\n");
  CHECK(told("work: no connection") == "mailmgr: work: no connection\n");
  CHECK(told("no login of \"work\"") == "mailmgr: no login of \"work\"\n");
}

TEST_CASE("a hint's command names the account where it is known, as a word that a shell reads back") {
  const auto hint = [](const std::string& account) {
    Error error{Code::auth_required, "no", "log in again (mailmgr login --account NAME --access full), or ask"};
    error.account = account;
    std::ostringstream err;
    report(error, err, true);
    const auto told = nlohmann::json::parse(err.str())["error"]["hint"].get<std::string>();
    std::ostringstream text;
    report(error, text, false);
    CHECK(text.str().ends_with("\nhint: " + told + "\n"));
    return told;
  };
  CHECK(hint("work") == "log in again (mailmgr login --account work --access full), or ask");
  CHECK(hint("my work") == "log in again (mailmgr login --account 'my work' --access full), or ask");
  CHECK(hint("") == "log in again (mailmgr login --account NAME --access full), or ask");
  OutcomeTest item;
  item.options.json = true;
  item.outcome.add_account(Error{Code::auth_required, "no", "mailmgr login --account NAME"}, "work");
  CHECK(nlohmann::json::parse(item.out.str())["error"]["hint"] == "mailmgr login --account work");
}
