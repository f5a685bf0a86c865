// The main job, end to end, through the real binary over real sockets: set up, log in, sync, list, search, show, send.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/world.h"
#include "tests/support/places.h"

using namespace mailmgr::test;

namespace {

const std::string kMail = source_folder() + "/tests/data/mail";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> loaded_mail() {
  std::vector<std::string> contents;
  for (const char* folder : {"/cur", "/new"}) {
    for (const auto& entry : std::filesystem::directory_iterator(kMail + folder)) {
      if (entry.is_regular_file() && entry.path().filename().string().front() != '.') {
        contents.push_back(read_file(entry.path()));
      }
    }
  }
  std::sort(contents.begin(), contents.end());
  return contents;
}

}  // namespace

TEST_CASE("a mailbox is set up, logged in, synced, searched, shown and answered from, on both providers") {
  const Sandbox sandbox({"--mail", kMail});  // without --auto-consent: somebody has to click
  const Home home;
  home.set_providers(sandbox);
  const std::string browser = clicking_browser("allow");

  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto login = home.json({"login", provider.name, "--browser", browser});
    REQUIRE(login.size() == 1);
    CHECK(login[0]["email"] == provider.address);
    CHECK(login[0]["account"] == provider.address);
    CHECK(login[0]["missing_scopes"].empty());

    const auto first = home.json({"sync", provider.address});
    REQUIRE(first.size() == 1);
    CHECK(first[0]["complete"] == true);
    CHECK(first[0]["new"] == loaded_mail().size());
    CHECK(first[0]["remaining"] == 0);
    CHECK(first[0]["requests"].get<int>() > 0);

    const auto listed = home.json({"list", "-a", provider.address, "in:anywhere"});
    CHECK(listed.size() == loaded_mail().size());

    const Json sent = home.json({"send", "--account", provider.address, "--to", "someone@example.org", "--subject",
                                 "Grüße", "--body", "Guten Tag.", "--attach", kMail + "/../attachment.txt"})
                          .front();
    CHECK(sent["state"] == "sent");
    CHECK(sent["from"] == provider.address);
    CHECK(sent["recipients"] == Json({"someone@example.org"}));

    const auto second = home.json({"sync", provider.address});
    CHECK(second[0]["complete"] == true);
    CHECK(second[0]["new"] == 1);  // the sent message, and nothing that was there before

    const auto found = home.json({"search", "-a", provider.address, "in:sent", "subject:Grüße", "has:attachment"});
    REQUIRE(found.size() == 1);
    CHECK(found[0]["folders"] == Json({"sent"}));
    const auto shown = home.json({"show", std::to_string(found[0]["id"].get<int>())});
    CHECK(shown[0]["body_text"].get<std::string>().find("Guten Tag.") != std::string::npos);
    REQUIRE(shown[0]["attachments"].size() == 1);
    CHECK(shown[0]["attachments"][0]["name"] == "attachment.txt");

    const auto accepted = sandbox.get("/_sandbox/mailbox/" + provider.address + "/sent");
    CHECK(accepted.dump().find("someone@example.org") != std::string::npos);
  }
  CHECK(home.run({"token", "a@gmail.test"}).out.size() > 20);
}

TEST_CASE("what show --raw prints for Gmail is byte for byte what the mailbox holds") {
  const Sandbox sandbox({"--mail", kMail, "--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  home.log_in("google");
  REQUIRE(home.run({"sync"}).exit_code == 0);

  std::vector<std::string> stored;
  for (const auto& row : home.json({"search", "in:anywhere"})) {
    stored.push_back(home.run({"show", "--raw", std::to_string(row["id"].get<int>())}).out);
  }
  std::sort(stored.begin(), stored.end());
  CHECK(stored == loaded_mail());
}

TEST_CASE("a successful sync prints nothing when nobody watches") {
  const Sandbox sandbox({"--synthetic", "20", "--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  home.log_in("microsoft");
  const Ended sync = home.run({"sync"});
  CHECK(sync.exit_code == 0);
  CHECK(sync.out.empty());
  CHECK(sync.err.empty());
}
