// A Gmail stand-in in process with one or two mailboxes, and short ways to call it.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/sandbox/gmail/service.h"

namespace mailmgr::sandbox {

inline constexpr const char* kMailScope = "https://mail.google.com/";
inline constexpr const char* kScopeBase = "https://www.googleapis.com/auth/gmail.";

struct Reply {
  int status = 0;
  nlohmann::json json;  // discarded or null if the body is no JSON
  Response response;

  // Of an error; empty if this is none, so that a check fails rather than the program.
  std::string reason() const { return error_text("/error/errors/0/reason"); }
  std::string message() const { return error_text("/error/message"); }

 private:
  std::string error_text(const char* where) const {
    return json.is_object() ? json.value(nlohmann::json::json_pointer(where), "") : "";
  }
};

class GmailFixture : public FaultSource {
 public:
  explicit GmailFixture(GmailQuota quota = GmailQuota::off());

  std::optional<Response> fault_for(const Request& request) override;

  // `path` after /gmail/v1/users/me/, or from the root if it starts with '/'; may have a query.
  Reply get(const std::string& path) { return call("GET", path); }
  Reply post(const std::string& path, const nlohmann::json& body = nullptr) { return call("POST", path, body); }
  Reply put(const std::string& path, const nlohmann::json& body) { return call("PUT", path, body); }
  Reply patch(const std::string& path, const nlohmann::json& body) { return call("PATCH", path, body); }
  Reply erase(const std::string& path) { return call("DELETE", path); }
  Reply call(const std::string& method, const std::string& path, const nlohmann::json& body = nullptr);
  Reply send(Request request);

  nlohmann::json control(const std::string& verb, const nlohmann::json& args = nlohmann::json::object());
  // Delivers into the inbox; the id of the message.
  std::string deliver(const std::string& raw, nlohmann::json args = nlohmann::json::object());
  // The ids that messages.list gives for a query.
  std::vector<std::string> search(const std::string& q, const std::string& more = "");
  std::string history_id() { return get("profile").json["historyId"]; }

  struct Delivered {
    std::string to;
    std::string raw;
  };
  std::vector<Delivered> delivered;
  std::string fault_path;  // requests whose path contains it get `fault`
  Response fault;
  Session session{"anna@gmail.test", {kMailScope}, false};
  Time now = from_unix_seconds(1'790'000'000);
  std::unique_ptr<MailService> service;
};

// A small message; `extra` is whole header lines.
std::string mail(const std::string& subject, const std::string& body = "hello", const std::string& extra = "");
// The message the API gives as raw, decoded.
std::string raw_of(GmailFixture& box, const std::string& id);
std::vector<std::string> labels_of(GmailFixture& box, const std::string& id);
bool has(const std::vector<std::string>& list, const std::string& item);

}  // namespace mailmgr::sandbox
