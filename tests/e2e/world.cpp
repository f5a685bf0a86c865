#include "tests/e2e/world.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

#include "cmd/quick_commands.h"
#include "tests/support/places.h"

namespace mailmgr::test {
namespace {

constexpr const char* kFollowingBrowser = "/usr/bin/curl -sSL -o /dev/null";

std::map<std::string, std::string> plain_environment() {
  std::map<std::string, std::string> environment{{"PATH", "/usr/bin:/bin"}, {"TZ", "UTC"}, {"LC_ALL", "C.UTF-8"}};
  if (const char* reports = std::getenv("ASAN_OPTIONS")) environment["ASAN_OPTIONS"] = reports;
  return environment;
}

std::vector<std::string> split_words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// What a command prints with --json are the keys that the table of commands, and with it the manual, has of it.
void check_keys(const std::vector<std::string>& words, const std::vector<Json>& objects) {
  const CommandInfo* called = nullptr;
  for (const auto& command : commands()) {
    const auto path = split_words(command.path);
    const bool fits = path.size() <= words.size() && std::equal(path.begin(), path.end(), words.begin());
    if (fits && (!called || command.path.size() > called->path.size())) called = &command;
  }
  if (!called) return;  // options stand before it
  const auto keys = split_words(called->keys);
  const std::set<std::string> known(keys.begin(), keys.end());
  for (const auto& object : objects) {
    for (const auto& [key, value] : object.items()) {
      CHECK_MESSAGE(known.contains(key), called->path, " --json prints \"", key, "\"");
    }
  }
}

Json curl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"/usr/bin/curl", "-sS", "--max-time", "60"});
  const Ended ended = run({std::move(arguments), plain_environment(), {}, {}});
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
  return ended.out.empty() ? Json() : Json::parse(ended.out);
}

}  // namespace

Sandbox::Sandbox(std::vector<std::string> options) {
  options.insert(options.begin(), {program("mailmgr-sandbox"), "--accounts", "a@gmail.test,b@outlook.test"});
  process_ = std::make_unique<Background>(Start{std::move(options), plain_environment(), {}, {}});
  const std::string line = process_->wait_for_line("listening on ");
  REQUIRE_MESSAGE(!line.empty(), process_->wait().err);
  url_ = line.substr(line.find("http"));
}

Json Sandbox::get(const std::string& path) const {
  return curl({url_ + path});
}

Json Sandbox::post(const std::string& path, const Json& body) const {
  return curl({"-X", "POST", "-H", "Content-Type: application/json", "--data-binary", body.dump(), url_ + path});
}

void Sandbox::remove_faults() const {
  curl({"-X", "DELETE", url_ + "/_sandbox/faults"});
}

bool Sandbox::accepts(const std::string& provider, const std::string& token) const {
  const std::string path = provider == "google" ? "/gmail/v1/users/me/profile" : "/v1.0/me";
  const Ended ended = run({{"/usr/bin/curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H",
                            "Authorization: Bearer " + token, url_ + path},
                           plain_environment(),
                           {},
                           {}});
  return ended.out == "200";
}

namespace {

// People start mailmgr, which becomes mailmgr-whole for what it does not do itself. Under the sanitizers that costs as
// much as the command, so only what begins with an option, and what it does itself, is started as people start it.
std::string program_for(const std::vector<std::string>& words) {
  const bool is_whole = !words.empty() && !words.front().starts_with('-') &&
                        std::none_of(std::begin(kQuickCommands), std::end(kQuickCommands),
                                     [&](const CommandInfo& command) { return command.path == words.front(); });
  return program("mailmgr") + (is_whole ? "-whole" : "");
}

}  // namespace

Home::Home() : environment_(plain_environment()) {
  environment_["MAILMGR_HOME"] = path();
  environment_["PAGER"] = "cat";
  environment_["MAILMGR_ETC"] = folder_.path() + "/etc";  // not what this machine has set up for all users
}

Home::Home(const Home& other) : Home() {
  std::filesystem::copy(other.path(), path(), std::filesystem::copy_options::recursive);
}

std::string Home::sql(const std::string& database, const std::string& sql) const {
  const Ended ended =
      test::run({{"/usr/bin/sqlite3", path() + "/data/" + database + ".db", sql}, plain_environment(), {}, {}});
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
  return ended.out;
}

void Home::expire_access_tokens() const {
  sql("tokens", "UPDATE grant_ SET access_expires = 1");
}

Start Home::start(std::vector<std::string> words, const std::string& input) const {
  words.insert(words.begin(), program_for(words));
  return {std::move(words), environment_, input, {}};
}

Ended Home::run(std::vector<std::string> words, const std::string& input) const {
  return test::run(start(std::move(words), input));
}

Ended Home::on_terminal(const std::string& words, const std::string& typed,
                        const std::map<std::string, std::string>& more) const {
  Start terminal = start({}, typed);
  terminal.argv = {"/usr/bin/script", "-qec", program("mailmgr") + " " + words, "/dev/null"};
  terminal.environment["SHELL"] = "/bin/sh";
  for (const auto& [name, value] : more) terminal.environment[name] = value;
  return test::run(terminal);
}

std::vector<Json> Home::json(std::vector<std::string> words, const std::string& input) const {
  words.push_back("--json");
  const Ended ended = run(words, input);
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
  auto objects = json_lines(ended.out);
  check_keys(words, objects);
  return objects;
}

void Home::set_provider(const std::string& name, const Sandbox& sandbox) const {
  std::vector<std::string> words{"provider", "set", name, "--base-url", sandbox.url(), "--client-id"};
  const bool google = name == "google";
  if (google) words.insert(words.end(), {"sandbox-google.apps.googleusercontent.test", "--client-secret-file", "-"});
  if (!google) words.emplace_back("11111111-2222-3333-4444-555555555555");
  // Tests run commands faster than any person or cron does: none waits for its quota, but those that are about it.
  words.insert(words.end(), {"--quota", google ? "gmail-new:1000000" : "graph:1000000"});
  const Ended ended = run(std::move(words), google ? "sandbox-google-secret\n" : "");
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
}

void Home::set_providers(const Sandbox& sandbox) const {
  for (const auto& provider : provider_cases()) set_provider(provider.name, sandbox);
}

void Home::log_in_for_sending_only(const std::string& provider) const {
  const Ended ended = run({"login", provider, "--access", "send-only", "--browser", kFollowingBrowser});
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
}

void Home::log_in(const std::string& provider, const std::string& hint) const {
  std::vector<std::string> words{"login", provider, "--browser", kFollowingBrowser};
  if (!hint.empty()) words.insert(words.end(), {"--login-hint", hint});
  const Ended ended = run(std::move(words));
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
}

std::string clicking_browser(const std::string& decision) {
  return source_folder() + "/tests/support/click-consent " + decision + " %s";
}

std::string program(const std::string& name) {
  const std::string folder = name == "mailmgr" ? "/" : "/tests/";
  return build_folder() + folder + name;
}

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> objects;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) objects.push_back(Json::parse(line));
  return objects;
}

const std::vector<ProviderCase>& provider_cases() {
  static const std::vector<ProviderCase> cases{{"google", "a@gmail.test"}, {"microsoft", "b@outlook.test"}};
  return cases;
}

}  // namespace mailmgr::test
