// The command line of sendmail(8), as other programs write it.
#include "cmd/sendmail_words.h"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "cmd/argv.h"
#include "cmd/command_line.h"
#include "cmd/run.h"
#include "cmd/sysexits.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;

namespace {

using SendmailArguments = std::vector<std::string>;

SendmailWords read_words(const SendmailArguments& words) {
  auto read = read_sendmail_words(words);
  REQUIRE_MESSAGE(read, read.error().message);
  return *std::move(read);
}

int run_sendmail(SendmailArguments words) {
  const TempFolder home;
  words.insert(words.begin(), {"--home", home.path(), "sendmail"});
  std::ostringstream out, err;
  return run(words, out, err, Stop());
}

}  // namespace

TEST_CASE("cron, git, mutt, mail, PHP and apticron are understood") {
  const auto cron = read_words({"-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"});
  CHECK(cron.full_name == "CronDaemon");
  CHECK_FALSE(cron.dot_ends);
  CHECK_FALSE(cron.recipients_in_header);
  CHECK(cron.recipients == SendmailArguments{"root"});
  const auto git = read_words({"-i", "a@x.example", "b@x.example"});
  CHECK(git.recipients.size() == 2);
  const auto mutt = read_words({"-oem", "-oi", "-f", "me@x.example", "--", "a@x.example", "-odd@x.example"});
  CHECK_FALSE(mutt.dot_ends);
  CHECK(mutt.sender == "me@x.example");
  CHECK(mutt.recipients == SendmailArguments{"a@x.example", "-odd@x.example"});
  const auto php = read_words({"-t", "-i", "-fwww-data"});
  CHECK(php.recipients_in_header);
  CHECK(php.sender == "www-data");
  CHECK(read_words({"root", "-oi"}).recipients == SendmailArguments{"root"});
}

TEST_CASE("options come alone, in clusters, with values attached or apart; what is for a mail server is passed over") {
  const auto read = read_words({"-itf", "a@x.example", "-F", "A B", "-N",       "never", "-Rhdrs",   "-V", "id",  "-O",
                                "X=y",  "-oQ/tmp",     "-o", "dq",  "-C/etc/x", "-X",    "/tmp/log", "-h", "3",   "-p",
                                "smtp", "-U",          "-G", "-vn", "-bm",      "-d0.1", "-em",      "-L", "tag", "-a",
                                "work", "b@x.example"});
  CHECK(read.recipients == SendmailArguments{"b@x.example"});
  CHECK(read.sender == "a@x.example");
  CHECK(read.full_name == "A B");
  CHECK(read.account == "work");
  CHECK(read.verbose);
  CHECK(read.queue_only);
  CHECK_FALSE(read.use_aliases);
  CHECK_FALSE(read.dot_ends);
  CHECK(read_words({"-f", "", "a"}).sender.empty());
  CHECK(read_words({"-"}).recipients == SendmailArguments{"-"});
}

TEST_CASE("the queue is listed and flushed, aliases need no rebuilding") {
  CHECK(read_words({"-bp"}).mode == SendmailWords::Mode::list_queue);
  CHECK(read_words({"-q"}).mode == SendmailWords::Mode::flush_queue);
  CHECK(read_words({"-bi"}).mode == SendmailWords::Mode::rebuild_aliases);
  CHECK(read_words({"-I"}).mode == SendmailWords::Mode::rebuild_aliases);
  CHECK(words_as_called("/usr/sbin/sendmail", {"-t"}) == SendmailArguments{"sendmail", "-t"});
  CHECK(words_as_called("mailq", {}) == SendmailArguments{"sendmail", "-bp"});
  CHECK(words_as_called("newaliases", {}) == SendmailArguments{"sendmail", "-bi"});
  CHECK(words_as_called("/x/sendmail/mailmgr", {"list"}) == SendmailArguments{"list"});
}

TEST_CASE("what only a mail server does, unknown options and missing values are usage errors") {
  for (const SendmailArguments& words : std::vector<SendmailArguments>{
           {"-bs"}, {"-bd"}, {"-bv", "a"}, {"-b"}, {"-q30m"}, {"-z"}, {"-f"}, {"-F"}, {"-ti5"}, {"-\x1b"}}) {
    CAPTURE(words.front());
    const auto read = read_sendmail_words(words);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::usage);
    CHECK(read.error().message.find('\x1b') == std::string::npos);
  }
  CHECK(run_sendmail({"-bs"}) == 64);
  CHECK(run_sendmail({}) == 64);
  CHECK(run_sendmail({"--nonsense"}) == 64);
  CHECK(run_sendmail({"-bi"}) == 0);
}

TEST_CASE("sendmail's own words are kept from the parser of ours, our long options are not") {
  const SendmailArguments words{"--home",       "D",          "-a", "x",     "sendmail", "--json",
                                "-FCronDaemon", "--key",      "k",  "-f",    "--json",   "[a,b]",
                                "send",         "--no-queue", "--", "--yes", "--"};
  const SendmailArguments shielded = shield(words);
  REQUIRE(shielded.size() == words.size());
  const SendmailArguments ours{"--home", "D", "-a", "x", "sendmail", "--json", "--key", "k", "--no-queue"};
  SendmailArguments kept;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (shielded[i] == words[i]) kept.push_back(words[i]);
    CHECK(unshield(shielded[i]) == words[i]);
  }
  CHECK(kept == ours);
  CHECK(find_sendmail({"--home", "sendmail", "list"}) == std::nullopt);
  CHECK(find_sendmail({"--home=x", "-v", "sendmail"}) == std::size_t{2});
}

TEST_CASE("every long option that sendmail takes with a value is known to have one") {
  const CommandLine line;
  for (const auto* app : {&line.app(), static_cast<const CLI::App*>(line.app().get_subcommand("sendmail"))}) {
    for (const auto* option : app->get_options()) {
      if (option->get_lnames().empty() || option->get_expected_max() == 0) continue;
      const std::string name = "--" + option->get_lnames().front();
      CAPTURE(name);
      CHECK(shield({"sendmail", name, "value"})[2] == "value");
    }
  }
  CHECK(shield({"sendmail", "--config", "value"})[2] == "value");
}

TEST_CASE("every error has an exit code that callers of sendmail know") {
  const std::vector<std::pair<Code, int>> table{
      {Code::usage, 64},   {Code::config, 78},      {Code::auth_required, 75}, {Code::not_found, 67},
      {Code::refused, 69}, {Code::partial, 69},     {Code::try_later, 75},     {Code::busy, 75},
      {Code::store, 74},   {Code::interrupted, 75}, {Code::internal, 70},      {Code::too_large, 69},
      {Code::gone, 67},    {Code::unreachable, 75}, {Code::throttled, 75},     {Code::token_rejected, 75}};
  for (const auto& [code, expected] : table) CHECK(sysexit(code) == expected);
}
