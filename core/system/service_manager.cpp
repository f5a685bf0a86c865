#include "core/system/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>

namespace mailmgr {
namespace {

std::optional<std::int64_t> number(const char* text) {
  if (text == nullptr) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto [last, problem] = std::from_chars(text, end, value);
  return problem == std::errc() && last == end && value > 0 ? std::optional(value) : std::nullopt;
}

// A connected socket, or none where the name is not one of a socket.
Descriptor connect_to(std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@')) return {};
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';  // Linux's abstract namespace
  Descriptor made{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (!made || ::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return {};
  return made;
}

}  // namespace

ServiceManager::ServiceManager(const EnvironmentLookup& environment) {
  if (const char* name = environment("NOTIFY_SOCKET")) socket_ = connect_to(name);
  const auto for_process = number(environment("WATCHDOG_PID"));
  const auto micros = number(environment("WATCHDOG_USEC"));
  if (socket_ && micros && (!for_process || *for_process == ::getpid())) {
    watchdog_ = std::chrono::duration_cast<milliseconds>(std::chrono::microseconds(*micros)) / 2;
  }
}

void ServiceManager::status(std::string_view text) {
  std::string message = "STATUS=";
  for (const char c : text) message += c == '\n' ? ' ' : c;
  send(message);
}

void ServiceManager::send(std::string_view message) {
  // A manager that does not listen any more is no reason to end.
  if (socket_) (void)::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
}

}  // namespace mailmgr
