// A real browser for end-to-end tests: headless Chromium with a fresh profile, driven through chromedriver (W3C
// WebDriver over HTTP). Whatever is waited for, the browser waits for it: there are no sleeps here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/world.h"

namespace mailmgr::test {

class WebDriver {
 public:
  static bool is_installed();  // Debian's packages chromium and chromium-driver

  WebDriver();
  ~WebDriver();
  WebDriver(const WebDriver&) = delete;
  WebDriver& operator=(const WebDriver&) = delete;

  void open(const std::string& url);
  // The first element that fits a CSS selector, once there is one.
  void click(const std::string& selector);
  std::string text(const std::string& selector);
  std::string style(const std::string& selector, const std::string& property);
  std::string title();
  std::string url();
  // What a script's `return` gives, run in the page.
  Json run_script(const std::string& script);
  void resize(int width, int height);  // of the page's own area
  // What the browser logged since the last call, with severity SEVERE: scripts, policies and requests that failed.
  std::vector<std::string> console_errors();

 private:
  Json call(const std::string& method, const std::string& path, const Json& body = nullptr);
  std::string find(const std::string& selector);

  TemporaryFolder folder_;
  std::unique_ptr<Background> driver_;
  std::string root_;  // of chromedriver, then of the session
};

// A --browser command that opens nothing and tells the test where it was sent.
class BrowserStub {
 public:
  BrowserStub();
  ~BrowserStub();
  BrowserStub(const BrowserStub&) = delete;
  BrowserStub& operator=(const BrowserStub&) = delete;

  const std::string& command() const { return command_; }
  // The next URL the command was given; empty if none comes for a minute.
  std::string wait_for_url();

 private:
  TemporaryFolder folder_;
  std::string command_;
  int fifo_ = -1;
};

}  // namespace mailmgr::test
