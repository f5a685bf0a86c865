// Asks a provider's API: adds the bearer token, repeats what may be repeated, and turns every other ending into an
// Error in words a person can use. What a status and an error body mean differs by provider and is given as an
// ErrorReader.
//
// A 401 is answered once with a fresh token. Requests marked repeatable are tried again when the network or the server
// fails or asks for patience; others only when it is certain that nothing was done (no connection was made, or the
// server refused because of its load). To those a 502 or 504 is no_answer, also where it asks for patience.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/secret.h"
#include "core/ports/provider.h"

namespace mailmgr {

struct ApiRequest {
  std::string what = {};  // for error messages: "listing the labels"
  std::string method = "GET";
  std::string path = {};   // below Endpoints::api, percent-encoded
  std::string query = {};  // encoded, without '?'
  HttpHeaders headers = {};
  std::string body = {};
  std::string content_type = {};

  // Takes the place of path and query: an address from the provider that is a permission by itself, and a secret. No
  // access token goes there.
  std::optional<Url> preauthorized = std::nullopt;

  bool repeatable = true;
  int attempts = 5;                            // in all, where it is repeatable
  std::uint64_t units = 1;                     // of the provider's quota, per attempt
  std::shared_ptr<Passage> passage = nullptr;  // of the first attempt, where it was asked for before
  bool limited_apart = false;  // sending mail has limits of its own: when they are met, other requests need not wait
  std::vector<int> expected = {};  // statuses beyond 2xx that are answers here, not errors
  std::size_t max_body = std::size_t{8} << 20;
  milliseconds deadline = std::chrono::minutes(2);  // of one attempt
  // As HttpRequest::on_body; for requests with a single attempt only.
  std::function<bool(std::string_view)> on_body = nullptr;
  // What it changes is to be known here: an interruption lets an attempt that has begun come to its end.
  bool seen_through = false;
};

struct ApiAnswer {
  HttpResponse http;
  Secret token;  // the one it was asked with, for ApiClient::reject; empty where none was
};

// What an answer that is neither 2xx nor expected means. The message is completed by the caller with what was tried.
using ErrorReader = Error (*)(const HttpResponse& answer, Time now);

class ApiClient {
 public:
  ApiClient(const ProviderDeps& deps, ErrorReader reader) : deps_(deps), read_error_(reader) {}

  Result<ApiAnswer> send(const ApiRequest& request, const Stop& stop) { return send(request, nullptr, stop); }

  // send(), and `read` applied to the body; an answer that was cut short fails there and counts as a failed attempt.
  template <class T>
  Result<T> ask(const ApiRequest& request, Result<T> (*read)(std::string_view), const Stop& stop) {
    std::optional<T> value;
    const auto accept = [&](const HttpResponse& answer) -> Status {
      auto result = read(answer.body);
      if (!result) return std::move(result).error();
      value.emplace(*std::move(result));
      return {};
    };
    auto answer = send(request, accept, stop);
    if (!answer) return std::move(answer).error();
    return *std::move(value);
  }

  // send(), where nothing is to be read from the answer. try_later where it is neither empty nor JSON: what answers
  // everything with 200 (a captive portal, a proxy's login page) has changed nothing.
  Status carry_out(const ApiRequest& request, const Stop& stop);

  // What `answer`, for instance of one part of a batch, means.
  // The patience it asks for binds all who use the same quota.
  Error error(const HttpResponse& answer) const;
  // For a 401 within a batch.
  void reject(const Secret& token) const { deps_.tokens.reject(token); }

  const ProviderDeps& deps() const { return deps_; }

 private:
  using Accept = std::function<Status(const HttpResponse&)>;

  Result<ApiAnswer> send(const ApiRequest& request, const Accept& accept, const Stop& stop);
  Result<ApiAnswer> attempt(HttpRequest& http, const ApiRequest& request, std::shared_ptr<Passage> passage,
                            const Accept& accept, bool& rejected, const Stop& stop);
  // With a rejected token replaced once; the passage is good for both requests.
  Result<ApiAnswer> exchange(HttpRequest& http, const ApiRequest& request, const Accept& accept, bool& rejected,
                             const Stop& stop);

  ProviderDeps deps_;
  ErrorReader read_error_;
};

// What the status says where the error body says no more than `detail`, the server's own message (may be empty). As
// error_of_status (core/net/http_status.h), but 404 is Code::gone: what an API is asked for by id has been there.
Error error_of_answer(const HttpResponse& answer, std::string_view detail, Time now);

}  // namespace mailmgr
