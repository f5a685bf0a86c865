#include "core/system/dialer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>

namespace mailmgr {
namespace {

constexpr std::chrono::seconds kConnectTimeout{10};
// While there is another address to try: a network that swallows IPv6 must not use up the whole time.
constexpr std::chrono::seconds kAddressTimeout{3};
constexpr std::size_t kMaxProxyAnswer = 8192;

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Error unreachable(const Endpoint& endpoint, std::string_view why) {
  return {Code::unreachable, fmt::format("connecting to {}: {}", to_string(endpoint), why),
          "check the network connection, then run the same command again"};
}

Error ended(const Endpoint& endpoint, Waiter::Outcome outcome) {
  if (outcome == Waiter::Outcome::stopped) return Stop::error();
  return unreachable(endpoint, "no connection in time");
}

// A name lookup in a thread of its own, because getaddrinfo cannot be interrupted. The thread shares ownership, so that
// a lookup nobody waits for any more ends by itself.
struct Lookup {
  Endpoint endpoint;
  Descriptor done{eventfd(0, EFD_CLOEXEC)};
  int problem = 0;
  Addresses addresses;

  void run(int flags) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    problem = getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &wanted, &list);
    addresses.reset(list);
  }
};

Result<Addresses> resolve(const Endpoint& endpoint, Waiter& waiter, Monotonic until) {
  auto lookup = std::make_shared<Lookup>();
  lookup->endpoint = endpoint;
  lookup->run(AI_NUMERICHOST);
  if (lookup->problem == 0) return std::move(lookup->addresses);
  if (!lookup->done) return unreachable(endpoint, "too many open files");
  try {
    std::thread([lookup] {
      lookup->run(AI_ADDRCONFIG);
      if (lookup->problem != 0) lookup->run(0);  // a machine with nothing but loopback has no "configured" address
      eventfd_write(lookup->done.get(), 1);
    }).detach();
  } catch (const std::system_error& error) {
    return unreachable(endpoint, error.what());
  }
  const auto outcome = waiter.wait(lookup->done.get(), POLLIN, until);
  if (outcome != Waiter::Outcome::ready) return ended(endpoint, outcome);
  if (lookup->problem != 0) return unreachable(endpoint, gai_strerror(lookup->problem));
  return std::move(lookup->addresses);
}

// One address; the error number of what went wrong as unreachable.
Result<Descriptor> connect_to(const addrinfo& address, const Endpoint& endpoint, Waiter& waiter, Monotonic until) {
  Descriptor fd{socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return unreachable(endpoint, std::generic_category().message(errno));
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS) return unreachable(endpoint, std::generic_category().message(errno));
  const auto outcome = waiter.wait(fd.get(), POLLOUT, until);
  if (outcome != Waiter::Outcome::ready) return ended(endpoint, outcome);
  int problem = 0;
  socklen_t size = sizeof problem;
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &problem, &size);
  if (problem != 0) return unreachable(endpoint, std::generic_category().message(problem));
  return fd;
}

Status send_all(int fd, std::string_view text, const Endpoint& peer, Waiter& waiter) {
  while (!text.empty()) {
    const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (const auto outcome = waiter.wait(fd, POLLOUT); outcome != Waiter::Outcome::ready) return ended(peer, outcome);
    } else if (errno != EINTR) {
      return unreachable(peer, std::generic_category().message(errno));
    }
  }
  return {};
}

// Up to and including the empty line, a byte at a time: what follows belongs to TLS.
Result<std::string> read_head(int fd, const Endpoint& peer, Waiter& waiter) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    if (head.size() == kMaxProxyAnswer) return unreachable(peer, "the proxy's answer is too long");
    char c = 0;
    const ssize_t count = recv(fd, &c, 1, 0);
    if (count == 1) {
      head += c;
    } else if (count == 0) {
      return unreachable(peer, "the proxy closed the connection");
    } else if (errno == EAGAIN) {
      if (const auto outcome = waiter.wait(fd, POLLIN); outcome != Waiter::Outcome::ready) return ended(peer, outcome);
    } else if (errno != EINTR) {
      return unreachable(peer, std::generic_category().message(errno));
    }
  }
  return head;
}

}  // namespace

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), endpoint.host, endpoint.port);
}

Result<Descriptor> connect_tcp(const Endpoint& endpoint, Waiter& waiter) {
  const Monotonic until = std::chrono::steady_clock::now() + kConnectTimeout;
  const auto addresses = resolve(endpoint, waiter, until);
  if (!addresses) return addresses.error();
  Error last = unreachable(endpoint, "the name has no address");
  for (const addrinfo* address = addresses->get(); address != nullptr; address = address->ai_next) {
    const bool is_last = address->ai_next == nullptr;
    const Monotonic limit = is_last ? until : std::min(until, std::chrono::steady_clock::now() + kAddressTimeout);
    auto fd = connect_to(*address, endpoint, waiter, limit);
    if (fd || fd.error().code == Code::interrupted) return fd;
    last = fd.error();
  }
  return last;
}

Status open_tunnel(int fd, const Endpoint& target, const Proxy& proxy, Waiter& waiter) {
  const std::string where = to_string(target);
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", where);
  if (!proxy.authorization.empty()) request += fmt::format("Proxy-Authorization: {}\r\n", proxy.authorization);
  if (auto sent = send_all(fd, request + "\r\n", proxy.endpoint, waiter); !sent) return sent;
  const auto head = read_head(fd, proxy.endpoint, waiter);
  if (!head) return head.error();
  if (!head->starts_with("HTTP/1.") || head->size() < 12 || head->substr(8, 2) != " 2") {
    const bool is_denied = head->starts_with("HTTP/1.") && head->substr(8, 4) == " 407";
    return Error{Code::unreachable,
                 fmt::format("connecting to {} through the proxy {}: {}", where, to_string(proxy.endpoint),
                             is_denied ? "the proxy wants a user name and password" : "the proxy refused"),
                 "check HTTPS_PROXY and NO_PROXY"};
  }
  return {};
}

}  // namespace mailmgr
