#include "cmd/ask.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <ostream>

#include "cmd/app.h"
#include "cmd/read_line.h"

namespace mailmgr {
namespace {

Error cannot_ask(std::string_view what, std::string_view flag) {
  return {Code::usage, fmt::format("{}: nobody to ask", what), fmt::format("say it with {}", flag)};
}

class EchoOff {
 public:
  EchoOff() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~EchoOff() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

Status confirm(App& app, std::string_view question, std::string_view command) {
  if (app.options().yes) return {};
  if (!app.may_ask()) return cannot_ask(command, "--yes");
  app.err() << question << " [y/N] " << std::flush;
  const std::string answer = read_line(app.clock(), app.stop()).value_or("");
  if (app.stop().interrupted()) return Stop::error();
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return Error{Code::usage, fmt::format("{}: not done", command)};
}

Result<Secret> ask_secret(App& app, std::string_view question, std::string_view flag) {
  if (!app.may_ask()) return cannot_ask(question, flag);
  app.err() << question << ": " << std::flush;
  std::string answer;
  {
    const EchoOff silent;
    answer = read_line(app.clock(), app.stop()).value_or("");
  }
  app.err() << '\n';
  if (app.stop().interrupted()) return Stop::error();
  return Secret::take(answer);
}

Result<std::string> ask_line(App& app, std::string_view question, std::string_view flag) {
  if (!app.may_ask()) return cannot_ask(question, flag);
  app.err() << question << ": " << std::flush;
  std::string answer = read_line(app.clock(), app.stop()).value_or("");
  if (app.stop().interrupted()) return Stop::error();
  return answer;
}

}  // namespace mailmgr
