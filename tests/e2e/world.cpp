#include "tests/e2e/world.h"

#include <doctest/doctest.h>

#include <sstream>

#include "tests/support/places.h"

namespace mailmgr::test {
namespace {

std::map<std::string, std::string> plain_environment() {
  return {{"PATH", "/usr/bin:/bin"}, {"TZ", "UTC"}, {"LC_ALL", "C.UTF-8"}};
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

Home::Home() : environment_(plain_environment()) {
  environment_["MAILMGR_HOME"] = path();
  environment_["MAILMGR_ETC"] = folder_.path() + "/etc";  // not what this machine has set up for all users
}

Start Home::start(std::vector<std::string> words, const std::string& input) const {
  words.insert(words.begin(), program("mailmgr"));
  return {std::move(words), environment_, input, {}};
}

Ended Home::run(std::vector<std::string> words, const std::string& input) const {
  return test::run(start(std::move(words), input));
}

std::vector<Json> Home::json(std::vector<std::string> words, const std::string& input) const {
  words.push_back("--json");
  const Ended ended = run(std::move(words), input);
  REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
  return json_lines(ended.out);
}

void Home::set_providers(const Sandbox& sandbox) const {
  const Ended google = run({"provider", "set", "google", "--client-id", "sandbox-google.apps.googleusercontent.test",
                            "--client-secret-file", "-", "--base-url", sandbox.url()},
                           "sandbox-google-secret\n");
  REQUIRE_MESSAGE(google.exit_code == 0, google.err);
  const Ended microsoft = run({"provider", "set", "microsoft", "--client-id", "11111111-2222-3333-4444-555555555555",
                               "--base-url", sandbox.url()});
  REQUIRE_MESSAGE(microsoft.exit_code == 0, microsoft.err);
}

void Home::log_in(const std::string& provider, const std::string& hint) const {
  std::vector<std::string> words{"login", provider, "--browser", "/usr/bin/curl -sSL -o /dev/null"};
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
