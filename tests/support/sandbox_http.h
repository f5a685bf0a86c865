// The sandbox as an HttpClient, in process and without sockets: tests of providers and flows talk to the same stand-in
// as the end-to-end tests, on virtual time. Whatever host a request names, the sandbox answers it. Also a login to it,
// for tests that want an access token and no OAuth. Safe to use from several threads.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/access_tokens.h"
#include "core/ports/http.h"
#include "core/ports/provider.h"
#include "tests/sandbox/front.h"

namespace mailmgr {

class SandboxHttp final : public HttpClient {
 public:
  // `sandbox` must outlive this.
  explicit SandboxHttp(sandbox::Sandbox& sandbox) : sandbox_(sandbox) {}

  Result<HttpResponse> send(const HttpRequest& request, const Stop& stop) override;

  // What happens before each request is sent, as when somebody else uses the mailbox meanwhile; one call at a time.
  void between_requests(std::function<void()> what);
  // The same once the sandbox has handled a request, before its answer is given.
  void after_requests(std::function<void()> what);

  // "METHOD /path?query" of every request so far, in order.
  std::vector<std::string> requests();
  void forget_requests();

 private:
  sandbox::Sandbox& sandbox_;
  std::mutex between_mutex_;
  std::function<void()> between_, after_;
  std::mutex mutex_;
  std::map<std::string, int> in_flight_;  // by user
  std::vector<std::string> requests_;
};

// Tokens of one person, by an OAuth login that the sandbox consents to by itself (Options::auto_consent); a rejected
// token is replaced by another login.
class SandboxTokens final : public AccessTokens {
 public:
  // `scopes` as ProviderSpec::scopes gives them. `http` must outlive this.
  SandboxTokens(HttpClient& http, const ProviderSpec& spec, Endpoints endpoints, std::string email,
                std::vector<std::string> scopes);

  Result<Secret> get(const Stop& stop) override;
  void reject(const Secret& token) override;

  int rejected() const { return rejected_; }

 private:
  Result<Secret> log_in(const Stop& stop);

  HttpClient& http_;
  ProviderKind kind_;
  Endpoints endpoints_;
  std::string email_;
  std::vector<std::string> scopes_;
  std::mutex mutex_;
  Secret token_;
  std::atomic<int> rejected_ = 0;
};

// A provider of `kind` whose every endpoint is the sandbox's.
ProviderConfig sandbox_provider(ProviderKind kind, std::string_view base_url = "http://127.0.0.1:8080");

}  // namespace mailmgr
