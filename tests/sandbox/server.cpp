#include "tests/sandbox/server.h"

#include <httplib.h>

#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "core/base/encoding.h"
#include "tests/sandbox/sockets.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::size_t kThreads = 96;  // one serves a connection as long as it is open
constexpr std::size_t kRequestsPerConnection = 1'000'000;
constexpr int kKeepAliveSeconds = 60;
constexpr int kReadSeconds = 30;
constexpr std::chrono::milliseconds kDrip{100};

// What httplib adds to a request's headers by itself.
bool is_added(const std::string& name) {
  return name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" || name == "LOCAL_PORT";
}

// How many requests of each user are being answered. Nobody is a user too.
class InFlight {
 public:
  // Counts while it lives, which is until the answer was written.
  class Place {
   public:
    Place(InFlight& all, std::string user) : all_(all), user_(std::move(user)) {
      const std::lock_guard lock(all_.mutex_);
      count_ = ++all_.counts_[user_];
    }
    ~Place() {
      const std::lock_guard lock(all_.mutex_);
      if (--all_.counts_[user_] == 0) all_.counts_.erase(user_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    int count() const { return count_; }

   private:
    InFlight& all_;
    std::string user_;
    int count_ = 0;
  };

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
};

// Everything an answer needs until its last byte is written.
struct Outgoing {
  std::string body;
  std::shared_ptr<InFlight::Place> place;
  int connection = -1;  // only looked up for faults
};

}  // namespace

struct Server::State {
  State(Sandbox& target, std::chrono::milliseconds way) : sandbox(target), latency(way) {}

  void answer(const httplib::Request& from, httplib::Response& to, std::string body);
  void send(Response response, httplib::Response& to, std::shared_ptr<InFlight::Place> place, int remote_port);

  Sandbox& sandbox;
  const std::chrono::milliseconds latency;
  httplib::Server http;
  InFlight in_flight;
  std::thread listener;
  std::atomic<bool> stopping{false};
  int port = 0;
};

void Server::State::answer(const httplib::Request& from, httplib::Response& to, std::string body) {
  Request request;
  request.method = from.method;
  const auto question = from.target.find('?');
  request.path = from.target.substr(0, question);
  if (question != std::string::npos) request.query = from.target.substr(question + 1);
  for (const auto& [name, value] : from.headers)
    if (!is_added(name)) request.headers.emplace_back(name, value);
  request.body = std::move(body);
  const auto place = std::make_shared<InFlight::Place>(in_flight, sandbox.user_of(request));
  request.in_flight = place->count();
  auto response = sandbox.handle(std::move(request));
  if (latency.count() > 0) std::this_thread::sleep_for(latency);
  send(std::move(response), to, place, from.remote_port);
}

void Server::State::send(Response response, httplib::Response& to, std::shared_ptr<InFlight::Place> place,
                         int remote_port) {
  const auto transport = response.transport;
  const auto out = std::make_shared<Outgoing>();
  out->body = std::move(response.body);
  out->place = std::move(place);
  if (transport != Transport::normal) out->connection = find_connection(port, remote_port);
  if (transport == Transport::reset_before_handling || transport == Transport::reset_after_handling)
    return reset_connection(out->connection);

  to.status = response.status;
  std::string type = "application/octet-stream";
  for (const auto& [name, value] : response.headers) {
    if (equals_ignoring_ascii_case(name, "Content-Type"))
      type = value;
    else
      to.set_header(name, value);
  }
  if (out->body.empty()) return;
  const auto size = out->body.size();
  if (transport == Transport::truncate_body) {
    to.set_content_provider(type, [out, size](std::size_t, httplib::DataSink& sink) {
      sink.write(out->body.data(), size / 2);
      sink.done();
      end_connection(out->connection);
      return true;
    });
    return;
  }
  const bool drip = transport == Transport::drip, breaks = transport == Transport::reset_mid_body;
  to.set_content_provider(size, type, [=, this](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
    if (drip) {
      std::this_thread::sleep_for(kDrip);
      return !stopping && sink.write(out->body.data() + offset, 1);
    }
    if (!breaks) return sink.write(out->body.data() + offset, length);
    sink.write(out->body.data(), size / 2);
    reset_connection(out->connection);
    return false;
  });
}

Server::Server(Sandbox& sandbox, int port, std::chrono::milliseconds latency)
    : state_(std::make_unique<State>(sandbox, latency)) {
  auto& http = state_->http;
  http.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };  // the library takes it over
  http.set_tcp_nodelay(true);
  http.set_keep_alive_max_count(kRequestsPerConnection);
  http.set_keep_alive_timeout(kKeepAliveSeconds);
  http.set_read_timeout(kReadSeconds);
  // Not the library's SO_REUSEPORT: with it two servers share a port without a word.
  http.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });

  auto* state = state_.get();
  const auto plain = [state](const httplib::Request& from, httplib::Response& to) { state->answer(from, to, {}); };
  const auto with_body = [state](const httplib::Request& from, httplib::Response& to,
                                 const httplib::ContentReader& read) {
    std::string body;
    if (from.is_multipart_form_data()) {
      to.status = 415;
      return;
    }
    // Without either header there is no body (RFC 9112 §6.3); the library would wait for one.
    if (from.has_header("Content-Length") || from.has_header("Transfer-Encoding")) {
      const bool whole = read([&](const char* data, std::size_t length) {
        body.append(data, length);
        return true;
      });
      if (!whole) return;
    }
    state->answer(from, to, std::move(body));
  };
  const std::string anything = R"([\s\S]*)";
  http.Get(anything, plain).Options(anything, plain);
  http.Post(anything, with_body).Put(anything, with_body).Patch(anything, with_body).Delete(anything, with_body);

  constexpr auto* kHost = "127.0.0.1";
  state_->port = port == 0 ? http.bind_to_any_port(kHost) : (http.bind_to_port(kHost, port) ? port : -1);
  if (state_->port <= 0)
    throw std::runtime_error("listening on 127.0.0.1:" + std::to_string(port) + ": the port is taken or not allowed");
}

Server::~Server() {
  stop();
}

int Server::port() const {
  return state_->port;
}

std::string Server::url() const {
  return "http://127.0.0.1:" + std::to_string(state_->port);
}

void Server::start() {
  state_->listener = std::thread([this] { state_->http.listen_after_bind(); });
  while (!state_->http.is_running()) std::this_thread::yield();
}

void Server::stop() {
  if (!state_->listener.joinable()) return;
  state_->stopping = true;
  state_->sandbox.release();
  state_->http.stop();
  end_connections(state_->port);
  state_->listener.join();
}

}  // namespace mailmgr::sandbox
