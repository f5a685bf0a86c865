// What the operations share: the accounts of the service, and one request on its way through it (Call).
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/graph/documents.h"
#include "tests/sandbox/graph/fault.h"
#include "tests/sandbox/graph/mailbox.h"
#include "tests/sandbox/graph/options.h"
#include "tests/sandbox/graph/service.h"

namespace mailmgr::sandbox::graph {

// A message that was accepted for sending, for the control verb `sent`.
struct SentRecord {
  std::string id;
  std::string raw;
  std::vector<std::string> recipients;
  Time at{};
};

// Mail that was accepted and takes its time: in the Outbox, or as the draft that it was.
struct Departure {
  std::uint32_t message = 0;
  Time due{};
  std::vector<std::string> recipients;
  bool save = true;
  std::string draft_raw;  // of a draft that stays: what leaves, even if its owner deletes the draft meanwhile
};

struct Account {
  explicit Account(const std::string& email);
  Mailbox box;
  std::deque<Time> requests;                            // of the last ten minutes
  std::deque<std::pair<Time, std::uint64_t>> uploaded;  // of the last five
  std::uint64_t uploaded_bytes = 0;
  std::vector<SentRecord> sent;
  std::vector<Departure> departures;
  Documents categories;
  Documents rules;
  Documents overrides;
  std::string settings;              // JSON
  std::vector<std::string> proxies;  // further addresses of the mailbox
  int send_seconds = 0;              // what is sent takes; GraphLimits::sent_delay_seconds if that is more
  bool drafts_linger = false;        // meanwhile it is not in the Outbox, but the draft stays where it was
  bool sends_from_proxies = false;   // the organisation's SendFromAliasEnabled
  bool others_send_as = true;        // whoever reaches it with their own login has Send As
};

// "attachment: createUploadSession".
struct Upload {
  std::string owner;
  std::uint32_t message = 0;
  std::string name, content_type, content_id;
  bool is_inline = false;
  std::uint64_t size = 0;
  std::string bytes;
  Time expires{};
};

struct World {
  FaultSource& faults;
  GraphLimits limits;
  DeliverMail deliver;
  std::map<std::string, std::unique_ptr<Account>> accounts;  // by address in lower case
  std::map<std::string, Upload> uploads;                     // by the secret part of their URL
  std::uint64_t counter = 0;                                 // for request ids and the like

  Account* find(std::string_view email) const;
  Account* find_user(std::string_view id_or_address) const;
};

struct Call {
  World& world;
  const Request& request;
  const Session& session;
  Time now;
  Preferences prefer;
  std::string root;               // "http://HOST/v1.0"
  std::vector<std::string> path;  // decoded segments behind the user; "microsoft.graph." and "()" taken off
  Account* account = nullptr;
  bool shared = false;  // a delegated token on another's mailbox

  Mailbox& box() const { return account->box; }
  const std::string& method() const { return request.method; }

  // Whether the token carries one of the permissions, in the form that fits (".Shared" for another's mailbox).
  bool permitted(std::initializer_list<std::string_view> any_of) const;
  void require(std::initializer_list<std::string_view> any_of) const;  // else 403 ErrorAccessDenied

  bool has_body() const;
  bool has_mime_body() const;          // Content-Type text/plain
  std::string_view json_body() const;  // faults unless its Content-Type is JSON
  std::string mime_body() const;       // decoded; faults for anything but standard base64
  std::string id(const Message& message) const { return box().id_of(message, prefer.immutable_ids); }
  // "http://HOST/v1.0/$metadata#users('ID')/TAIL"
  std::string context(std::string_view tail) const;
  // This request's URL with other values for some query options; an empty value removes one.
  std::string url_with(std::initializer_list<std::pair<std::string_view, std::string>> options) const;
};

// The origin that the client sees: the Host header, https where X-Forwarded-Proto says so.
std::string origin_of(const Request& request);

Response json_response(int status, std::string body);
Response empty_response(int status);

// The operations, by the first segment behind the user.
Response handle_user(const Call& call);
Response handle_folders(Call& call);
Response handle_messages(Call& call);
Response handle_settings(Call& call);
Response handle_send_mail(Call& call);
Response handle_translate_ids(Call& call);
Response handle_upload(World& world, const Request& request, Time now);
Response handle_batch(World& world, const Request& request, const Session& session, Time now);

// One request under /v1.0 that is not a batch; faults become answers. Counts it against the limits.
Response handle_one(World& world, const Request& request, const Session& session, Time now);

}  // namespace mailmgr::sandbox::graph
