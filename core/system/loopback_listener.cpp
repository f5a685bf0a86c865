#include "core/system/loopback_listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <list>
#include <system_error>
#include <vector>

#include "core/base/descriptor.h"
#include "core/system/callback_page.h"
#include "core/system/callback_request.h"
#include "core/system/waiter.h"

namespace mailmgr {
namespace {

constexpr int kPortAttempts = 50;

Monotonic now() {
  return std::chrono::steady_clock::now();
}

// A listening socket, or the errno of what failed.
struct Bound {
  Descriptor fd;
  int problem = 0;
};

Bound bind_loopback(int family, std::uint16_t port) {
  Descriptor fd{socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return {Descriptor{}, errno};
  sockaddr_storage address{};
  socklen_t size = 0;
  if (family == AF_INET6) {
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address);
    *v6 = {};
    v6->sin6_family = AF_INET6;
    v6->sin6_addr = IN6ADDR_LOOPBACK_INIT;
    v6->sin6_port = htons(port);
    size = sizeof *v6;
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
    *v4 = {};
    v4->sin_family = AF_INET;
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v4->sin_port = htons(port);
    size = sizeof *v4;
  }
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return {Descriptor{}, errno};
  if (listen(fd.get(), 16) != 0) return {Descriptor{}, errno};
  return {std::move(fd), 0};
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool is_missing_family(int problem) {
  return problem == EADDRNOTAVAIL || problem == EAFNOSUPPORT;
}

bool has_code(const QueryParams& params) {
  return std::any_of(params.begin(), params.end(), [](const auto& param) { return param.first == "code"; });
}

struct Connection {
  Descriptor fd;
  Monotonic expires;
  std::string head = {};
  std::string answer = {};   // what is left to send
  bool is_answered = false;  // once true and `answer` is empty: waiting for the peer to close
  bool is_done = false;
};

class LoopbackListener final : public CallbackListener {
 public:
  LoopbackListener(std::vector<Descriptor> sockets, std::uint16_t port, std::string path, CallbackLimits limits)
      : sockets_(std::move(sockets)), port_(port), path_(std::move(path)), limits_(limits) {}

  std::uint16_t port() const override { return port_; }
  int rejected() const override { return rejected_; }

  Result<QueryParams> wait(const std::function<CallbackVerdict(const QueryParams&)>& judge, const Stop& stop) override {
    Waiter waiter(stop, Monotonic::max());
    Monotonic until = Monotonic::max();
    while (true) {
      if (accepted_ && until == Monotonic::max()) until = now() + limits_.linger;
      if (accepted_ && (now() >= until || !has_unanswered())) return *accepted_;
      const auto outcome = wait_for_traffic(waiter, until);
      if (outcome == Waiter::Outcome::stopped) {
        if (accepted_) return *accepted_;
        return Stop::error();
      }
      serve(judge);
    }
  }

 private:
  // Whether somebody may still be reading a page.
  bool has_unanswered() const { return !connections_.empty(); }

  Waiter::Outcome wait_for_traffic(Waiter& waiter, Monotonic until) {
    std::vector<pollfd> fds;
    for (const auto& socket : sockets_) fds.push_back({socket.get(), POLLIN, 0});
    for (const auto& connection : connections_) {
      const short events = connection.answer.empty() ? POLLIN : POLLOUT;
      fds.push_back({connection.fd.get(), events, 0});
      until = std::min(until, connection.expires);
    }
    return waiter.wait(fds, until);
  }

  // One round over everything; sockets are non-blocking, so nothing has to be known to be ready.
  void serve(const std::function<CallbackVerdict(const QueryParams&)>& judge) {
    for (auto& connection : connections_) progress(connection, judge);
    connections_.remove_if([](const Connection& connection) { return connection.is_done; });
    for (const auto& socket : sockets_) {
      while (accept_one(socket.get())) progress(connections_.back(), judge);
    }
    connections_.remove_if([](const Connection& connection) { return connection.is_done; });
  }

  bool accept_one(int socket) {
    Descriptor fd{accept4(socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!fd) return false;
    if (connections_.size() >= limits_.connections) {
      const auto silent = std::find_if(connections_.begin(), connections_.end(),
                                       [](const Connection& connection) { return !connection.is_answered; });
      connections_.erase(silent != connections_.end() ? silent : connections_.begin());
    }
    connections_.push_back({std::move(fd), now() + limits_.connection_time});
    return true;
  }

  void progress(Connection& connection, const std::function<CallbackVerdict(const QueryParams&)>& judge) {
    if (connection.is_answered) {
      finish(connection);
    } else {
      read_head(connection, judge);
    }
    if (now() >= connection.expires) connection.is_done = true;
  }

  void read_head(Connection& connection, const std::function<CallbackVerdict(const QueryParams&)>& judge) {
    std::array<char, 4096> buffer;
    while (!connection.is_answered) {
      const ssize_t count = recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        connection.is_done = true;
        return;
      }
      connection.head.append(buffer.data(), static_cast<std::size_t>(count));
      const std::size_t end = connection.head.find("\r\n\r\n");
      if (end == std::string::npos && connection.head.size() <= limits_.head) continue;
      // Bytes after the empty line would be a body, or a second request nobody asked for.
      const bool is_sound = end != std::string::npos && end + 4 == connection.head.size() && end + 4 <= limits_.head;
      answer(connection, is_sound ? parse_callback_request(connection.head, path_, port_) : CallbackRequest{}, judge);
      finish(connection);
    }
  }

  void answer(Connection& connection, const CallbackRequest& request,
              const std::function<CallbackVerdict(const QueryParams&)>& judge) {
    int status = request.status;
    CallbackPage page = CallbackPage::unexpected;
    if (status == 200 && accepted_) {
      page = CallbackPage::already_received;
    } else if (status == 200 && judge(request.params) == CallbackVerdict::accept) {
      page = has_code(request.params) ? CallbackPage::received : CallbackPage::no_code;
      accepted_ = request.params;
    } else if (status == 200) {
      status = 400;
    }
    if (page == CallbackPage::unexpected) ++rejected_;
    connection.answer = callback_answer(status, page, request.is_head);
    connection.is_answered = true;
    connection.head.clear();
  }

  // Sends the rest of the answer, then reads until the peer closes: closing with unread bytes would reset the
  // connection and lose the page, and the side that closes first keeps the port busy for a minute.
  void finish(Connection& connection) {
    while (!connection.answer.empty()) {
      const ssize_t sent = send(connection.fd.get(), connection.answer.data(), connection.answer.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno == EAGAIN) return;
      if (sent < 0) {
        connection.is_done = true;
        return;
      }
      connection.answer.erase(0, static_cast<std::size_t>(sent));
    }
    std::array<char, 4096> surplus;
    // Bounded, so that a flood on one connection does not starve the others.
    for (int rounds = 0; rounds < 16; ++rounds) {
      const ssize_t count = recv(connection.fd.get(), surplus.data(), surplus.size(), 0);
      if (count > 0) continue;
      connection.is_done = count == 0 || (errno != EAGAIN && errno != EINTR);
      return;
    }
  }

  std::vector<Descriptor> sockets_;
  std::uint16_t port_;
  std::string path_;
  CallbackLimits limits_;
  std::list<Connection> connections_;  // in the order they came
  std::optional<QueryParams> accepted_;
  int rejected_ = 0;
};

Error port_taken(std::uint16_t port, int problem) {
  return {Code::config, fmt::format("listening on port {}: {}", port, std::generic_category().message(problem)),
          "choose another with --port, or leave --port out to use any free one"};
}

}  // namespace

Result<std::unique_ptr<CallbackListener>> LoopbackListeners::listen(const CallbackAddress& address) {
  const bool wants_both = address.host == "localhost";
  if (!wants_both && address.host != "127.0.0.1") {
    return Error{Code::config, fmt::format("listening on {}: not a loopback address", address.host),
                 "use a redirect URI on 127.0.0.1 or localhost"};
  }
  int problem = 0;
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    Bound v4 = bind_loopback(AF_INET, address.port.value_or(0));
    problem = v4.problem;
    if (problem != 0) break;
    const std::uint16_t port = port_of(v4.fd.get());
    std::vector<Descriptor> sockets;
    sockets.push_back(std::move(v4.fd));
    if (wants_both) {
      Bound v6 = bind_loopback(AF_INET6, port);
      problem = is_missing_family(v6.problem) ? 0 : v6.problem;
      if (problem != 0 && address.port) break;
      if (problem != 0) continue;  // free on one family only: another port
      if (v6.fd) sockets.push_back(std::move(v6.fd));
    }
    return std::unique_ptr<CallbackListener>(
        std::make_unique<LoopbackListener>(std::move(sockets), port, address.path, limits_));
  }
  return port_taken(address.port.value_or(0), problem);
}

}  // namespace mailmgr
