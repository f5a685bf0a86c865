#include "core/system/httplib_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

#include "core/base/encoding.h"
#include "core/base/failpoint.h"
#include "core/system/http_connection.h"
#include "core/system/http_head.h"

namespace mailmgr {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxIdle = 16;  // connections kept per origin
constexpr seconds kMaxIdleTime{60};
// A request that must not be repeated only uses a connection that was in use a moment ago: servers close connections
// after longer pauses, and then nobody knows whether the request was processed.
constexpr seconds kMaxIdleTimeOnce{2};
constexpr std::chrono::hours kLongestDeadline{24};

bool is_idempotent(std::string_view method) {  // RFC 9110 §9.2.2
  constexpr std::array<std::string_view, 5> kMethods{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

Error bad_request(const HttpRequest& request, std::string_view why) {
  return {Code::config, fmt::format("sending a request to {}: {}", request.url.origin(), why), ""};
}

// cpp-httplib writes what it is given, line breaks included, so nothing that could end a line may reach it.
Status check(const HttpRequest& request) {
  constexpr std::array<std::string_view, 5> kOwn{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect"};
  const Url& url = request.url;
  if (url.scheme != "https" && !(url.scheme == "http" && url.is_loopback())) {
    return Error{Code::config,
                 fmt::format("sending a request to {}: plain http is only allowed to this machine", url.origin()),
                 "use an https:// address"};
  }
  if (!is_http_token(request.method)) return bad_request(request, "the method has a character that is not allowed");
  const std::string target = url.target();
  const bool is_plain = std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_plain || !target.starts_with('/'))
    return bad_request(request, "the path has a character that is not allowed");
  if (!is_http_value(request.content_type)) {
    return bad_request(request, "the content type has a character that is not allowed");
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_http_token(name)) return bad_request(request, "a header name has a character that is not allowed");
    // The value may be a secret, so the message holds the name alone.
    if (!is_http_value(value)) {
      return bad_request(request, fmt::format("the header {} has a character that is not allowed", name));
    }
    for (const std::string_view own : kOwn) {
      if (equals_ignoring_ascii_case(name, own)) {
        return bad_request(request, fmt::format("the header {} is set by the connection", name));
      }
    }
  }
  return {};
}

}  // namespace

// Kept connections and TLS contexts by origin.
class HttplibClient::Connections {
 public:
  explicit Connections(HttpSettings settings) : settings_(std::move(settings)) {}

  // The connection used last, if it is quiet and was idle for at most `limit`; nullptr otherwise.
  std::unique_ptr<HttpConnection> take(const std::string& origin, seconds limit) {
    const auto now = std::chrono::steady_clock::now();
    std::vector<Idle> dead;  // closed after the lock is let go
    const std::lock_guard lock(mutex_);
    auto& idle = idle_[origin];
    while (!idle.empty()) {
      if (now - idle.back().since > limit && now - idle.back().since <= kMaxIdleTime) return nullptr;
      Idle candidate = std::move(idle.back());
      idle.pop_back();
      if (now - candidate.since <= limit && candidate.connection->is_reusable()) return std::move(candidate.connection);
      dead.push_back(std::move(candidate));
    }
    return nullptr;
  }

  void give_back(const std::string& origin, std::unique_ptr<HttpConnection> connection) {
    if (!connection->is_reusable()) return;
    const std::lock_guard lock(mutex_);
    auto& idle = idle_[origin];
    if (idle.size() == kMaxIdle) idle.erase(idle.begin());
    idle.push_back({std::move(connection), std::chrono::steady_clock::now()});
  }

  Result<std::unique_ptr<HttpConnection>> make(const Url& url) {
    Route route;
    route.origin = url;
    route.origin.path = "/";
    route.origin.query.clear();
    auto proxy = proxy_for(url, settings_.proxy);
    if (!proxy) return proxy.error();
    route.proxy = std::move(*proxy);
    if (url.scheme == "https") {
      const auto context = tls_context(route.origin);
      if (!context) return context.error();
      route.tls = *context;
    }
    return std::make_unique<HttpConnection>(std::move(route));
  }

 private:
  struct Idle {
    std::unique_ptr<HttpConnection> connection;
    Monotonic since;
  };

  Result<SSL_CTX*> tls_context(const Url& origin) {
    const std::string key = origin.origin();
    const std::lock_guard lock(mutex_);
    auto& context = contexts_[key];
    if (context) return context.get();
    const auto own = settings_.ca_files.find(key);
    const bool has_own = own != settings_.ca_files.end() && !own->second.empty();
    auto made = make_tls_context(origin, has_own ? own->second : settings_.ca_file);
    if (!made) return made.error();
    context = std::move(*made);
    return context.get();
  }

  const HttpSettings settings_;
  std::mutex mutex_;
  std::map<std::string, TlsContext> contexts_;
  std::map<std::string, std::vector<Idle>> idle_;
};

HttplibClient::HttplibClient(HttpSettings settings)
    : connections_(std::make_unique<Connections>(std::move(settings))) {}
HttplibClient::~HttplibClient() = default;

Result<HttpResponse> HttplibClient::send(const HttpRequest& request, const Stop& stop) {
  if (auto checked = check(request); !checked) return checked.error();
  if (stop.interrupted()) return Stop::error();
  const milliseconds patience = std::min<milliseconds>(request.deadline, kLongestDeadline);
  Waiter waiter(stop, std::chrono::steady_clock::now() + patience);
  const std::string origin = request.url.origin();
  const bool may_repeat = is_idempotent(request.method);
  auto connection = connections_->take(origin, may_repeat ? kMaxIdleTime : kMaxIdleTimeOnce);
  while (true) {
    if (!connection) {
      auto made = connections_->make(request.url);
      if (!made) return made.error();
      connection = std::move(*made);
    }
    failpoint("http.before_send");
    auto answer = connection->exchange(request, waiter);
    failpoint("http.after_answer");
    if (!answer && may_repeat && connection->was_stale()) {
      connection.reset();  // the next one is new, so this happens once
      continue;
    }
    if (answer) connections_->give_back(origin, std::move(connection));
    return answer;
  }
}

}  // namespace mailmgr
