// The sandbox on a socket: a thin HTTP/1.1 server on 127.0.0.1 that hands each request to Sandbox::handle, counts how
// many of a user are in flight, and does to the connection what Response::transport says. Keep-alive, many connections.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tests/sandbox/front.h"

namespace mailmgr::sandbox {

class Server {
 public:
  // Binds; port 0 takes a free one. Every answer sets out `latency` after it was made, as over a network that far.
  // Throws std::runtime_error when the port is taken. `sandbox` must outlive the server.
  Server(Sandbox& sandbox, int port, std::chrono::milliseconds latency = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string url() const;  // http://127.0.0.1:PORT

  // Answers from threads of its own until stop(), which also ends open connections.
  void start();
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailmgr::sandbox
