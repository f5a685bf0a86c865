// The whole sandbox as a function from requests to responses over a clock: it routes to the OAuth endpoints, the mail
// services and the control API, knows who an access token belongs to, applies faults and counts. handle() may be called
// from any thread; requests are answered one at a time, and one that a fault rule holds lets others pass. The server
// (server.h) adds nothing but bytes on sockets.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ports/clock.h"
#include "tests/sandbox/control.h"
#include "tests/sandbox/google_oauth.h"
#include "tests/sandbox/options.h"
#include "tests/sandbox/provider_errors.h"
#include "tests/sandbox/secrets.h"
#include "tests/sandbox/services.h"

namespace mailmgr::sandbox {

class Sandbox : private FaultSource {
 public:
  // Throws std::invalid_argument or std::runtime_error, with a message for people, for accounts, mail or faults that
  // cannot be used. `clock` must outlive the sandbox.
  Sandbox(const Options& options, Clock& clock);
  Sandbox(const Options& options, Clock& clock, const ServiceMakers& makers);
  ~Sandbox() override;

  // Answers one request. Response::transport says what a server should do to the connection, the body is whole.
  Response handle(Request request);

  // Who a request is from, for counting requests in flight: an address, the client id of an app-only token, or empty.
  std::string user_of(const Request& request);

  // Lets go of every request that a fault rule holds, now and from now on.
  void release();

  // The clock's time plus what the control API added.
  Time now();

 private:
  std::optional<Response> fault_for(const Request& part) override;

  using Lock = std::unique_lock<std::mutex>;
  std::optional<Faults::Hit> fault(const Request& request, Lock& lock);
  Response respond(const Request& request, Api api, std::optional<Faults::Hit>& hit);
  Response wait_for_held(const Request& request, Lock& lock);

  Response answer(const Request& request, Api api);
  Response google_oauth(const Request& request);
  Response microsoft_oauth(const Request& request);
  Response gmail(const Request& request);
  Response graph(const Request& request);
  Response submit_consent(const Request& request);
  const TokenRecord* live_token(const Request& request, Provider provider);
  MailService& service(Provider provider) { return provider == Provider::google ? *gmail_ : *graph_; }
  void load_mail(const Options& options);
  void deliver_pending();
  std::string user_name(const Request& request) const;

  Clock& clock_;
  std::string prefix_;
  std::function<bool(std::string_view)> is_upload_;
  std::mutex mutex_;  // guards everything below
  std::chrono::milliseconds offset_{0};
  OAuthWorld oauth_;
  Consent consent_;
  GoogleOAuth google_{oauth_, consent_};
  MicrosoftOAuth microsoft_{oauth_, consent_};
  Faults faults_;
  Stats stats_;
  Secrets secrets_;
  std::unique_ptr<MailService> gmail_, graph_;
  std::unique_ptr<Control> control_;
  std::vector<std::pair<std::string, std::string>>
      pending_;                      // recipient, message: delivered after the sender's request
  std::string user_;                 // of the request being answered, for faults in batches
  std::condition_variable changed_;  // held_, the rules, or released_
  std::size_t held_ = 0;             // requests that wait for their rule to be removed
  bool released_ = false;
  std::map<std::string, Response> answers_;  // what `repeat` repeats; kept once such a rule was there
};

}  // namespace mailmgr::sandbox
