// The bytes of one HTTP exchange as cpp-httplib reads and writes them, with what it lacks: one deadline for everything,
// a Stop, and limits on header lines and headers. What was seen on the way is left in a WireLog. Internal to
// core/system.
#pragma once

#include <httplib.h>
#include <openssl/ssl.h>

#include <array>
#include <optional>
#include <string>

#include "core/base/url.h"
#include "core/system/waiter.h"

namespace mailmgr {

struct WireLog {
  std::optional<Error> error;  // the deadline, a stop or a limit
  std::string head;            // status line and headers as received, up to and with the empty line
  std::string tail;            // the last four bytes received
  bool peer_closed = false;    // the peer closed or reset the connection
  bool has_surplus = false;    // more was received than was asked for
};

class HttpWire final : public httplib::Stream {
 public:
  // `fd` is a connected non-blocking socket, `tls` its session or nullptr; all arguments outlive this object.
  HttpWire(int fd, SSL* tls, const Url& origin, Waiter& waiter, WireLog& log);
  ~HttpWire() override;

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* data, std::size_t size) override;  // 0 at a clean end, negative after any trouble
  ssize_t write(const char* data, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return fd_; }

 private:
  // What one attempt to read or write came to: a count (0: clean end, negative: trouble), or what to wait for first.
  struct Attempt {
    ssize_t count = 0;
    short wait_for = 0;
  };

  Attempt receive();
  Attempt transmit(const char* data, std::size_t size);
  Attempt tls_attempt(int count);
  bool wait(short events);
  bool note(std::string_view bytes);

  int fd_;
  SSL* tls_;
  const Url& origin_;
  Waiter& waiter_;
  WireLog& log_;
  std::array<char, 16384> buffer_;  // one TLS record
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t head_size_ = 0;  // interim heads included
  std::size_t line_size_ = 0;
  bool in_head_ = true;
};

}  // namespace mailmgr
