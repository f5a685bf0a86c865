// A whole sandbox on a clock that only moves when told, with mail services that remember what they were given, and the
// few calls that tests of logins and of the front make. All in process.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/base/encoding.h"
#include "core/base/url.h"
#include "tests/sandbox/front.h"

namespace mailmgr::sandbox {

class StillClock : public Clock {
 public:
  Time now() override { return now_; }
  Monotonic monotonic() override { return Monotonic(std::chrono::milliseconds(to_unix_millis(now_))); }
  bool sleep_for(milliseconds duration, const Stop&) override {
    now_ += duration;
    return true;
  }
  void advance(std::chrono::seconds by) { now_ += by; }

 private:
  Time now_ = from_unix_seconds(1'790'000'000);
};

// A mail service that answers 200 with what it was asked, and keeps what it was told.
class EchoService : public MailService {
 public:
  EchoService(FaultSource& faults, DeliverTo deliver) : faults_(faults), deliver_(std::move(deliver)) {}

  void add_mailbox(const std::string& email) override { mailboxes[email]; }
  bool has_mailbox(const std::string& email) const override { return mailboxes.contains(email); }
  void load(const std::string& email, std::vector<SourceMessage> messages) override {
    for (auto& message : messages) mailboxes[email].push_back(std::move(message));
  }
  Response handle(const Request& request, const Session& session, Time) override {
    ++handled;
    if (request.body.starts_with("send ")) deliver_(request.body.substr(5), "Subject: hello\r\n\r\nhi\r\n");
    if (request.body.starts_with("part ")) {
      Request part;
      part.method = "GET";
      part.path = request.body.substr(5);
      if (auto fault = faults_.fault_for(part)) return *fault;
    }
    auto response = Response::json(200, {{"user", session.email},
                                         {"scopes", session.scopes},
                                         {"app_only", session.app_only},
                                         {"path", request.path},
                                         {"bytes", request.body.size()},
                                         {"in_flight", request.in_flight}});
    response.quota_units = 5;
    return response;
  }
  nlohmann::json control(const std::string& email, std::string_view verb, const nlohmann::json& args, Time) override {
    if (verb == "sent") return nlohmann::json::array();
    if (verb == "refuse") throw std::invalid_argument("refused as asked");
    controls.push_back(email + " " + std::string(verb) + " " + args.dump());
    return {{"done", verb}};
  }

  std::map<std::string, std::vector<SourceMessage>> mailboxes;
  std::vector<std::string> controls;
  int handled = 0;

 private:
  FaultSource& faults_;
  DeliverTo deliver_;
};

class World {
 public:
  explicit World(Options options = {}) : sandbox(options, clock, makers()) {}

  Response send(std::string method, const std::string& target, std::string body = {}, HeaderList headers = {}) {
    Request request;
    request.method = std::move(method);
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.headers = std::move(headers);
    request.headers.emplace_back("Host", "127.0.0.1:8080");
    request.body = std::move(body);
    return sandbox.handle(std::move(request));
  }
  Response get(const std::string& target, const std::string& token = {}) {
    return send("GET", target, {}, token.empty() ? HeaderList() : HeaderList{{"Authorization", "Bearer " + token}});
  }
  Response get(const std::string& path, const QueryParams& query) { return get(path + "?" + encode_query(query)); }
  Response post_form(const std::string& path, const QueryParams& form) {
    return send("POST", path, encode_query(form), {{"Content-Type", "application/x-www-form-urlencoded"}});
  }
  nlohmann::json control(const std::string& path, const nlohmann::json& args = nlohmann::json::object()) {
    return nlohmann::json::parse(send("POST", "/_sandbox" + path, args.dump()).body);
  }
  nlohmann::json look(const std::string& path) { return nlohmann::json::parse(get("/_sandbox" + path).body); }

  StillClock clock;
  EchoService* gmail = nullptr;
  EchoService* graph = nullptr;

 private:
  ServiceMakers makers() {
    const auto make = [](EchoService*& slot) {
      return [&slot](FaultSource& faults, DeliverTo deliver) -> std::unique_ptr<MailService> {
        auto service = std::make_unique<EchoService>(faults, std::move(deliver));
        slot = service.get();
        return service;
      };
    };
    return {make(gmail), make(graph), [](std::string_view path) { return path.starts_with("/upload-session/"); }};
  }

 public:
  Sandbox sandbox;  // last: it uses what is above
};

inline const std::string kVerifier = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
inline std::string challenge() {
  return base64url(sha256(kVerifier));
}

inline nlohmann::json body_of(const Response& response) {
  return nlohmann::json::parse(response.body);
}

// The value of `name` in the query of a redirect's Location; empty if absent.
inline std::string location_param(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key != "Location") continue;
    const auto params = decode_query(std::string_view(value).substr(value.find_first_of("?#") + 1));
    if (!params) return {};
    for (const auto& [param, text] : *params)
      if (param == name) return text;
  }
  return {};
}

inline std::string location(const Response& response) {
  for (const auto& [key, value] : response.headers)
    if (key == "Location") return value;
  return {};
}

// The hidden field `request` of a consent page.
inline std::string consent_id(const Response& page) {
  const std::string before = "name=\"request\" value=\"";
  const auto at = page.body.find(before);
  if (at == std::string::npos) throw std::runtime_error("no consent page: " + page.body);
  const auto begin = at + before.size();
  return page.body.substr(begin, page.body.find('"', begin) - begin);
}

}  // namespace mailmgr::sandbox
