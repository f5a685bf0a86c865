#include "core/system/command_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "core/base/shell_word.h"
#include "core/system/child_process.h"

namespace mailmgr {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kLastWords = 1024;
constexpr int kPollMillis = 20;  // how soon an end is noticed of a program that closed its output before

// What a pipe has to give, up to `limit` bytes; the rest is read and dropped.
class Reader {
 public:
  Reader(Descriptor pipe, std::size_t limit) : pipe_(std::move(pipe)), limit_(limit) { text_.reserve(limit); }
  ~Reader() { OPENSSL_cleanse(text_.data(), text_.size()); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  int fd() const { return pipe_.get(); }
  bool is_over_limit() const { return over_limit_; }
  std::string& text() { return text_; }

  void read_some() {
    std::array<char, 4096> buffer;
    const ssize_t count = read(fd(), buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) pipe_ = Descriptor();
    if (count <= 0) return;
    const std::size_t taken = std::min(static_cast<std::size_t>(count), limit_ - text_.size());
    text_.append(buffer.data(), taken);
    over_limit_ = over_limit_ || taken < static_cast<std::size_t>(count);
    OPENSSL_cleanse(buffer.data(), buffer.size());
  }

 private:
  Descriptor pipe_;
  std::size_t limit_;
  std::string text_;  // never grows beyond what is reserved, so no copy of a secret is left behind
  bool over_limit_ = false;
};

// Waits for output at most that long; whether there was any.
bool read_some(Reader& out, Reader& err, int millis) {
  std::array<pollfd, 2> fds{{{out.fd(), POLLIN, 0}, {err.fd(), POLLIN, 0}}};
  if (poll(fds.data(), fds.size(), millis) <= 0) return false;
  if (fds[0].revents != 0) out.read_some();
  if (fds[1].revents != 0) err.read_some();
  return true;
}

std::string in_seconds(std::chrono::milliseconds time) {
  return fmt::format("{} seconds", std::chrono::ceil<std::chrono::seconds>(time).count());
}

std::string last_line(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  const std::size_t start = text.find_last_of('\n');
  return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

std::string ending(int status, std::string_view last_words) {
  const std::string said = last_line(last_words);
  return said.empty() ? how_it_ended(status) : how_it_ended(status) + ": " + said;
}

}  // namespace

Result<Secret> command_output(const std::vector<std::string>& argv, const CommandLimits& limits) {
  const auto failed = [&](std::string why) {
    return Error{Code::config, fmt::format("{}: {}", shell_words(argv), why), ""};
  };
  if (argv.empty() || argv.front().empty()) return Error{Code::config, "no command is named", ""};
  auto out_pipe = make_pipe();
  auto err_pipe = make_pipe();
  if (!out_pipe || !err_pipe) return failed(std::generic_category().message(errno));
  // The program's own ends block, as programs expect.
  for (const int fd : {out_pipe->write.get(), err_pipe->write.get()}) fcntl(fd, F_SETFL, 0);

  ChildProcess child;
  const int problem = child.start(argv, ChildProcess::kNothing, out_pipe->write.get(), err_pipe->write.get());
  if (problem != 0) return failed(std::generic_category().message(problem));
  out_pipe->write = Descriptor();
  err_pipe->write = Descriptor();

  Reader out(std::move(out_pipe->read), limits.output);
  Reader err(std::move(err_pipe->read), kLastWords);
  const auto end = SteadyClock::now() + limits.time;
  while (!child.ended()) {
    read_some(out, err, kPollMillis);
    if (out.is_over_limit()) return failed(fmt::format("it printed more than {} bytes", limits.output));
    if (SteadyClock::now() >= end) return failed(fmt::format("it took longer than {}", in_seconds(limits.time)));
  }
  // What it wrote is in the pipes now; whoever else still holds them is not waited for.
  while (read_some(out, err, 0) && !out.is_over_limit()) continue;
  if (out.is_over_limit()) return failed(fmt::format("it printed more than {} bytes", limits.output));
  if (child.status() != 0) return failed(ending(child.status(), err.text()));
  return Secret::take(out.text());
}

}  // namespace mailmgr
