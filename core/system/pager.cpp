#include "core/system/pager.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace mailmgr {
namespace {

constexpr milliseconds kPagerPoll{10};
constexpr int kPollsToGo = 200;  // that a pager has after SIGTERM: two seconds

std::vector<std::string> pager_command() {
  // On a terminal that cannot move its cursor less asks before it shows anything.
  const char* terminal = std::getenv("TERM");
  if (!terminal || std::string_view(terminal) == "dumb") return {};
  if (!std::getenv("PAGER")) return {"less"};
  auto command = command_in_environment("PAGER");
  if (command == std::vector<std::string>{"cat"}) command.clear();
  return command;
}

}  // namespace

Pager::Pager(Wakeups* terminal, Clock& clock, const Stop& stop)
    : clock_(clock), stop_(stop), screen_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)), lent_(terminal) {}

std::unique_ptr<Pager> Pager::start(Wakeups* terminal, Clock& clock, const Stop& stop) {
  const auto command = pager_command();
  if (command.empty()) return nullptr;
  // What git gives less: quit if it fits, colours as they are, and leave the text on the screen.
  ::setenv("LESS", "FRX", 0);
  ::setenv("LV", "-c", 0);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return nullptr;
  const Descriptor read(ends[0]);
  const Descriptor write(ends[1]);
  std::unique_ptr<Pager> pager(new Pager(terminal, clock, stop));
  if (!pager->screen_) return nullptr;
  const bool started = pager->program_.start(command, read.get(), pager->screen_.get(), STDERR_FILENO) == 0;
  if (!started || ::dup2(write.get(), STDOUT_FILENO) < 0) {
    pager->screen_ = Descriptor();
    return nullptr;
  }
  pager->ask_to_end_.emplace(stop.token(), Ask{pager->program_});
  return pager;
}

void Pager::Ask::operator()() const {
  program.signal(SIGTERM);
}

Pager::~Pager() {
  if (!screen_) return;
  ask_to_end_.reset();                   // before anybody asks whether it has ended, which is not for two threads
  ::dup2(screen_.get(), STDOUT_FILENO);  // and with that the end of the pager's input
  int left = kPollsToGo;
  while (!program_.ended() && left > 0) {
    const bool asked = left < kPollsToGo;
    if (clock_.sleep_for(kPagerPoll, asked ? Stop() : stop_) && !asked) continue;
    if (!asked) Ask{program_}();
    --left;
  }
}

}  // namespace mailmgr
