// The world of an end-to-end test: a sandbox of its own on a free port, and a home of its own for the real program. The
// browser is a program that fetches the login URL and follows it to the listener, as a browser does once the person has
// clicked (the sandbox consents by itself), or any other command a test gives.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace mailmgr::test {

using Json = nlohmann::ordered_json;

class Sandbox {
 public:
  // `options` are those of mailmgr-sandbox besides --port; accounts a@gmail.test and b@outlook.test.
  explicit Sandbox(std::vector<std::string> options = {});

  const std::string& url() const { return url_; }
  // The control API: GET without a body, POST with one.
  Json get(const std::string& path) const;
  Json post(const std::string& path, const Json& body) const;

 private:
  std::unique_ptr<Background> process_;
  std::string url_;
};

class Home {
 public:
  Home();
  std::string path() const { return folder_.path() + "/home"; }
  const TemporaryFolder& folder() const { return folder_; }
  std::map<std::string, std::string>& environment() { return environment_; }

  Ended run(std::vector<std::string> words, const std::string& input = {}) const;
  Start start(std::vector<std::string> words, const std::string& input = {}) const;
  // The objects that a command prints with --json; fails the test unless it ends with 0.
  std::vector<Json> json(std::vector<std::string> words, const std::string& input = {}) const;

  void set_providers(const Sandbox& sandbox) const;
  void log_in(const std::string& provider, const std::string& hint = {}) const;

 private:
  TemporaryFolder folder_;
  std::map<std::string, std::string> environment_;
};

// A --browser command that reads the consent page and posts its form with `decision` ("allow" or "cancel").
std::string clicking_browser(const std::string& decision);

std::string program(const std::string& name);  // "mailmgr", "mailmgr-sandbox"
std::vector<Json> json_lines(const std::string& text);

// Both providers, as the sandbox knows them.
struct ProviderCase {
  std::string name, address;
};
const std::vector<ProviderCase>& provider_cases();

}  // namespace mailmgr::test
