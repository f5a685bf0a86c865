// Filters and automatic answers with the real program: one vocabulary for both providers, honest refusals, and logins
// that may not.
#include <doctest/doctest.h>

#include "tests/e2e/mail_state.h"
#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

using Words = std::vector<std::string>;

struct Administrator {
  Sandbox sandbox{{"--auto-consent"}};
  Home home;
  Administrator() { home.set_providers(sandbox); }

  void log_in(const ProviderCase& provider, Words more = {}) const {
    Words words{"login", provider.name, "--browser", "/usr/bin/curl -sSL -o /dev/null"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = home.run(words);
    REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
  }
  Ended run(const ProviderCase& provider, Words words) const {
    words.insert(words.end(), {"-a", provider.address});
    return home.run(std::move(words));
  }
  std::vector<Json> json(const ProviderCase& provider, Words words) const {
    words.insert(words.end(), {"-a", provider.address});
    return home.json(std::move(words));
  }
  void make_folder(const ProviderCase& provider, const std::string& name) const {
    (void)sandbox.post(mailbox(provider, "create_folder"), {{"name", name}});
  }
  std::uint64_t requests() const { return sandbox.get("/_sandbox/stats")["requests"]; }
};

}  // namespace

TEST_CASE("a filter is added, listed with the same keys at both providers, and deleted") {
  const Administrator admin;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const bool google = provider.name == "google";
    admin.log_in(provider, {"--with", "settings"});
    admin.make_folder(provider, "My News");
    const Words words{"filter", "add",     "--from", "news@example.org", "--has", "\"read this\"",
                      "--move", "my news", "--read", "--larger",         "5M"};
    auto dry = words;
    dry.emplace_back("-n");
    CHECK(admin.run(provider, dry).out.starts_with("would add from:news@example.org \"read this\" larger:5242880 → "));
    CHECK(admin.json(provider, {"filter", "list"}).empty());

    // An answer that is lost leaves it open whether there is a filter; one that is found there was made.
    const auto adding_fails = [&](const std::string& how) {
      (void)admin.sandbox.post(
          "/_sandbox/faults",
          {{"match", {{"method", "POST"}, {"path", "filters|messageRules"}}}, {"action", how}, {"times", 1}});
    };
    adding_fails("reset_before");
    const Ended unclear = admin.run(provider, words);
    CHECK(unclear.exit_code == 7);
    CHECK_MESSAGE(unclear.err.find("hint: mailmgr filter list: if it is not there") != std::string::npos, unclear.err);
    adding_fails("reset_after");
    const Json made = admin.json(provider, words).at(0);
    CHECK(made["ok"] == true);
    const auto list = admin.json(provider, {"filter", "list"});
    REQUIRE(list.size() == 1);
    const Json& filter = list[0];
    CHECK(filter["id"] == made["id"]);
    CHECK(filter["from"] == Json{"news@example.org"});
    CHECK(filter["has"] == Json{"\"read this\""});
    CHECK(filter["larger"] == 5242880);
    CHECK(filter["read"] == true);
    CHECK(filter["account"] == provider.address);
    CHECK(filter["understood"] == true);
    CHECK_FALSE(filter.contains("other"));
    // Moving is a label and no inbox at Gmail.
    if (google) CHECK(filter["labels"] == Json{"My News"});
    if (google) CHECK(filter["archive"] == true);
    if (!google) CHECK(filter["move"] == "My News");

    const std::string id = filter["id"];
    CHECK(admin.run(provider, {"filter", "list"}).out.starts_with(id + "\tfrom:news@example.org"));
    CHECK(admin.run(provider, {"filter", "list", "--ids"}).out == id + "\n");
    CHECK(admin.run(provider, {"filter", "delete", id}).exit_code == 2);  // nobody to ask
    CHECK(admin.run(provider, {"filter", "delete", id, "-n"}).out.starts_with("would delete " + id + ": "));
    CHECK(admin.run(provider, {"filter", "delete", "other", "--yes"}).exit_code == 5);
    CHECK(admin.json(provider, {"filter", "list"}).size() == 1);
    CHECK(admin.json(provider, {"filter", "delete", id, "--yes"})[0]["ok"] == true);
    CHECK(admin.run(provider, {"filter", "list", "--fail-empty"}).exit_code == 5);
  }
}

TEST_CASE("archiving, trashing and labels mean the same at both providers") {
  const Administrator admin;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    admin.log_in(provider, {"--with", "settings"});
    if (provider.name == "google") admin.make_folder(provider, "Work");
    const auto add = [&](Words actions) {
      actions.insert(actions.begin(), {"filter", "add", "--subject", "x " + std::to_string(actions.size())});
      return admin.json(provider, actions).at(0);
    };
    CHECK(add({"--archive"})["archive"] == true);
    CHECK(add({"--move", "archive", "--read"})["archive"] == true);
    CHECK(add({"--move", "trash", "--read", "--important"})["trash"] == true);
    CHECK(add({"--label", "Work", "--read", "--important", "--archive"})["labels"] == Json{"Work"});
    for (const auto& filter : admin.json(provider, {"filter", "list"})) CHECK(filter["understood"] == true);
  }
}

TEST_CASE(
    "what a provider cannot do is refused by its word with exit 6; what makes no sense is exit 2; nothing is done") {
  const Administrator admin;
  for (const auto& provider : provider_cases()) admin.log_in(provider, {"--with", "settings"});
  const auto& google = provider_cases()[0];
  const auto& microsoft = provider_cases()[1];
  const auto check = [&](const ProviderCase& provider, Words words, int code, const std::string& said) {
    words.insert(words.begin(), {"filter", "add"});
    const Ended ended = admin.run(provider, words);
    CAPTURE(ended.err);
    CHECK(ended.exit_code == code);
    CHECK(ended.err.find(said) != std::string::npos);
  };
  check(google, {"--from", "a", "--stop"}, 6, "--stop");
  check(google, {"--from", "a", "--delete"}, 6, "hint: --trash");
  check(google, {"--from", "a", "--from", "b", "--read"}, 6, "hint: one query says both: --has 'from:(a) OR from:(b)'");
  check(google, {"--from", "a", "--name", "n", "--read"}, 6, "--name");
  check(google, {"--from", "a", "--forward", "x@example.org"}, 6, "Forwarding and POP/IMAP");
  check(google, {"--from", "a", "--label", "nowhere"}, 5, "no label \"nowhere\"");
  check(microsoft, {"--from", "a", "--starred"}, 6, "hint: --label or --important");
  check(microsoft, {"--has", "from:a", "--read"}, 6, "--has");
  check(microsoft, {"--larger", "1500", "--read"}, 6, "hint: --larger 1K");
  check(microsoft, {"--from", "a", "--move", "nowhere"}, 5, "no folder \"nowhere\"");
  for (const auto& provider : provider_cases()) {
    check(provider, {"--read"}, 2, "No condition");
    check(provider, {"--from", "a"}, 2, "No action");
    check(provider, {"--from", " ", "--read"}, 2, "fit every message");
    check(provider, {"--from", "a", "--archive", "--trash"}, 2, "exclude each other");
    check(provider, {"--from", "a", "--forward", "nobody"}, 2, "not one address");
    check(provider, {"--larger", "5M 6M", "--read"}, 2, "no size");
    check(provider, {"--larger", "1M", "--smaller", "1K", "--read"}, 2, "larger and smaller");
    CHECK(admin.json(provider, {"filter", "list"}).empty());
  }
  check(microsoft, {"--from", "a", "--delete"}, 2, "--yes");
  CHECK(admin.json(microsoft, {"filter", "list"}).empty());
}

TEST_CASE("a login without the scope hears which login has it; reading asks for less at Google") {
  const Administrator admin;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const bool google = provider.name == "google";
    admin.log_in(provider);
    const std::string hint = "hint: mailmgr login --account " + provider.address + " --with settings\n";
    for (const auto& words : {Words{"filter", "list"}, {"vacation", "show"}}) {
      const Ended ended = admin.run(provider, words);
      CHECK(ended.exit_code == (google ? 0 : 4));
      if (!google) CHECK_MESSAGE(ended.err.ends_with(hint), ended.err);
    }
    const auto before = admin.requests();
    for (const auto& words : {Words{"filter", "add", "--from", "a", "--read"},
                              {"filter", "delete", "x", "--yes"},
                              {"vacation", "set", "--body", "Away"},
                              {"vacation", "off"}}) {
      const Ended ended = admin.run(provider, words);
      CHECK(ended.exit_code == 4);
      CHECK_MESSAGE(ended.err.ends_with(hint), ended.err);
      auto json = words;
      json.emplace_back("--json");
      CHECK(json_lines(admin.run(provider, json).err).at(0)["error"]["code"] == "auth_required");
    }
    CHECK(admin.requests() == before);
    admin.log_in(provider, {"--account", provider.address, "--with", "settings"});
    CHECK(admin.run(provider, {"vacation", "off"}).exit_code == 0);
  }
}

TEST_CASE("an automatic answer is set for a time, shown, changed in parts and switched off, at both providers") {
  const Administrator admin;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    admin.log_in(provider, {"--with", "settings"});
    CHECK(admin.json(provider, {"vacation", "show"})[0]["state"] == "off");
    CHECK(admin.run(provider, {"vacation", "set"}).exit_code == 2);  // nothing to answer with
    const Words words{"vacation",   "set",     "--body",    "I am away.\nBack <soon>.", "--external", "none", "--from",
                      "2020-01-01", "--until", "2199-01-01"};
    auto dry = words;
    dry.emplace_back("--dry-run");
    CHECK(admin.run(provider, dry).out.starts_with("It would be:\n"));
    CHECK(admin.json(provider, {"vacation", "show"})[0]["state"] == "off");
    const Json set = admin.json(provider, words)[0];
    for (const Json& shown : {set, admin.json(provider, {"vacation", "show"})[0]}) {
      CHECK(shown["account"] == provider.address);
      CHECK(shown["state"] == "scheduled");
      CHECK(shown["active"] == true);
      CHECK(shown["from"] == "2020-01-01T00:00:00Z");
      CHECK(shown["until"] == "2199-01-01T00:00:00Z");
      CHECK(shown["external"] == "none");
      CHECK(shown["body"] == "I am away.\nBack <soon>.");
    }
    CHECK(admin.run(provider, {"vacation", "set", "--until", "2019-01-01"}).exit_code == 2);
    const Json always =
        admin.json(provider, {"vacation", "set", "--from", "all", "--until", "all", "--external", "all"})[0];
    CHECK(always["state"] == "on");
    CHECK_FALSE(always.contains("until"));
    CHECK(always["body"].get<std::string>().find("I am away.") == 0);
    CHECK(admin.run(provider, {"vacation", "off", "-n"}).exit_code == 0);
    CHECK(admin.json(provider, {"vacation", "show"})[0]["active"] == true);
    const Json off = admin.json(provider, {"vacation", "off"})[0];
    CHECK(off["state"] == "off");
    CHECK(off["active"] == false);
    CHECK(off["body"] == always["body"]);
    CHECK(admin.json(provider, {"vacation", "set", "--until", "2199-01-01"})[0]["state"] == "scheduled");
    CHECK_FALSE(admin.json(provider, {"vacation", "off"})[0].contains("until"));
    CHECK(admin.json(provider, {"vacation", "set", "--external", "all"})[0]["state"] == "on");
  }
  const auto& google = provider_cases()[0];
  const auto& microsoft = provider_cases()[1];
  CHECK(admin.run(google, {"vacation", "set", "--external", "contacts"}).exit_code == 6);
  CHECK(admin.run(microsoft, {"vacation", "set", "--subject", "Away"}).exit_code == 6);
  CHECK(admin.run(microsoft, {"vacation", "set", "--from", "2199-01-01"}).exit_code == 6);
  CHECK(admin.json(microsoft, {"vacation", "set", "--external-body", "Out"})[0]["external_body"] == "Out");
  // What is said to the own people is not told to others, and no text is no answer.
  const auto inside = admin.json(microsoft, {"vacation", "set", "--body", "Ask Eve."})[0];
  CHECK(inside["body"] == "Ask Eve.");
  CHECK(inside["external_body"] == "Out");
  for (const auto& account : {google, microsoft}) {
    for (const Words& wrong : {Words{"--body", ""}, Words{"--body", " \n"}, Words{"--body", "\xff"}}) {
      Words words{"vacation", "set"};
      words.insert(words.end(), wrong.begin(), wrong.end());
      CHECK(admin.run(account, words).exit_code == 2);
    }
  }
  CHECK(admin.run(microsoft, {"vacation", "set", "--external-body", ""}).exit_code == 2);
  CHECK(admin.json(microsoft, {"vacation", "show"})[0]["body"] == "Ask Eve.");
  // One that is away by no account of its own: both are shown.
  CHECK(admin.home.json({"vacation", "show"}).size() == 2);
}

TEST_CASE("what a mailbox's settings hold does nothing to a terminal") {
  const Administrator admin;
  const std::string hostile = "a\x1b]0;owned\x07\xe2\x80\xae";
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    admin.log_in(provider, {"--with", "settings"});
    CHECK(admin.run(provider, {"filter", "add", "--subject", hostile, "--read"}).exit_code == 0);
    CHECK(admin.run(provider, {"vacation", "set", "--body", hostile + "\nsecond line"}).exit_code == 0);
    for (const auto& words : {Words{"filter", "list"},
                              {"filter", "list", "--json"},
                              {"vacation", "show"},
                              {"vacation", "show", "--json"},
                              {"vacation", "off", "-n"}}) {
      const auto out = admin.run(provider, words).out;
      CHECK(out.find('a') != std::string::npos);
      CHECK(out.find('\x1b') == std::string::npos);
      CHECK(out.find("\xe2\x80\xae") == std::string::npos);
    }
  }
}
