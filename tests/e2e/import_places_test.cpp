// The folders and labels that imported mail goes into: found, made where that is asked for, or left out.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "tests/e2e/import_world.h"

using namespace mailmgr::test;
namespace fs = std::filesystem;

TEST_CASE("folders and labels that the mailbox lacks are made where that is asked for, and not by a dry run") {
  const ImportWorld world;
  world.let_make_categories();
  const std::string file = world.mbox({"one", "two"});
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const std::vector<std::string> words{file,      "-a",       provider.address, "--folder", "Old/2026",
                                         "--label", "Imported", "--lossy",        "--create"};
    const auto folders = [&] { return world.sandbox.get(mailbox(provider, "state"))["folders"].dump(); };
    auto dry = words;
    dry.emplace_back("--dry-run");
    CHECK(world.imported(dry)["imported"] == 2);
    CHECK(folders().find("2026") == std::string::npos);
    CHECK(world.imported(words)["imported"] == 2);
    CHECK(folders().find("2026") != std::string::npos);
    for (const auto& one : world.messages(provider)) CHECK(one["labels"].dump().find("Imported") != std::string::npos);
  }
}

TEST_CASE("Outlook's categories are those that it lists or mail carries; others are left out, refused or made") {
  const ImportWorld world;
  world.sandbox.post(mailbox(outlook(), "deliver"), {{"raw", mail("carrier")}, {"labels", {"Follow up"}}});
  REQUIRE(world.home.run({"sync", outlook().address}).exit_code == 0);
  for (const char* name : {"cur", "new", "tmp"}) fs::create_directories(world.out("md") + "/" + name);
  world.home.folder().write("md/dovecot-keywords", "0 Follow_up\n1 Unheard\n");
  world.home.folder().write("md/cur/1.a:2,Sab", mail("filed"));
  const auto import = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"-a", outlook().address, "--lossy"});
    return world.import(std::move(words));
  };
  const auto labels_of_last = [&] { return world.messages(outlook()).back()["labels"]; };
  const Ended done = import({world.out("md")});
  CHECK(done.exit_code == 0);
  CHECK_MESSAGE(done.err.find("no label \"Unheard\": it is left out") != std::string::npos, done.err);
  CHECK(labels_of_last() == Json{"Follow up"});

  const auto file = world.mbox({"one"});
  const Ended refused = import({file, "--label", "Unheard"});
  CHECK(refused.exit_code == 5);
  CHECK(refused.err.find("--create") != std::string::npos);
  const Ended not_allowed = import({file, "--label", "Unheard", "--create"});
  CHECK(not_allowed.exit_code == 4);
  CHECK(not_allowed.err.find("--with settings") != std::string::npos);
  CHECK(import({file, "--folder", "Follow up"}).exit_code == 5);  // no folder: mail is not filed there
  CHECK(world.messages(outlook()).size() == 2);

  world.let_make_categories();
  CHECK(import({file, "--label", "Unheard", "--create"}).exit_code == 0);
  CHECK(labels_of_last() == Json{"Unheard"});
  CHECK(world.home.run({"folder", "list", "-a", outlook().address}).out.find("Unheard") != std::string::npos);
}

TEST_CASE(
    "a label that cannot be made is left off the message where a file has it, and ends an import that asks for it") {
  const ImportWorld world;
  world.let_make_categories();
  for (const char* name : {"cur", "new", "tmp"}) fs::create_directories(world.out("md") + "/" + name);
  world.home.folder().write("md/dovecot-keywords", "0 Archive\n1 a//b\n2 Fine\n");
  world.home.folder().write("md/cur/1.a:2,Sabc", mail("one"));
  world.home.folder().write("md/cur/2.a:2,Sac", mail("two"));
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const std::vector<std::string> words{world.out("md"), "-a", provider.address, "--lossy", "--create"};
    const Ended done = world.import(words);
    CHECK_MESSAGE(done.exit_code == 0, done.err);
    for (const std::string name : {"Archive", "a//b"}) {
      const auto told = done.err.find("\"" + name + "\", and it cannot be made");
      CHECK_MESSAGE(told != std::string::npos, done.err);
      CHECK(done.err.find("\"" + name + "\", and it", told + 1) == std::string::npos);
    }
    CHECK(world.messages(provider).size() == 2);
    for (const auto& one : world.messages(provider)) CHECK(one["labels"].dump().find("Fine") != std::string::npos);

    const auto file = world.mbox({"three", "four"});
    for (const auto& [option, name, code] : {std::tuple{"--label", "Archive", 6}, {"--folder", "a//b", 2}}) {
      const Ended refused = world.import({file, "-a", provider.address, "--lossy", "--create", option, name});
      CHECK(refused.exit_code == code);
      CHECK_MESSAGE(refused.err.find(": import: \"" + std::string(name) + "\"") != std::string::npos, refused.err);
      CHECK(std::count(refused.err.begin(), refused.err.end(), '\n') <= 2);  // once, with its hint
    }
    CHECK(world.messages(provider).size() == 2);
  }
}

TEST_CASE("folders and labels are found in whatever case they are named, and not made twice") {
  const ImportWorld world;
  const std::string file = world.mbox({"one"});
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    world.sandbox.post(mailbox(provider, "create_folder"), {{"name", "\u00dcbersicht"}});
    world.sandbox.post(mailbox(provider, "deliver"), {{"raw", mail("carrier")}, {"labels", {"\u00c4rger"}}});
    REQUIRE(world.home.run({"sync", provider.address}).exit_code == 0);
    CHECK(world.imported({file, "-a", provider.address, "--folder", "\u00fcBERSICHT", "--label", "\u00e4RGER",
                          "--lossy"})["imported"] == 1);
    const Json last = world.messages(provider).back();
    CHECK(last["labels"].dump().find("\u00c4rger") != std::string::npos);
    CHECK((last["folders"].dump() + last["labels"].dump()).find("\u00dcbersicht") != std::string::npos);
  }
}
