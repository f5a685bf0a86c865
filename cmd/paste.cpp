#include "cmd/paste.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace mailmgr {
namespace {

constexpr int kPollMilliseconds = 100;
constexpr std::size_t kLongestPaste = 64 * 1024;

// Non-canonical: a terminal's cooked lines end at 4,095 bytes, and redirect URLs can be longer.
class RawTerminal {
 public:
  RawTerminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
  }
  ~RawTerminal() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

std::optional<std::string> read_paste(Clock& clock, const Stop& stop) {
  const RawTerminal raw;
  std::string line;
  while (!stop.requested(clock) && line.size() < kLongestPaste) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, kPollMilliseconds) <= 0) continue;
    char byte = 0;
    const auto count = ::read(STDIN_FILENO, &byte, 1);
    if (count <= 0) return line.empty() ? std::nullopt : std::optional(line);
    if (byte == '\n' || byte == '\r') {
      if (line.empty()) continue;
      return line;
    }
    line += byte;
  }
  return std::nullopt;
}

}  // namespace mailmgr
