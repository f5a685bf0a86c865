#include "tests/e2e/webdriver.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "core/system/httplib_client.h"

namespace mailmgr::test {
namespace {

constexpr const char* kDriver = "/usr/bin/chromedriver";
constexpr const char* kBrowser = "/usr/bin/chromium";
constexpr int kPatience = 60'000;  // milliseconds; a loaded machine takes its time

// What a script's JSON calls an element ("WebDriver", §12.2).
constexpr const char* kElement = "element-6066-11e4-a52e-4f735466cecf";

Json capabilities(const std::string& profile) {
  Json arguments = {"--headless=new",
                    "--disable-gpu",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--disable-dev-shm-usage",
                    "--user-data-dir=" + profile};
  if (::geteuid() == 0) arguments.push_back("--no-sandbox");  // Chromium's own refuses to run as root
  const Json always = {{"browserName", "chrome"},
                       {"goog:chromeOptions", {{"binary", kBrowser}, {"args", arguments}}},
                       {"goog:loggingPrefs", {{"browser", "ALL"}}},
                       {"timeouts", {{"implicit", kPatience}, {"pageLoad", kPatience}}}};
  return {{"capabilities", {{"alwaysMatch", always}}}};
}

}  // namespace

bool WebDriver::is_installed() {
  return ::access(kDriver, X_OK) == 0 && ::access(kBrowser, X_OK) == 0;
}

WebDriver::WebDriver() {
  driver_ = std::make_unique<Background>(
      Start{{kDriver, "--port=0"}, {{"PATH", "/usr/bin:/bin"}, {"HOME", folder_.path()}}, {}, {}});
  const std::string line = driver_->wait_for_line("started successfully on port ");
  REQUIRE(!line.empty());
  const std::string port = line.substr(line.rfind(' ') + 1);
  root_ = "http://127.0.0.1:" + port.substr(0, port.find_last_of("0123456789") + 1) + "/session";
  root_ += "/" + call("POST", "", capabilities(folder_.path() + "/profile"))["sessionId"].get<std::string>();
}

WebDriver::~WebDriver() {
  if (root_.ends_with("/session")) return;
  HttpRequest quit;
  quit.method = "DELETE";
  quit.url = Url::parse(root_).value();
  (void)HttplibClient(HttpSettings{}).send(quit, Stop());
}

Json WebDriver::call(const std::string& method, const std::string& path, const Json& body) {
  HttpRequest request;
  request.method = method;
  request.url = Url::parse(root_ + path).value();
  if (!body.is_null()) {
    request.body = body.dump();
    request.content_type = "application/json";
  }
  HttplibClient client(HttpSettings{});
  const auto response = client.send(request, Stop());
  REQUIRE_MESSAGE(response, method << " " << path << ": " << response.error().message);
  REQUIRE_MESSAGE(response->status == 200, method << " " << path << ": " << response->body);
  return Json::parse(response->body)["value"];
}

std::string WebDriver::find(const std::string& selector) {
  return "/element/" +
         call("POST", "/element", {{"using", "css selector"}, {"value", selector}})[kElement].get<std::string>();
}

void WebDriver::open(const std::string& url) {
  call("POST", "/url", {{"url", url}});
}
void WebDriver::click(const std::string& selector) {
  call("POST", find(selector) + "/click", Json::object());
}
std::string WebDriver::text(const std::string& selector) {
  return call("GET", find(selector) + "/text");
}
std::string WebDriver::style(const std::string& selector, const std::string& property) {
  return call("GET", find(selector) + "/css/" + property);
}
std::string WebDriver::title() {
  return call("GET", "/title");
}
std::string WebDriver::url() {
  return call("GET", "/url");
}

Json WebDriver::run_script(const std::string& script) {
  return call("POST", "/execute/sync", {{"script", script}, {"args", Json::array()}});
}

void WebDriver::resize(int width, int height) {
  const Json metrics = {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", false}};
  call("POST", "/goog/cdp/execute", {{"cmd", "Emulation.setDeviceMetricsOverride"}, {"params", metrics}});
}

std::vector<std::string> WebDriver::console_errors() {
  std::vector<std::string> errors;
  for (const auto& entry : call("POST", "/se/log", {{"type", "browser"}})) {
    if (entry["level"] == "SEVERE") errors.push_back(entry["message"]);
  }
  return errors;
}

BrowserStub::BrowserStub() {
  const std::string fifo = folder_.path() + "/urls";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  fifo_ = ::open(fifo.c_str(), O_RDWR | O_CLOEXEC);  // for writing too: it must never be at its end
  command_ = folder_.write("browser", "#!/bin/sh\nprintf '%s\\n' \"$1\" > '" + fifo + "'\n");
  std::filesystem::permissions(command_, std::filesystem::perms::owner_all);
}

BrowserStub::~BrowserStub() {
  if (fifo_ >= 0) ::close(fifo_);
}

std::string BrowserStub::wait_for_url() {
  std::string url;
  pollfd ready{fifo_, POLLIN, 0};
  while (::poll(&ready, 1, kPatience) > 0) {
    char byte = 0;
    if (::read(fifo_, &byte, 1) != 1) break;
    if (byte == '\n') return url;
    url += byte;
  }
  return {};
}

}  // namespace mailmgr::test
