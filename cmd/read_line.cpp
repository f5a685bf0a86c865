#include "cmd/read_line.h"

#include <poll.h>
#include <unistd.h>

namespace mailmgr {
namespace {

constexpr int kPollMilliseconds = 100;
constexpr std::size_t kLongestLine = 64 * 1024;

}  // namespace

std::optional<std::string> read_line(Clock& clock, const Stop& stop) {
  std::string line;
  while (!stop.requested(clock) && line.size() < kLongestLine) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, kPollMilliseconds) <= 0) continue;
    char byte = 0;
    const auto count = ::read(STDIN_FILENO, &byte, 1);
    if (count <= 0) return line.empty() ? std::nullopt : std::optional(line);
    if (byte == '\n' || byte == '\r') return line;
    line += byte;
  }
  return std::nullopt;
}

}  // namespace mailmgr
