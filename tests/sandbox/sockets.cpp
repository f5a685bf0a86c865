#include "tests/sandbox/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>

namespace mailmgr::sandbox {
namespace {

int port_of(int descriptor, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  if (ask(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0 || address.sin_family != AF_INET) return -1;
  return ntohs(address.sin_port);
}

void each_connection(int local_port, const std::function<void(int descriptor, int remote_port)>& visit) {
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", gone)) {
    const auto name = entry.path().filename().string();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (descriptor < 0 || port_of(descriptor, getsockname) != local_port) continue;
    if (const auto remote = port_of(descriptor, getpeername); remote > 0) visit(descriptor, remote);
  }
}

}  // namespace

int find_connection(int local_port, int remote_port) {
  int found = -1;
  each_connection(local_port, [&](int descriptor, int remote) {
    if (remote == remote_port) found = descriptor;
  });
  return found;
}

void reset_connection(int descriptor) {
  // Dissolving a TCP connection this way sends a reset (connect(2), AF_UNSPEC).
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  connect(descriptor, &nowhere, sizeof nowhere);
}

void end_connection(int descriptor) {
  shutdown(descriptor, SHUT_WR);
}

void end_connections(int local_port) {
  each_connection(local_port, [](int descriptor, int) { shutdown(descriptor, SHUT_RDWR); });
}

}  // namespace mailmgr::sandbox
