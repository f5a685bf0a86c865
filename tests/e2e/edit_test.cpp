// Messages and folders changed by the real program, on both providers.
#include <sstream>

#include "tests/e2e/mail_state.h"

using namespace mailmgr::test;

namespace {

std::string some_mail(const std::string& subject) {
  return Json{{"raw", mail(subject)}, {"folder", "inbox"}, {"unread", true}}.dump();
}

struct Desk {
  explicit Desk(int messages, std::vector<std::string> options = {"--auto-consent", "--quota", "off"})
      : sandbox(std::move(options)) {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) {
      home.log_in(provider.name);
      for (int i = 0; i < messages; ++i) {
        sandbox.post(mailbox(provider, "deliver"), Json::parse(some_mail("m" + std::to_string(i))));
      }
    }
    REQUIRE(home.run({"sync"}).exit_code == 0);
  }

  std::string ids(const ProviderCase& provider, const std::string& query) {
    return home.run({"search", "-a", provider.address, query, "--ids"}).out;
  }
  std::string id(const ProviderCase& provider, const std::string& subject) {
    auto found = ids(provider, "in:anywhere subject:" + subject);
    found.pop_back();
    return found;
  }
  void check_same(const ProviderCase& provider) {
    CHECK(differing(local_state(home, provider), remote_state(sandbox, provider)) == "");
  }

  Sandbox sandbox;
  Home home;
};

}  // namespace

TEST_CASE("a folder that nobody has is a mistake wherever a query names it, and nothing is done") {
  Desk desk(2);
  auto& home = desk.home;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"search", "in:inbxo"},
             {"search", "m0 OR label:inbxo"},
             {"list", "inbxo"},
             {"stats", "--query", "in:inbxo"},
             {"mark", "--query", "in:inbxo", "--read"},
             {"trash", "--query", "in:inbox -label:inbxo", "--yes"},
             {"export", "--query", "in:inbxo", "--format", "eml", "-o", home.path() + "/out"}}) {
      auto all = words;
      all.insert(all.end(), {"-a", provider.address});
      const auto ended = home.run(all);
      CAPTURE(words[0]);
      CHECK_MESSAGE(ended.exit_code == 5, ended.out, ended.err);
      CHECK(ended.err.find("there is no folder or label \"inbxo\"") != std::string::npos);
      CHECK(ended.out.empty());
    }
    CHECK(home.json({"search", "-a", provider.address, "in:inbox -in:trash"}).size() == 2);
    desk.check_same(provider);

    // Whatever is in its name.
    const std::string name = R"(say "hi" back\)";
    REQUIRE(home.run({"folder", "create", name, "-a", provider.address}).exit_code == 0);
    REQUIRE(home.run({"move", desk.id(provider, "m0"), name}).exit_code == 0);
    CHECK(home.json({"list", name, "-a", provider.address}).size() == 1);
    CHECK(home.json({"search", R"(in:"say \"hi\" back\\")", "-a", provider.address}).size() == 1);
    for (const std::string wrong : {"M\xfcll", "a\tb", "a\x1b[31m"}) {
      CHECK(home.run({"folder", "create", wrong, "-a", provider.address}).exit_code == 2);
      CHECK(home.run({"folder", "rename", name, wrong, "-a", provider.address}).exit_code == 2);
    }
    desk.check_same(provider);
  }
}

TEST_CASE("messages are marked, labelled, moved and thrown away, first at the provider, then here") {
  Desk desk(4);
  auto& home = desk.home;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const bool google = provider.name == "google";
    const auto m0 = desk.id(provider, "m0"), m1 = desk.id(provider, "m1"), m2 = desk.id(provider, "m2");
    const auto told = home.json({"mark", m0, m1, "--read", "--starred"});
    REQUIRE(told.size() == 2);
    CHECK(told[0]["id"].dump() == m0);
    CHECK(told[0]["ok"] == true);
    CHECK(home.run({"mark", m1, "--unstarred"}).out == "");
    CHECK(home.json({"status", "-a", provider.address}).at(0)["unread"] == 2);

    // A label that there is not.
    const auto unknown = home.run({"label", m0, "+work", "-inbox"});
    CHECK(unknown.exit_code == 5);
    CHECK(unknown.err.find("--create") != std::string::npos);
    if (google) {
      CHECK(home.run({"label", m0, "+work", "-inbox", "--create"}).exit_code == 0);
      CHECK(home.run({"label", m1, "--add", "work", "--remove", "inbox"}).exit_code == 0);
      CHECK(home.run({"label", m1, "-work"}).exit_code == 0);
    } else {
      const auto refused = home.run({"label", m0, "+work", "-inbox", "--create"});
      CHECK(refused.exit_code == 4);
      CHECK(refused.err.find("--with settings") != std::string::npos);
      CHECK(home.run({"label", m0, "-inbox"}).exit_code == 0);
    }
    CHECK(home.run({"folder", "create", "Plans/Now", "-a", provider.address}).exit_code == 0);
    CHECK(home.run({"move", m2, "Plans/Now"}).exit_code == 0);
    CHECK(home.run({"move", m2, "Nowhere"}).exit_code == 5);
    CHECK(home.run({"trash", m2}).exit_code == 0);
    CHECK(home.run({"mark", m1, "--spam"}).exit_code == 0);
    desk.check_same(provider);
    CHECK(home.run({"untrash", m2}).exit_code == 0);
    CHECK(home.run({"mark", m1, "--not-spam"}).exit_code == 0);
    desk.check_same(provider);
    CHECK(home.run({"move", m1, "sent"}).exit_code == 6);
    // Gmail's history is gone through again, back and forth, up to where it all is already.
    REQUIRE(home.run({"sync", provider.address}).exit_code == 0);
    desk.check_same(provider);
    CHECK(home.json({"sync", provider.address}).at(0)["changed"] == 0);
    desk.check_same(provider);
  }
  check_mail_database(home);
}

TEST_CASE("what a search finds is archived through a pipe, and ids say which account they are of") {
  Desk desk(3);
  std::string all;
  for (const auto& provider : provider_cases()) all += desk.ids(provider, "subject:m1");
  CHECK(desk.home.run({"archive", "-"}, all).exit_code == 0);
  const auto& google = provider_cases()[0];
  const auto& microsoft = provider_cases()[1];
  for (const auto& provider : provider_cases()) {
    CHECK(desk.ids(provider, "in:archive") == desk.ids(provider, "subject:m1"));
    desk.check_same(provider);
  }
  // Ids of another account than the selected one: nothing is done to any.
  const auto mixed = desk.home.run({"trash", "-", "-a", google.address}, all);
  CHECK(mixed.exit_code == 2);
  CHECK(mixed.err.find(microsoft.address) != std::string::npos);
  CHECK(desk.ids(google, "in:trash") == "");
  // JSON Lines as they come out of search.
  const auto lines = desk.home.run({"search", "subject:m2", "--json"}).out;
  CHECK(desk.home.json({"trash", "-"}, lines).size() == 2);
  for (const auto& provider : provider_cases())
    CHECK(desk.ids(provider, "in:trash") == desk.ids(provider, "in:trash subject:m2"));
  // A query is about one account, unless all are meant.
  CHECK(desk.home.json({"mark", "--query", "in:anywhere", "--starred", "-a", microsoft.address}).size() == 3);
  CHECK(desk.home.json({"mark", "--query", "in:anywhere", "--unstarred", "--all-accounts"}).size() == 6);
}

TEST_CASE("nothing is done for an empty query, an empty list, and what is no message") {
  Desk desk(1);
  auto& home = desk.home;
  const auto id = desk.id(provider_cases()[0], "m0");
  for (const std::string query : {"", "  "}) CHECK(home.run({"trash", "--query", query}).exit_code == 2);
  CHECK(home.run({"trash", "-"}, "").exit_code == 0);
  CHECK(home.run({"trash"}).exit_code == 2);
  CHECK(home.run({"trash", id, "--query", "m0"}).exit_code == 2);
  CHECK(home.run({"trash", "x"}).exit_code == 2);
  CHECK(home.run({"mark", id}).exit_code == 2);
  CHECK(home.run({"mark", id, "--read", "--unread"}).exit_code == 2);
  CHECK(home.run({"label", id}).exit_code == 2);
  CHECK(home.run({"move", id}).exit_code == 2);
  CHECK(home.run({"trash", "9999"}).exit_code == 5);
  const auto partly = home.run({"trash", id, "9999", "--json"});
  CHECK(partly.exit_code == 7);
  const auto told = json_lines(partly.out);
  REQUIRE(told.size() == 2);
  CHECK(told[0]["ok"] == true);
  CHECK(told[1]["id"] == 9999);
  CHECK(told[1]["error"]["code"] == "not_found");
  CHECK(home.run({"trash", "--query", "subject:nothing"}).exit_code == 0);
}

TEST_CASE("many messages and permanent deletion need a yes, and a dry run tells what would be done") {
  Desk desk(105);
  auto& home = desk.home;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto all = desk.ids(provider, "in:inbox");
    const auto guarded = home.run({"archive", "-"}, all);
    CHECK(guarded.exit_code == 2);
    CHECK(guarded.err.find("105") != std::string::npos);
    CHECK(home.run({"archive", "-", "--max", "50"}, all).exit_code == 2);
    const auto dry = home.json({"archive", "-", "-n"}, all);
    REQUIRE(dry.size() == 105);
    CHECK(dry[0]["dry_run"] == true);
    CHECK_FALSE(dry[0]["change"].get<std::string>().empty());
    CHECK(desk.ids(provider, "in:inbox") == all);
    CHECK(home.run({"archive", "-", "--max", "200"}, all).exit_code == 0);
    CHECK(desk.ids(provider, "in:inbox") == "");
    desk.check_same(provider);

    const auto id = desk.id(provider, "m7");
    if (provider.name == "google") {
      const auto deleted = home.run({"delete", id, "--yes"});
      CHECK(deleted.exit_code == 4);
      CHECK(deleted.err.find("--with permanent-delete") != std::string::npos);
      REQUIRE(home.run({"login", "--account", provider.address, "--with", "permanent-delete", "--browser",
                        "/usr/bin/curl -sSL -o /dev/null"})
                  .exit_code == 0);
    }
    CHECK(home.run({"delete", id}).exit_code == 2);
    CHECK(home.run({"delete", id, "--max", "5"}).exit_code == 2);
    CHECK(home.run({"show", id}).exit_code == 0);
    CHECK(home.run({"delete", id, "--yes"}).exit_code == 0);
    CHECK(home.run({"show", id}).exit_code == 5);
    desk.check_same(provider);
  }
  check_mail_database(home);
}

TEST_CASE("a reader that has seen enough does not keep messages from being changed") {
  Desk desk(30);
  const auto& provider = provider_cases()[1];
  const auto all = desk.ids(provider, "in:inbox");
  Start start = desk.home.start({}, all);
  start.argv = {"/bin/sh", "-c", program("mailmgr") + " trash - --json | head -1 >/dev/null; exit 0"};
  CHECK(run(start).exit_code == 0);
  CHECK(desk.ids(provider, "in:trash").size() == all.size());
  desk.check_same(provider);
}

TEST_CASE("folders and labels are listed with their colours, made, renamed and deleted") {
  Desk desk(1);
  auto& home = desk.home;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const bool google = provider.name == "google";
    const auto folder = [&](std::vector<std::string> words) {
      words.insert(words.begin(), "folder");
      words.insert(words.end(), {"-a", provider.address});
      return home.run(std::move(words));
    };
    if (!google) {
      CHECK(folder({"create", "Urgent", "--label"}).exit_code == 4);
      REQUIRE(home.run({"login", "--account", provider.address, "--with", "settings", "--browser",
                        "/usr/bin/curl -sSL -o /dev/null"})
                  .exit_code == 0);
    }
    CHECK(folder({"create", "Urgent", "--label", "--color", "red", "-n"}).exit_code == 0);
    CHECK(folder({"create", "Urgent", "--label", "--color", "red"}).exit_code == 0);
    CHECK(folder({"create", "urgent", "--label"}).exit_code == 6);
    CHECK(folder({"create", "Other", "--label", "--color", "rainbow"}).exit_code == 2);
    CHECK(folder({"create", "Plans/Now"}).exit_code == 0);
    CHECK(folder({"rename", "Plans/Now", "Later"}).exit_code == 0);
    CHECK(folder({"rename", "Urgent", "--label", "--color", "blue"}).exit_code == 0);
    CHECK(folder({"rename", "Later"}).exit_code == 2);
    CHECK(folder({"rename", "Nothing", "Something"}).exit_code == 5);
    std::map<std::string, Json> listed;
    for (const auto& row : home.json({"folder", "list", "-a", provider.address})) listed[row["name"]] = row;
    REQUIRE(listed.contains("Urgent"));
    CHECK(listed["Urgent"]["color"] == (google ? "#4a86e8" : "preset7"));
    CHECK(listed["Urgent"]["kind"] == "label");
    CHECK(listed["Later"]["kind"] == (google ? "label" : "folder"));
    CHECK(home.run({"move", desk.id(provider, "m0"), "Later"}).exit_code == 0);
    if (!google) {  // a folder that is not known here
      desk.sandbox.post(mailbox(provider, "create_folder"), Json::parse(R"({"name":"Later/Deep"})"));
      CHECK(folder({"delete", "Later", "--yes"}).exit_code == 6);
      CHECK(folder({"delete", "Later", "-n"}).exit_code == 6);
      desk.sandbox.post(mailbox(provider, "delete_folder"), Json::parse(R"({"name":"Later/Deep"})"));
    }
    // With the mail in it, or off it: that needs a yes.
    CHECK(folder({"delete", "Later", "-n"}).exit_code == 0);
    CHECK(folder({"delete", "Later"}).exit_code == 2);
    desk.check_same(provider);
    CHECK(folder({"delete", "Later", "--yes"}).exit_code == 0);
    CHECK(folder({"delete", "Urgent", "--label"}).exit_code == 0);  // no message has it
    desk.check_same(provider);
    CHECK(home.json({"sync", provider.address}).at(0)["deleted"] == 0);
    desk.check_same(provider);
  }
  check_mail_database(home);
}

TEST_CASE("a change that is throttled tells of every message that was not changed, and is to be tried later") {
  Desk desk(25);
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto all = desk.ids(provider, "in:inbox");
    desk.sandbox.post("/_sandbox/faults", Json::parse(R"({"match":{"method":"POST","path":"/batch|messages/|\\$batch"},
                                      "action":{"status":429,"headers":{"Retry-After":"3600"}}})"));
    const auto throttled = desk.home.run({"mark", "-", "--read", "--json"}, all);
    CHECK(throttled.exit_code == 8);
    CHECK(json_lines(throttled.out).size() == 25);
    CHECK(json_lines(throttled.out).at(0)["error"]["code"] == "try_later");
    desk.sandbox.remove_faults();
  }
}

TEST_CASE("show marks as read what it has shown where that is asked for, and a run that may only read does not") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    home.log_in(provider.name);
    sandbox.post("/_sandbox/mailbox/" + provider.address + "/deliver",
                 {{"raw", "From: ada@example.org\r\nSubject: new\r\n\r\nText.\r\n"}, {"unread", true}});
    REQUIRE(home.run({"sync", provider.address}).exit_code == 0);
    const auto unread = [&] { return home.json({"list", "is:unread", "-a", provider.address}); };
    REQUIRE(unread().size() == 1);
    const std::string id = unread()[0]["id"].dump();
    CHECK(home.run({"show", id}).exit_code == 0);
    CHECK(home.run({"--allow", "read-only", "show", id, "--mark-read"}).exit_code == 6);
    CHECK(unread().size() == 1);
    const Ended shown = home.run({"show", id, "--mark-read"});
    CHECK_MESSAGE(shown.exit_code == 0, shown.err);
    CHECK(shown.out.find("Text.") != std::string::npos);
    CHECK(unread().empty());
    CHECK(home.json({"verify", provider.address})[0]["complete"] == true);
  }
}
