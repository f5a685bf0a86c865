#include "tests/system/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace mailmgr {

bool Peer::start_tls(SSL_CTX* context) {
  tls_.reset(SSL_new(context), SSL_free);
  SSL_set_fd(tls_.get(), fd_);
  return SSL_accept(tls_.get()) == 1;
}

std::size_t Peer::read_some(char* data, std::size_t size) {
  const ssize_t count = tls_ ? SSL_read(tls_.get(), data, static_cast<int>(size)) : recv(fd_, data, size, 0);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::string Peer::read_request() {
  std::string request;
  char byte = 0;
  while (!request.ends_with("\r\n\r\n")) {
    if (read_some(&byte, 1) == 0) return {};
    request += byte;
  }
  const std::size_t place = request.find("Content-Length: ");
  std::size_t left = place == std::string::npos ? 0 : std::stoul(request.substr(place + 16));
  while (left > 0) {
    std::string piece(std::min<std::size_t>(left, 65536), '\0');
    const std::size_t count = read_some(piece.data(), piece.size());
    if (count == 0) return {};
    request.append(piece, 0, count);
    left -= count;
  }
  return request;
}

bool Peer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                               : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool Peer::answer(std::string_view body, std::string_view status, std::string_view headers) {
  return write("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
               std::string(headers) + "\r\n" + std::string(body));
}

void Peer::drip(char byte) {
  pollfd closed{fd_, POLLIN | POLLRDHUP, 0};
  while (poll(&closed, 1, 5) == 0 && write({&byte, 1})) {
  }
}

void Peer::wait_for_close() {
  char byte = 0;
  while (recv(fd_, &byte, 1, 0) > 0) {
  }
}

void Peer::shutdown_tls() {
  SSL_shutdown(tls_.get());
}

RawServer::RawServer(Handler handler, SSL_CTX* tls) : handler_(std::move(handler)), tls_(tls) {
  std::signal(SIGPIPE, SIG_IGN);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen");
  }
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
  close(listener_);
}

void RawServer::accept_all() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    if (is_ending_) {
      close(fd);
      return;
    }
    open_.push_back(fd);
    threads_.emplace_back([this, fd, number = ++connections_] { serve(fd, number); });
  }
}

void RawServer::serve(int fd, int number) {
  {
    Peer peer(fd, number);
    if (tls_ == nullptr || peer.start_tls(tls_)) handler_(peer);
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  close(fd);
}

Url RawServer::url(std::string_view target, std::string_view host) const {
  const std::string scheme = tls_ != nullptr ? "https://" : "http://";
  return Url::parse(scheme + std::string(host) + ':' + std::to_string(port_) + std::string(target)).value();
}

std::vector<std::string> RawServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void RawServer::record(const std::string& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
}

}  // namespace mailmgr
