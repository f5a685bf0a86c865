// The world of an end-to-end test: a sandbox of its own on a free port, and a home of its own for the real program. The
// browser is a program that fetches the login URL and follows it to the listener, as a browser does once the person has
// clicked (the sandbox consents by itself), or any other command a test gives.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace mailmgr::test {

using Json = nlohmann::ordered_json;

// Whether the programs were built without core/base/failpoint.h: then what needs it is skipped.
#ifdef MAILMGR_FAILPOINTS
constexpr bool kWithoutFailpoints = false;
#else
constexpr bool kWithoutFailpoints = true;
#endif

class Sandbox {
 public:
  // `options` are those of mailmgr-sandbox besides --port; accounts a@gmail.test and b@outlook.test.
  explicit Sandbox(std::vector<std::string> options = {});

  const std::string& url() const { return url_; }
  // Whether the provider's API takes this access token.
  bool accepts(const std::string& provider, const std::string& token) const;
  // The control API: GET without a body, POST with one.
  Json get(const std::string& path) const;
  Json post(const std::string& path, const Json& body) const;
  void remove_faults() const;

 private:
  std::unique_ptr<Background> process_;
  std::string url_;
};

class Home {
 public:
  Home();
  // A home of its own with everything that `other` holds.
  explicit Home(const Home& other);
  std::string path() const { return folder_.path() + "/home"; }
  const TemporaryFolder& folder() const { return folder_; }
  std::map<std::string, std::string>& environment() { return environment_; }

  Ended run(std::vector<std::string> words, const std::string& input = {}) const;
  // The same on a terminal, made by script(1), whose shell takes `words` apart; `typed` is what the person types there,
  // `more` are variables besides. What comes out is as the terminal has it, with CR LF.
  Ended on_terminal(const std::string& words, const std::string& typed = {},
                    const std::map<std::string, std::string>& more = {}) const;
  Start start(std::vector<std::string> words, const std::string& input = {}) const;
  // The objects that a command prints with --json; fails the test unless it ends with 0.
  std::vector<Json> json(std::vector<std::string> words, const std::string& input = {}) const;

  // What `sql` gives on one of the databases, mail or tokens, one row per line.
  std::string sql(const std::string& database, const std::string& sql) const;
  // Lets the stored access tokens seem to have ended, so that whoever needs one refreshes.
  void expire_access_tokens() const;

  void set_provider(const std::string& name, const Sandbox& sandbox) const;
  void set_providers(const Sandbox& sandbox) const;  // both
  void log_in(const std::string& provider, const std::string& hint = {}) const;
  void log_in_for_sending_only(const std::string& provider) const;

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
