#include "core/system/loopback_listener.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <thread>

#include "core/base/descriptor.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

constexpr const char* kGood = "/cb/google?state=good&code=4%2Fabc";

int connect_to(int family, std::uint16_t port) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = IN6ADDR_LOOPBACK_INIT;
  v6.sin6_port = htons(port);
  const bool is_v4 = family == AF_INET;
  const auto* address = is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
  if (connect(fd, address, is_v4 ? sizeof v4 : sizeof v6) == 0) return fd;
  close(fd);
  return -1;
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t count = recv(fd, buffer, sizeof buffer, 0);
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    // The listener lets the client close first, as browsers do on "Connection: close".
    if (text.find("</html>") != std::string::npos) return text;
  }
}

// A listener with a login waiting on it in another thread. The state it expects is "good".
class Login {
 public:
  explicit Login(std::string host = "127.0.0.1", CallbackLimits limits = {}) {
    auto made = LoopbackListeners(limits).listen({std::move(host), std::nullopt, "/cb/google"});
    listener_ = std::move(made.value());
    thread_ = std::thread([this] {
      result_ = listener_->wait(
          [this](const QueryParams& params) {
            ++judged_;
            for (const auto& [name, value] : params) {
              if (name == "state" && value == "good") return CallbackVerdict::accept;
            }
            return CallbackVerdict::reject;
          },
          Stop(stop_.get_token()));
    });
  }
  ~Login() {
    if (!thread_.joinable()) return;
    stop_.request_stop();
    thread_.join();
  }

  std::uint16_t port() const { return listener_->port(); }
  std::string host() const { return "127.0.0.1:" + std::to_string(port()); }

  // Sends these bytes and returns the whole answer.
  std::string send(const std::string& bytes, int family = AF_INET) const {
    const Descriptor fd{connect_to(family, port())};
    REQUIRE(fd);
    ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return read_all(fd.get());
  }
  std::string request(const std::string& target, const std::string& method = "GET",
                      const std::string& more = "") const {
    return send(method + ' ' + target + " HTTP/1.1\r\nHost: " + host() + "\r\n" + more + "\r\n");
  }

  // The parameters the login got in the end.
  QueryParams finish() {
    thread_.join();
    return result_->value();
  }
  // That the login still waits, shown by its taking the real redirect.
  void still_works() {
    CHECK(request(kGood).starts_with("HTTP/1.1 200 "));
    CHECK(finish() == QueryParams{{"state", "good"}, {"code", "4/abc"}});
  }
  int judged() const { return judged_; }
  int rejected() const { return listener_->rejected(); }
  void cancel() { stop_.request_stop(); }
  Result<QueryParams> cancelled() {
    thread_.join();
    return *result_;
  }

 private:
  std::unique_ptr<CallbackListener> listener_;
  std::stop_source stop_;
  std::optional<Result<QueryParams>> result_;
  std::atomic<int> judged_{0};
  std::thread thread_;
};

bool is_status(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + ' ');
}

}  // namespace

TEST_CASE("the redirect is taken and answered with a static page that sends the person back") {
  Login login;
  const std::string answer = login.request(kGood, "GET", "Accept: text/html\r\nConnection: keep-alive\r\n");
  CHECK(is_status(answer, 200));
  for (const char* header : {"Content-Type: text/html; charset=utf-8", "Cache-Control: no-store",
                             "Referrer-Policy: no-referrer", "X-Content-Type-Options: nosniff", "Connection: close"}) {
    CHECK(answer.find("\r\n" + std::string(header) + "\r\n") != std::string::npos);
  }
  CHECK(answer.find("Return to the terminal") != std::string::npos);
  CHECK(answer.find("abc") == std::string::npos);
  CHECK(login.finish() == QueryParams{{"state", "good"}, {"code", "4/abc"}});
  CHECK(login.rejected() == 0);
}

TEST_CASE("attacks 1, 2: a wrong or missing state is turned away and the login goes on") {
  Login login;
  CHECK(is_status(login.request("/cb/google?state=bad&code=x"), 400));
  CHECK(is_status(login.request("/cb/google?code=x"), 400));
  CHECK(is_status(login.request("/cb/google"), 400));
  CHECK(login.judged() == 3);
  login.still_works();
  CHECK(login.rejected() == 3);
}

TEST_CASE("attacks 3, 4: a parameter given twice is refused before anybody looks at it") {
  Login login;
  CHECK(is_status(login.request("/cb/google?state=good&state=bad&code=x"), 400));
  CHECK(is_status(login.request("/cb/google?state=good&code=x&code=y"), 400));
  CHECK(is_status(login.request("/cb/google?state=good&%63ode=x&code=y"), 400));
  CHECK(login.judged() == 0);
  login.still_works();
}

TEST_CASE("attacks 5, 6: only this listener's own names are accepted as Host, and exactly one") {
  Login login;
  const std::string port = std::to_string(login.port());
  const std::string start = std::string("GET ") + kGood + " HTTP/1.1\r\n";
  for (const std::string& hosts :
       {std::string("Host: evil.example\r\n"), "Host: evil.example:" + port + "\r\n", std::string(),
        "Host: 127.0.0.1:" + port + "\r\nHost: 127.0.0.1:" + port + "\r\n", std::string("Host: 127.0.0.1\r\n"),
        std::string("Host: 127.0.0.1:1\r\n"), "Host: 127.0.0.1:" + port + ".evil.example\r\n",
        "Host : 127.0.0.1:" + port + "\r\n", "X: y\r\n Host: 127.0.0.1:" + port + "\r\n"}) {
    CAPTURE(hosts);
    CHECK(is_status(login.send(start + hosts + "\r\n"), 400));
  }
  CHECK(login.judged() == 0);
  CHECK(is_status(login.send(start + "hOST: LocalHost:" + port + "\r\n\r\n"), 200));
  CHECK(login.finish().size() == 2);
}

TEST_CASE("attack 7: other methods do not use the code up") {
  Login login;
  for (const char* method : {"POST", "OPTIONS", "PUT", "DELETE"}) {
    const std::string answer = login.request(kGood, method);
    CHECK(is_status(answer, 405));
    CHECK(answer.find("\r\nAllow: GET\r\n") != std::string::npos);
  }
  CHECK(login.judged() == 0);
  login.still_works();
}

TEST_CASE("attack 7: HEAD is refused without a body") {
  Login login;
  const Descriptor fd{connect_to(AF_INET, login.port())};
  const std::string head = std::string("HEAD ") + kGood + " HTTP/1.1\r\nHost: " + login.host() + "\r\n\r\n";
  ::send(fd.get(), head.data(), head.size(), MSG_NOSIGNAL);
  shutdown(fd.get(), SHUT_WR);
  const std::string answer = read_all(fd.get());
  CHECK(is_status(answer, 405));
  CHECK(answer.ends_with("\r\n\r\n"));
  login.still_works();
}

TEST_CASE("attack 8: targets in other forms, other paths and bodies are refused") {
  Login login;
  CHECK(is_status(login.request("http://" + login.host() + kGood), 400));
  CHECK(is_status(login.request(std::string("/") + kGood), 400));
  CHECK(is_status(login.request("*"), 400));
  CHECK(is_status(login.request("/cb/google/?state=good&code=x"), 404));
  CHECK(is_status(login.request("/cb/%67oogle?state=good&code=x"), 404));
  CHECK(is_status(login.request("/favicon.ico"), 404));
  CHECK(is_status(login.request("/"), 404));
  CHECK(is_status(login.request(std::string(kGood) + "#f"), 400));
  CHECK(is_status(login.request(kGood, "GET", "Content-Length: 3\r\n"), 400));
  CHECK(is_status(login.request(kGood, "GET", "Transfer-Encoding: chunked\r\n"), 400));
  CHECK(is_status(login.send(std::string("GET ") + kGood + " HTTP/2\r\nHost: " + login.host() + "\r\n\r\n"), 400));
  CHECK(is_status(login.send(std::string("GET ") + kGood + "\r\n\r\n"), 400));
  CHECK(is_status(login.send(std::string("GET ") + kGood + " HTTP/1.1\nHost: " + login.host() + "\n\r\n\r\n"), 400));
  CHECK(login.judged() == 0);
  login.still_works();
}

TEST_CASE("a body after a complete head is refused") {
  Login login;
  CHECK(
      is_status(login.send("GET " + std::string(kGood) + " HTTP/1.1\r\nHost: " + login.host() + "\r\n\r\nbody"), 400));
  login.still_works();
}

TEST_CASE("attack 9: long lines and many headers are cut off") {
  Login login;
  CHECK(is_status(login.request("/cb/google?state=" + std::string(9000, 'x')), 400));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(is_status(login.request(kGood, "GET", many), 400));
  CHECK(login.judged() == 0);
  login.still_works();
}

TEST_CASE("attack 10: connections that say nothing do not keep the browser out") {
  Login login;
  std::vector<Descriptor> silent;
  for (int i = 0; i < 20; ++i) {
    silent.emplace_back(connect_to(AF_INET, login.port()));
    ::send(silent.back().get(), "GET /cb", 7, MSG_NOSIGNAL);
  }
  login.still_works();
}

TEST_CASE("attack 10: a connection that is too slow is closed and the login goes on") {
  CallbackLimits limits;
  limits.connection_time = 30ms;
  Login login("127.0.0.1", limits);
  const Descriptor slow{connect_to(AF_INET, login.port())};
  ::send(slow.get(), "GET /cb", 7, MSG_NOSIGNAL);
  char byte = 0;
  CHECK(recv(slow.get(), &byte, 1, 0) <= 0);  // ends only because the listener closes
  login.still_works();
}

TEST_CASE("attack 16: control characters in what the program uses are refused") {
  Login login;
  for (const char* value : {"a%00b", "a%0d%0ab", "a%7f", "%1b%5b2J"}) {
    CHECK(is_status(login.request(std::string("/cb/google?state=good&code=") + value), 400));
    CHECK(is_status(login.request(std::string("/cb/google?code=x&state=") + value), 400));
    CHECK(is_status(login.request(std::string("/cb/google?state=good&error=") + value), 400));
  }
  CHECK(is_status(login.request("/cb/google?state=good&code=%zz"), 400));
  CHECK(login.judged() == 0);
  login.still_works();
}

TEST_CASE("attacks 11, 13: an error with the right state is passed on, and none of its text reaches the page") {
  Login login;
  const std::string answer = login.request(
      "/cb/"
      "google?error=access_denied&state=good&error_description=%1b%5d52%3bc%3b%07%3Cscript%3Ealert(1)%3C%2Fscript%3E");
  CHECK(is_status(answer, 200));
  CHECK(answer.find("No code received") != std::string::npos);
  CHECK(answer.find("script") == std::string::npos);
  CHECK(answer.find('\x1b') == std::string::npos);
  const QueryParams params = login.finish();
  CHECK(params[0] == std::pair<std::string, std::string>("error", "access_denied"));
  CHECK(params[2].second == "\x1b]52;c;\x07<script>alert(1)</script>");
}

TEST_CASE("attack 14: a second hit gets its own page and changes nothing") {
  CallbackLimits limits;
  limits.linger = 1h;  // ended by the first connection being closed
  Login login("127.0.0.1", limits);
  const Descriptor first{connect_to(AF_INET, login.port())};
  const std::string bytes = "GET " + std::string(kGood) + " HTTP/1.1\r\nHost: " + login.host() + "\r\n\r\n";
  ::send(first.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  CHECK(read_all(first.get()).find("Code received") != std::string::npos);
  const std::string second = login.request("/cb/google?state=good&code=other");
  CHECK(is_status(second, 200));
  CHECK(second.find("Already received") != std::string::npos);
  CHECK(login.judged() == 1);
  shutdown(first.get(), SHUT_RDWR);
  CHECK(login.finish() == QueryParams{{"state", "good"}, {"code", "4/abc"}});
}

TEST_CASE("localhost means both loopback families with one port") {
  Login login("localhost");
  const Descriptor v6{connect_to(AF_INET6, login.port())};
  if (!v6) {
    MESSAGE("no IPv6 on this machine");
    login.still_works();
    return;
  }
  const std::string answer = login.send(
      "GET " + std::string(kGood) + " HTTP/1.1\r\nHost: [::1]:" + std::to_string(login.port()) + "\r\n\r\n", AF_INET6);
  CHECK(is_status(answer, 200));
  CHECK(login.finish().size() == 2);
}

TEST_CASE("attack 17: nobody outside this machine can connect") {
  Login login("localhost");
  ifaddrs* list = nullptr;
  REQUIRE(getifaddrs(&list) == 0);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    sockaddr_in address = *reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
    if (ntohl(address.sin_addr.s_addr) >> 24 == 127) continue;
    address.sin_port = htons(login.port());
    const Descriptor fd{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    CHECK(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0);
  }
  freeifaddrs(list);
}

TEST_CASE("attack 18: a port somebody else listens on is not shared, whatever its socket allows") {
  const Descriptor other{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  setsockopt(other.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  setsockopt(other.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(other.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(other.get(), 1) == 0);
  getsockname(other.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const std::uint16_t taken = ntohs(address.sin_port);
  LoopbackListeners listeners;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto refused = listeners.listen({host, taken, "/"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::config);
    CHECK(refused.error().hint.find("--port") != std::string::npos);
    CHECK(listeners.listen({host, std::nullopt, "/"}).value()->port() != taken);
  }
}

TEST_CASE("two listeners never get the same port, and a fixed free port is taken as asked") {
  LoopbackListeners listeners;
  auto first = listeners.listen({"localhost", std::nullopt, "/"}).value()->port();
  const auto fixed = listeners.listen({"localhost", first, "/"});
  REQUIRE(fixed);
  CHECK(fixed.value()->port() == first);
  CHECK(listeners.listen({"localhost", first, "/"}).error().code == Code::config);
}

TEST_CASE("other hosts than loopback are refused") {
  LoopbackListeners listeners;
  for (const char* host : {"0.0.0.0", "::", "mail.example", ""}) {
    CHECK(listeners.listen({host, std::nullopt, "/"}).error().code == Code::config);
  }
}

TEST_CASE("a stop ends the wait and closes the port") {
  std::uint16_t port = 0;
  {
    Login login;
    port = login.port();
    login.cancel();
    CHECK(login.cancelled().error().code == Code::interrupted);
  }
  CHECK(connect_to(AF_INET, port) == -1);
}

TEST_CASE("the deadline ends the wait") {
  const auto listener = std::move(LoopbackListeners().listen({"127.0.0.1", std::nullopt, "/"}).value());
  const Stop stop = Stop().before(std::chrono::steady_clock::now() + 20ms);
  const auto result = listener->wait([](const QueryParams&) { return CallbackVerdict::accept; }, stop);
  CHECK(result.error().code == Code::interrupted);
}
