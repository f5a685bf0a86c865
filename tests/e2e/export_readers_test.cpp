// Exports by the real program, read by the programs they are for: Python, notmuch, mu and mutt.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "core/base/time.h"
#include "tests/e2e/export_world.h"
#include "tests/e2e/exports.h"
#include "tests/support/places.h"

using namespace mailmgr::test;
using mailmgr::read_text;
namespace fs = std::filesystem;

namespace {

Ended run_other(const ExportWorld& world, std::vector<std::string> argv) {
  auto environment = world.home.start({}).environment;
  environment["HOME"] = world.home.folder().path();
  environment["NOTMUCH_CONFIG"] = world.out("notmuch.conf");
  environment["TERM"] = "xterm";
  environment["SHELL"] = "/bin/sh";
  return run({std::move(argv), environment, {}, {}});
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.insert(line);
  }
  return lines;
}

// What a program tells of a message. Where it has no date, that cannot be read.
struct ToldMail {
  std::string subject, folder;
  std::optional<std::int64_t> date = {};  // seconds since 1970, in UTC
  bool unread = false, starred = false;
  bool operator==(const ToldMail&) const = default;
};
// By Message-ID, without its angle brackets. A message that has none has no name that programs could agree on.
using ToldMails = std::map<std::string, ToldMail>;

ToldMails told_by_mailmgr(const Home& home, const ProviderCase& provider) {
  ToldMails all;
  for (const auto& row : home.json({"search", "-a", provider.address, "in:anywhere"})) {
    const std::string id = row["message_id"];
    if (id.empty()) continue;
    ToldMail told{row["subject"], row["folders"].at(0)};
    if (row["date"].is_string()) {
      told.date = mailmgr::to_unix_seconds(mailmgr::from_rfc3339(row["date"].get<std::string>()).value());
    }
    told.unread = row["unread"];
    told.starred = row["starred"];
    all[id.substr(1, id.size() - 2)] = told;
  }
  return all;
}

bool has_word(const Json& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// The folder of PATH/ACCOUNT/FOLDER/cur/NAME.
std::string folder_of_file(const std::string& file, const std::string& account_folder) {
  return fs::relative(fs::path(file).parent_path().parent_path(), account_folder).string();
}

// `answer`: of `notmuch show`, a message and the list of those below it, as deep as the thread goes.
void take_notmuch(const Json& answer, const std::string& account_folder, ToldMails& all) {
  if (answer.is_array()) {
    for (const auto& one : answer) take_notmuch(one, account_folder, all);
  }
  if (!answer.is_object()) return;
  ToldMail told{answer["headers"].value("Subject", ""), folder_of_file(answer["filename"].at(0), account_folder)};
  // It has 1970 for a date that cannot be read.
  if (const std::int64_t seconds = answer["timestamp"]; seconds != 0) told.date = seconds;
  told.unread = has_word(answer["tags"], "unread");
  told.starred = has_word(answer["tags"], "flagged");
  all[answer["id"]] = told;
}

// `answer`: of `mu find --format=json`.
ToldMails told_by_mu(const Json& answer, const std::string& account_folder) {
  ToldMails all;
  for (const auto& one : answer) {
    const std::string id = one[":message-id"];
    if (id.ends_with("@mu.id")) continue;  // its own name for a message without one
    ToldMail told{one.value(":subject", ""), folder_of_file(one[":path"], account_folder)};
    // As Emacs has times: the upper and the lower 16 bits of the seconds.
    if (one.contains(":date")) {
      told.date = (one[":date"].at(0).get<std::int64_t>() << 16) + one[":date"].at(1).get<std::int64_t>();
    }
    told.unread = !has_word(one[":flags"], "seen");
    told.starred = has_word(one[":flags"], "flagged");
    all[id] = told;
  }
  return all;
}

std::string as_line(const ToldMails& all, const std::string& id) {
  const auto found = all.find(id);
  if (found == all.end()) return "(none)";
  const auto& one = found->second;
  return one.folder + " \"" + one.subject + "\" " + (one.date ? std::to_string(*one.date) : "no date") +
         (one.unread ? " unread" : "") + (one.starred ? " starred" : "");
}

// What `theirs` tells otherwise than mailmgr, message by message; empty where they agree.
std::string disagreements(const ToldMails& ours, ToldMails theirs) {
  // notmuch and mu read with GMime, which takes encoded words (RFC 2047) that follow each other for one piece of base64
  // and stops where the first of them is padded. They show the beginning of what mailmgr shows whole.
  const std::string padded = "cs-9@mail.example.org";
  if (const auto cut = theirs.find(padded); cut != theirs.end() && ours.contains(padded)) {
    const auto& whole = ours.at(padded).subject;
    if (!cut->second.subject.empty() && whole.starts_with(cut->second.subject)) cut->second.subject = whole;
  }
  std::set<std::string> ids;
  for (const auto& side : {ours, theirs}) {
    for (const auto& [id, told] : side) ids.insert(id);
  }
  std::string text;
  for (const auto& id : ids) {
    if (ours.contains(id) && theirs.contains(id) && ours.at(id) == theirs.at(id)) continue;
    text += id + ": " + as_line(ours, id) + " / " + as_line(theirs, id) + "\n";
  }
  return text;
}

// Mailboxes at both providers: the corpus, what fill() brings, and a message in a folder below another.
struct WideWorld : ExportWorld {
  WideWorld() : ExportWorld({"--mail", source_folder() + "/tests/data/mail"}, provider_cases()) {
    for (const auto& provider : provider_cases()) {
      fill(provider);
      deliver("filed", {{"folder", "Work/2026"}}, provider);
    }
    sync();
  }

  // Exports the account into a folder of its provider's name, and returns that folder.
  std::string export_account(const ProviderCase& provider) const {
    CHECK(export_to("maildir", provider.name, {"-a", provider.address, "--mirror"})["complete"] == true);
    return out(provider.name);
  }
};

}  // namespace

TEST_CASE("every message of the corpus is exported in each format, and Python reads the same bytes of it" *
          doctest::skip(!fs::exists("/usr/bin/python3"))) {
  const SyncedMail world(source_folder() + "/tests/data/mail");
  REQUIRE(world.listed.size() > 90);
  check_exports(world);
  // What goes to standard output is the same.
  CHECK(world.home.run({"export", "--format", "mbox", "-o", "-"}).out ==
        read_text(world.home.folder().path() + "/mbox"));
}

TEST_CASE("notmuch has the ids, subjects, dates, folders and marks of an export as mailmgr has them, and its labels" *
          doctest::skip(!fs::exists("/usr/bin/notmuch"))) {
  const WideWorld world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto folder = world.export_account(provider);
    world.home.folder().write("notmuch.conf",
                              "[database]\npath=" + folder +
                                  "\n[new]\ntags=inbox\nignore=/^\\.mailmgr/;notmuch-tags;dovecot-keywords\n"
                                  "[user]\nprimary_email=" +
                                  provider.address + "\n[maildir]\nsynchronize_flags=true\n");
    const auto indexed = run_other(world, {"/usr/bin/notmuch", "new"});
    CHECK_MESSAGE(indexed.exit_code == 0, indexed.err);
    // It takes nothing that an export writes beside the mail for mail, and a text without a header for none.
    const auto first = indexed.err.find("Ignoring non-mail");
    REQUIRE(first != std::string::npos);
    CHECK(indexed.err.find("Ignoring non-mail", first + 1) == std::string::npos);
    const auto told = run_other(world, {"/usr/bin/notmuch", "show", "--format=json", "--body=false",
                                        "--entire-thread=false", "--exclude=false", "*"});
    REQUIRE_MESSAGE(told.exit_code == 0, told.err);
    ToldMails theirs;
    take_notmuch(Json::parse(told.out), folder + "/" + provider.address, theirs);
    const auto ours = told_by_mailmgr(world.home, provider);
    CHECK(ours.size() > 50);
    CHECK(disagreements(ours, theirs) == "");

    CHECK(read_text(folder + "/" + provider.address + "/inbox/dovecot-keywords") == "0 Work/2026\n1 red\n");
    const auto tagged = run_other(world, {"/usr/bin/notmuch", "tag", "--batch", "--input=" + folder + "/notmuch-tags"});
    CHECK_MESSAGE(tagged.exit_code == 0, tagged.err);
    const auto found = [&](const std::string& query) {
      return run_other(world, {"/usr/bin/notmuch", "search", "--output=messages", "--exclude=false", query}).out;
    };
    CHECK(found("tag:red and tag:Work/2026") == "id:star@example.org\n");
    // A folder at Outlook, at Gmail a label of what is in the archive.
    const bool is_folder = provider.name == "microsoft";
    const auto filed = is_folder ? "folder:" + provider.address + "/Work/2026" : "tag:Work/2026 and not tag:red";
    CHECK(found(filed) == "id:filed@example.org\n");
  }
}

TEST_CASE("mu has the ids, subjects, dates, folders and marks of an export as mailmgr has them" *
          doctest::skip(!fs::exists("/usr/bin/mu"))) {
  const WideWorld world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto folder = world.export_account(provider);
    const auto home = "--muhome=" + world.out("mu-" + provider.name);
    CHECK(run_other(world, {"/usr/bin/mu", "init", home, "--maildir=" + folder}).exit_code == 0);
    CHECK(run_other(world, {"/usr/bin/mu", "index", home}).exit_code == 0);
    const auto told = run_other(world, {"/usr/bin/mu", "find", home, "--format=json", ""});
    REQUIRE_MESSAGE(told.exit_code == 0, told.err);
    const auto theirs = told_by_mu(Json::parse(told.out), folder + "/" + provider.address);
    CHECK(disagreements(told_by_mailmgr(world.home, provider), theirs) == "");
    const auto found =
        run_other(world, {"/usr/bin/mu", "find", home, "--fields=s", "date:20261102..20261102 flag:unread"});
    CHECK(lines_of(found.out) == std::set<std::string>{"fresh", "star"});
  }
}

TEST_CASE("mutt opens a folder of an export, and what it does to flags is no new message to the next one" *
          doctest::skip(!fs::exists("/usr/bin/mutt"))) {
  const ExportWorld world;
  world.fill();
  world.export_to("maildir", "mail");
  const auto inbox = world.out("mail") + "/a@gmail.test/inbox";
  const auto settings =
      world.home.folder().write("muttrc",
                                "set wait_key=no pipe_decode=no pipe_split=no mark_old=no quit=yes delete=no move=no\n"
                                "set folder=/\n"  // else it asks whether to make ~/Mail
                                "push \"<tag-pattern>~A<enter><tag-prefix><pipe-message>cat >> '" +
                                    world.out("seen") + "'<enter><tag-prefix><clear-flag>N<quit>\"\n");
  const auto ended =
      run_other(world, {"/usr/bin/script", "-qec", "/usr/bin/mutt -n -F " + settings + " -f " + inbox, "/dev/null"});
  CHECK_MESSAGE(ended.exit_code == 0, ended.out);
  const auto seen = lines_of(read_text(world.out("seen")));
  for (const char* subject : {"plain", "fresh", "star"}) CHECK(seen.contains(std::string("Subject: ") + subject));
  CHECK_FALSE(seen.contains("Subject: kept"));
  const auto renamed = mail_files(inbox);
  CHECK(std::none_of(renamed.begin(), renamed.end(),
                     [](const auto& path) { return path.parent_path().filename() == "new"; }));
  const Json again = world.export_to("maildir", "mail");
  CHECK(again["added"] == 0);
  CHECK(again["unchanged"] == 5);
  CHECK(mail_files(inbox) == renamed);
  // Only --mirror takes the flags back.
  CHECK(world.export_to("maildir", "mail", {"--mirror"})["updated"] == 2);
}
