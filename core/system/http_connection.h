// One HTTP/1.1 connection to one origin. cpp-httplib speaks HTTP on it; connecting, TLS and every read and write are
// done here, where deadlines, stops and limits hold in every phase (its own timeouts are per read, its header lines and
// counts unbounded). Only one thread may use a connection at a time. Internal to core/system.
//
// SIGPIPE must be ignored in the process (core/system/signals.h): OpenSSL writes to sockets without MSG_NOSIGNAL.
#pragma once

#include <httplib.h>

#include <optional>

#include "core/ports/http.h"
#include "core/system/dialer.h"
#include "core/system/http_wire.h"
#include "core/system/tls.h"

namespace mailmgr {

struct Route {
  Url origin;
  std::optional<Proxy> proxy;
  SSL_CTX* tls = nullptr;  // for https; outlives the connection
};

class HttpConnection final : public httplib::ClientImpl {
 public:
  explicit HttpConnection(Route route);

  // Connects first if need be. `request` has been checked. Errors as in HttpClient::send.
  mailmgr::Result<HttpResponse> exchange(const HttpRequest& request, Waiter& waiter);

  // Open, and nothing has arrived since the last answer: an idle server has nothing to say but goodbye.
  bool is_reusable() const;
  // The last exchange failed because the peer had closed the idle connection before it answered anything.
  bool was_stale() const { return was_open_ && log_.peer_closed && !log_.error && log_.tail.empty(); }

 private:
  bool create_and_connect_socket(Socket& socket, httplib::Error& error) override;
  void shutdown_ssl(Socket& socket, bool shutdown_gracefully) override;
  bool process_socket(const Socket& socket, std::function<bool(httplib::Stream&)> callback) override;

  Status connect(Socket& socket);
  httplib::Request message_for(const HttpRequest& request) const;

  Route route_;
  TlsSession tls_;
  Waiter* waiter_ = nullptr;  // of the exchange under way
  WireLog log_;               // of the latest exchange
  bool was_open_ = false;     // whether that began on a connection that was there already
};

}  // namespace mailmgr
