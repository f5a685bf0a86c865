#include "cmd/paste.h"

#include <termios.h>
#include <unistd.h>

#include "cmd/read_line.h"

namespace mailmgr {
namespace {

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
  auto line = read_line(clock, stop);
  while (line && line->empty()) line = read_line(clock, stop);
  return line;
}

}  // namespace mailmgr
