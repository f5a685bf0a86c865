#include "core/system/http_wire.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace mailmgr {
namespace {

constexpr std::size_t kMaxHead = std::size_t{64} << 10;
// httplib matches the status line with a recursive regular expression, which overflows the stack on very long lines.
constexpr std::size_t kMaxLine = 8192;
constexpr std::size_t kMaxWrite = std::size_t{1} << 20;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool is_interim(std::string_view head) {
  return head.size() > 12 && head.substr(8, 4) == " 100";
}

}  // namespace

HttpWire::HttpWire(int fd, SSL* tls, const Url& origin, Waiter& waiter, WireLog& log)
    : fd_(fd), tls_(tls), origin_(origin), waiter_(waiter), log_(log) {}

HttpWire::~HttpWire() {
  log_.has_surplus = begin_ != end_;
}

ssize_t HttpWire::read(char* data, std::size_t size) {
  if (size == 0) return 0;
  while (begin_ == end_) {
    if (log_.error) return -1;
    const Attempt attempt = receive();
    if (attempt.wait_for != 0) {
      if (!wait(attempt.wait_for)) return -1;
      continue;
    }
    if (attempt.count <= 0) {
      log_.peer_closed = true;
      return attempt.count;
    }
    begin_ = 0;
    end_ = static_cast<std::size_t>(attempt.count);
  }
  const std::size_t count = std::min(size, end_ - begin_);
  std::copy_n(buffer_.data() + begin_, count, data);
  begin_ += count;
  return note(std::string_view(data, count)) ? static_cast<ssize_t>(count) : -1;
}

ssize_t HttpWire::write(const char* data, std::size_t size) {
  if (size == 0) return 0;
  while (!log_.error) {
    const Attempt attempt = transmit(data, std::min(size, kMaxWrite));
    if (attempt.wait_for != 0) {
      if (!wait(attempt.wait_for)) return -1;
      continue;
    }
    if (attempt.count > 0) return attempt.count;
    log_.peer_closed = true;
    return -1;
  }
  return -1;
}

HttpWire::Attempt HttpWire::receive() {
  if (tls_ != nullptr) {
    ERR_clear_error();
    return tls_attempt(SSL_read(tls_, buffer_.data(), static_cast<int>(buffer_.size())));
  }
  const ssize_t count = recv(fd_, buffer_.data(), buffer_.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {0, POLLIN};
  return {count, 0};
}

HttpWire::Attempt HttpWire::transmit(const char* data, std::size_t size) {
  if (tls_ != nullptr) {
    ERR_clear_error();
    return tls_attempt(SSL_write(tls_, data, static_cast<int>(size)));
  }
  const ssize_t count = send(fd_, data, size, MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {0, POLLOUT};
  return {count, 0};
}

// An end without close_notify counts as trouble: a body without a length could otherwise be cut short unseen.
HttpWire::Attempt HttpWire::tls_attempt(int count) {
  if (count > 0) return {count, 0};
  const int problem = SSL_get_error(tls_, count);
  if (problem == SSL_ERROR_WANT_READ) return {0, POLLIN};
  if (problem == SSL_ERROR_WANT_WRITE) return {0, POLLOUT};
  return {problem == SSL_ERROR_ZERO_RETURN ? 0 : -1, 0};
}

bool HttpWire::wait(short events) {
  const auto outcome = waiter_.wait(fd_, events);
  if (outcome == Waiter::Outcome::ready) return true;
  if (outcome == Waiter::Outcome::stopped) {
    log_.error = Stop::error();
  } else {
    log_.error = Error{Code::no_answer, fmt::format("waiting for the answer of {}: it took too long", origin_.origin()),
                       "run the same command again"};
  }
  return false;
}

// Keeps the head and the end of what was read, and the limits. httplib reads lines one byte at a time.
bool HttpWire::note(std::string_view bytes) {
  log_.tail += bytes.substr(bytes.size() - std::min<std::size_t>(bytes.size(), 4));
  log_.tail.erase(0, log_.tail.size() - std::min<std::size_t>(log_.tail.size(), 4));
  line_size_ = bytes.size() > 1 || bytes.front() == '\n' ? 0 : line_size_ + 1;
  if (in_head_) {
    log_.head += bytes;
    head_size_ += bytes.size();
    if (log_.head.ends_with(kHeadEnd)) {
      in_head_ = is_interim(log_.head);
      if (in_head_) log_.head.clear();
    }
  }
  if (line_size_ <= kMaxLine && head_size_ <= kMaxHead) return true;
  log_.error =
      Error{Code::too_large,
            fmt::format("reading the answer of {}: its headers are longer than {} KiB or a line longer than {} KiB",
                        origin_.origin(), kMaxHead >> 10, kMaxLine >> 10),
            ""};
  return false;
}

void HttpWire::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = origin_.host;
  port = origin_.port;
}

void HttpWire::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace mailmgr
