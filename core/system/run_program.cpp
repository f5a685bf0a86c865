#include "core/system/run_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/base/shell_word.h"
#include "core/system/child_process.h"

namespace mailmgr {
namespace {

constexpr milliseconds kPoll{20};  // how soon an end is noticed

// Writes what the pipe takes now; false when nobody reads any more.
bool write_some(int fd, std::string_view& input) {
  const ssize_t count = ::write(fd, input.data(), input.size());
  if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
  return count >= 0 || errno == EAGAIN || errno == EINTR;
}

}  // namespace

Status run_program(const std::vector<std::string>& argv, std::string_view input, int out, Clock& clock,
                   const Stop& stop) {
  const auto failed = [&](std::string why) {
    return Error{Code::partial, fmt::format("running {}: {}", shell_words(argv), why), ""};
  };
  if (argv.empty() || argv.front().empty()) return Error{Code::usage, "running a program: none is named", ""};
  auto pipe = make_pipe();
  if (!pipe) return failed(std::generic_category().message(errno));
  fcntl(pipe->read.get(), F_SETFL, 0);  // the program's own end blocks, as programs expect

  ChildProcess child;
  const int problem = child.start(argv, pipe->read.get(), out, STDERR_FILENO);
  if (problem != 0) return failed(std::generic_category().message(problem));
  pipe->read = Descriptor();
  while (!child.ended()) {
    if (!input.empty() && pipe->write) {
      pollfd ready{pipe->write.get(), POLLOUT, 0};
      const bool writable = ::poll(&ready, 1, static_cast<int>(kPoll.count())) > 0;
      if (writable && !write_some(pipe->write.get(), input)) pipe->write = Descriptor();
      if (stop.requested(clock)) return Stop::error();
      continue;
    }
    pipe->write = Descriptor();
    if (!clock.sleep_for(kPoll, stop)) return Stop::error();
  }
  if (child.status() != 0) return failed(how_it_ended(child.status()));
  return {};
}

}  // namespace mailmgr
