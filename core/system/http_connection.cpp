#include "core/system/http_connection.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/system/http_head.h"

namespace mailmgr {
namespace {

constexpr std::size_t kFirstReserve = std::size_t{1} << 20;

Error no_answer(const Url& origin, std::string_view why) {
  return {Code::no_answer, fmt::format("waiting for the answer of {}: {}", origin.origin(), why),
          "run the same command again"};
}

std::string host_header(const Url& origin) {
  return origin.origin().substr(origin.scheme.size() + 3);
}

// Puts one answer together, within the limits of its request.
class Receiver {
 public:
  explicit Receiver(const HttpRequest& request) : request_(request) {}

  // The head is complete; false, with error(), when the body cannot be taken.
  bool begin(int status, std::string_view head_bytes) {
    has_begun_ = true;
    response_.status = status;
    auto head = parse_http_head(head_bytes);
    if (!head) return fail(no_answer(request_.url, "its headers are malformed"));
    response_.headers = std::move(head->headers);
    is_chunked_ = head->is_chunked;
    const auto encoding = response_.header("Content-Encoding");
    if (encoding && !equals_ignoring_ascii_case(*encoding, "identity")) {
      return fail(no_answer(request_.url, "it is compressed, which was not asked for"));
    }
    const std::size_t length = head->content_length.value_or(0);
    if (request_.method != "HEAD" && length > request_.max_body) return fail(too_large());
    is_streamed_ = request_.on_body && status >= 200 && status < 300;
    if (!is_streamed_) response_.body.reserve(std::min(length, kFirstReserve));
    return true;
  }

  bool take(std::string_view bytes) {
    received_ += bytes.size();
    if (received_ > request_.max_body) return fail(too_large());
    if (is_streamed_) {
      was_ended_ = !request_.on_body(bytes);
      return !was_ended_;
    }
    response_.body += bytes;
    return true;
  }

  bool has_begun() const { return has_begun_; }
  bool is_chunked() const { return is_chunked_; }
  bool was_ended() const { return was_ended_; }  // by the one who receives it
  const std::optional<Error>& error() const { return error_; }
  HttpResponse& response() { return response_; }

 private:
  bool fail(Error error) {
    error_ = std::move(error);
    return false;
  }
  Error too_large() const {
    return {
        Code::too_large,
        fmt::format("reading the answer of {}: it is larger than {} bytes", request_.url.origin(), request_.max_body),
        ""};
  }

  const HttpRequest& request_;
  HttpResponse response_;
  std::optional<Error> error_;
  std::size_t received_ = 0;
  bool has_begun_ = false;
  bool is_chunked_ = false;
  bool is_streamed_ = false;
  bool was_ended_ = false;
};

}  // namespace

HttpConnection::HttpConnection(Route route)
    : httplib::ClientImpl(route.origin.host, route.origin.port), route_(std::move(route)) {
  set_keep_alive(true);
  set_follow_location(false);  // it would send Authorization to another host
  set_url_encode(false);
  set_decompress(false);
}

mailmgr::Result<HttpResponse> HttpConnection::exchange(const HttpRequest& request, Waiter& waiter) {
  waiter_ = &waiter;
  log_ = {};
  was_open_ = is_socket_open() != 0;
  Receiver receiver(request);
  httplib::Request message = message_for(request);
  message.response_handler = [&](const httplib::Response& answer) { return receiver.begin(answer.status, log_.head); };
  message.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    return receiver.take({data, size});
  };
  httplib::Response answer;
  auto problem = httplib::Error::Success;
  bool is_complete = false;
  try {
    is_complete = send(message, answer, problem);
  } catch (const std::exception& error) {
    log_.error = no_answer(route_.origin, error.what());
    stop();
  }
  if (is_complete && !receiver.has_begun()) is_complete = receiver.begin(answer.status, log_.head);  // no body
  // After a malformed chunk httplib reports success; a whole body ends with the empty line after the last chunk.
  if (is_complete && receiver.is_chunked() && request.method != "HEAD" && log_.tail != "\r\n\r\n") is_complete = false;
  if (log_.has_surplus || !is_complete) stop();

  if (receiver.error()) return *receiver.error();
  if (is_complete || receiver.was_ended()) return std::move(receiver.response());
  if (log_.error) return *log_.error;
  return no_answer(route_.origin, "the connection ended before it was complete");
}

bool HttpConnection::is_reusable() const {
  if (is_socket_open() == 0) return false;
  pollfd idle{socket(), POLLIN, 0};
  return poll(&idle, 1, 0) == 0 && (!tls_ || SSL_pending(tls_.get()) == 0);
}

bool HttpConnection::create_and_connect_socket(Socket& socket, httplib::Error& error) {
  was_open_ = false;  // httplib noticed that the old connection is dead
  const auto connected = connect(socket);
  if (connected) return true;
  log_.error = connected.error();
  error = httplib::Error::Connection;
  return false;
}

Status HttpConnection::connect(Socket& socket) {
  const Endpoint target{route_.origin.host, route_.origin.port};
  auto fd = connect_tcp(route_.proxy ? route_.proxy->endpoint : target, *waiter_);
  if (!fd) return fd.error();
  if (route_.proxy) {
    if (auto opened = open_tunnel(fd->get(), target, *route_.proxy, *waiter_); !opened) return opened;
  }
  if (route_.tls != nullptr) {
    auto session = tls_handshake(route_.tls, fd->get(), route_.origin, *waiter_);
    if (!session) return session.error();
    tls_ = std::move(*session);
  }
  socket.sock = fd->release();  // httplib closes it
  return {};
}

void HttpConnection::shutdown_ssl(Socket&, bool shutdown_gracefully) {
  if (tls_ && shutdown_gracefully && !log_.peer_closed) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
  }
  tls_.reset();
}

bool HttpConnection::process_socket(const Socket& socket, std::function<bool(httplib::Stream&)> callback) {
  HttpWire wire(socket.sock, tls_.get(), route_.origin, *waiter_, log_);
  return callback(wire);
}

httplib::Request HttpConnection::message_for(const HttpRequest& request) const {
  httplib::Request message;
  message.method = request.method;
  message.path = request.url.target();
  for (const auto& [name, value] : request.headers) message.headers.emplace(name, value);
  message.headers.emplace("Host", host_header(route_.origin));
  if (!message.has_header("User-Agent")) message.headers.emplace("User-Agent", "mailmgr/" MAILMGR_VERSION);
  if (!message.has_header("Accept-Encoding")) message.headers.emplace("Accept-Encoding", "identity");
  if (request.body.empty()) return message;
  if (!request.content_type.empty()) message.headers.emplace("Content-Type", request.content_type);
  // A provider instead of Request::body: httplib copies its requests, and mail can be large.
  message.content_length_ = request.body.size();
  message.headers.emplace("Content-Length", std::to_string(request.body.size()));
  message.content_provider_ = [body = std::string_view(request.body)](std::size_t offset, std::size_t length,
                                                                      httplib::DataSink& sink) {
    return sink.write(body.data() + offset, length);
  };
  return message;
}

}  // namespace mailmgr
