// A server on 127.0.0.1 that does exactly what a test says, well-behaved or not: every connection is handled by a
// function in a thread of its own. With a certificate it speaks TLS.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/url.h"

namespace mailmgr {

// The server's side of one connection. Reads and writes block until the peer or the test's end closes it.
class Peer {
 public:
  Peer(int fd, int number) : fd_(fd), number_(number) {}
  int number() const { return number_; }  // 1 for the first connection

  bool start_tls(SSL_CTX* context);
  // Head and body (Content-Length) of the next request; empty when the peer closed.
  std::string read_request();
  bool write(std::string_view bytes);
  // Writes a whole answer with Content-Length.
  bool answer(std::string_view body, std::string_view status = "200 OK", std::string_view headers = "");
  // Writes one byte again and again, as long as the peer takes it.
  void drip(char byte);
  void wait_for_close();
  void shutdown_tls();  // sends close_notify
  int fd() const { return fd_; }

 private:
  std::size_t read_some(char* data, std::size_t size);

  int fd_;
  int number_;
  std::shared_ptr<SSL> tls_;
};

class RawServer {
 public:
  using Handler = std::function<void(Peer&)>;

  explicit RawServer(Handler handler, SSL_CTX* tls = nullptr);
  ~RawServer();

  std::uint16_t port() const { return port_; }
  // "http(s)://HOST:PORT" and the target.
  Url url(std::string_view target = "/", std::string_view host = "127.0.0.1") const;
  int connections() const { return connections_; }
  std::vector<std::string> requests();  // as read by read_request()
  void record(const std::string& request);

 private:
  void accept_all();
  void serve(int fd, int number);

  Handler handler_;
  SSL_CTX* tls_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::vector<std::string> requests_;
  bool is_ending_ = false;
  std::thread acceptor_;
};

}  // namespace mailmgr
