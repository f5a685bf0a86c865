#include "cmd/message_input.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace mailmgr {
namespace {

constexpr std::size_t kLargestMessage = std::size_t{200} << 20;
constexpr int kLookForStop = 100;  // milliseconds: signals are blocked, so a read would not notice them

}  // namespace

Status MessageCollector::add(std::string_view bytes) {
  size_ += bytes.size();
  if (size_ > kLargestMessage) {
    return Error{Code::too_large, fmt::format("reading the message: it is larger than {} MiB", kLargestMessage >> 20),
                 "send large files as a link"};
  }
  if (!dot_ends_) return writer_.append(bytes);
  std::string text = std::move(held_);
  held_.clear();
  text += bytes;
  std::size_t at = 0;
  while (at < text.size() && !ended_) {
    const auto rest = std::string_view(text).substr(at);
    if (at_line_start_ && (rest == "." || rest == ".\r")) {
      held_ = rest;
      text.resize(at);
    } else if (at_line_start_ && (rest.starts_with(".\n") || rest.starts_with(".\r\n"))) {
      ended_ = true;
      text.resize(at);
    } else {
      const auto end = text.find('\n', at);
      at_line_start_ = end != std::string::npos;
      at = at_line_start_ ? end + 1 : text.size();
    }
  }
  return writer_.append(text);
}

Result<Blob> MessageCollector::finish() && {
  return std::move(writer_).finish();  // what is held is the dot of a last line without an end
}

Result<Blob> read_message(int fd, bool dot_ends, Clock& clock, const Stop& stop) {
  MessageCollector collector(dot_ends);
  std::array<char, 65536> buffer{};
  while (!collector.ended()) {
    if (stop.requested(clock)) return Stop::error();
    pollfd input{fd, POLLIN, 0};
    if (::poll(&input, 1, kLookForStop) == 0) continue;
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) {
      return Error{Code::store, fmt::format("reading the message from standard input: {}", std::strerror(errno))};
    }
    if (count == 0) break;
    if (auto added = collector.add({buffer.data(), static_cast<std::size_t>(count)}); !added) return added.error();
  }
  return std::move(collector).finish();
}

}  // namespace mailmgr
