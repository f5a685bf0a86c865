// The shapes that the parts of the sandbox share: HTTP requests and responses as values, mail to load, and the
// interface of a mail service (Gmail, Graph). The whole sandbox is a function from requests to responses over a clock;
// the server on top (server.h) only moves bytes, so that tests can run thousands of requests in process on virtual
// time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.h"

namespace mailmgr::sandbox {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // upper case
  std::string path;    // as sent, still percent-encoded, without query
  std::string query;   // as sent, without '?'
  HeaderList headers;  // as sent
  std::string body;
  int in_flight = 1;  // requests of the same user being answered when this one arrived, itself included

  // The first header of that name (case-insensitive), empty if absent.
  std::string_view header(std::string_view name) const;
};

// What the server does to the connection instead of answering properly; for fault rules.
enum class Transport { normal, reset_before_handling, reset_after_handling, reset_mid_body, truncate_body, drip };

struct Response {
  int status = 200;
  HeaderList headers;
  std::string body;
  std::uint64_t quota_units = 0;  // Gmail units, or Graph requests (a batch counts its parts)
  Transport transport = Transport::normal;

  static Response json(int status, const nlohmann::json& body);
};

// One message to load. The bytes are made or read when asked for, so that 100,000 messages start fast.
struct SourceMessage {
  std::function<std::string()> raw;  // the whole RFC 5322 message; repeatable
  Time received{};
  std::uint64_t size = 0;  // of raw(), where known cheaply; else 0
  std::string thread_key;  // equal for messages of one thread
  std::string message_id;  // the Message-ID header with <>, may be empty
  std::string folder =
      "inbox";  // inbox archive sent drafts trash spam, or the path of an own folder or label ("Work/2026")
  bool unread = false;
  bool starred = false;
  std::vector<std::string> labels;  // Gmail user labels, Outlook categories, by name
};

// Who is asking, as the access token says.
struct Session {
  std::string email;
  std::set<std::string> scopes;  // canonical: "https://www.googleapis.com/auth/gmail.modify", "Mail.ReadWrite"
  bool app_only = false;         // Microsoft client credentials: no /me
};

// Faults chosen by rule (control.h). Services ask for every part of a batch, the front asks for whole requests.
class FaultSource {
 public:
  virtual ~FaultSource() = default;
  // A response to give instead of handling `request`; nullopt to handle it.
  virtual std::optional<Response> fault_for(const Request& request) = 0;
};

// One mail API with all its mailboxes. Calls are serialised by the front (front.h).
class MailService {
 public:
  virtual ~MailService() = default;

  virtual void add_mailbox(const std::string& email) = 0;
  virtual bool has_mailbox(const std::string& email) const = 0;
  // Adds mail as if it had been there before the sandbox started; order is kept.
  virtual void load(const std::string& email, std::vector<SourceMessage> messages) = 0;

  // Answers an authenticated request under this service's API paths.
  virtual Response handle(const Request& request, const Session& session, Time now) = 0;

  // The control API's verbs on one mailbox, in the service's own terms; see control.h for the list both share:
  // deliver, mark, move, label, unlabel, delete, create_folder, rename_folder, delete_folder, expire_cursors, state,
  // sent. Throws std::invalid_argument with a message for an unknown verb or argument.
  virtual nlohmann::json control(const std::string& email, std::string_view verb, const nlohmann::json& args,
                                 Time now) = 0;
};

}  // namespace mailmgr::sandbox
