#include "tests/sandbox/control.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/base/encoding.h"

namespace mailmgr::sandbox {
namespace {

using nlohmann::json;

constexpr std::string_view kHelp =
    "mailmgr-sandbox: a stand-in for Gmail and Microsoft Graph mail.\n\n"
    "GET  /_sandbox/accounts | stats | secrets | faults | clock\n"
    "POST /_sandbox/accounts {email} | clients {provider, client_id, ...} | clock {advance_seconds}\n"
    "POST /_sandbox/expire {tokens, refresh_tokens, older_refresh_tokens, cursors, email?} | revoke {email} | "
    "stats/reset\n"
    "POST /_sandbox/faults {match, action, times?}    DELETE /_sandbox/faults[/ID]    GET /_sandbox/held/N\n"
    "POST /_sandbox/mailbox/EMAIL/deliver {raw, folder?, unread?, starred?, labels?, received?}\n"
    "     mark {id, unread?, starred?} | move {id, folder} | label, unlabel {id, label} | delete {id}\n"
    "     create_folder {name} | rename_folder {name, to} | delete_folder {name} | expire_cursors | state | sent\n"
    "     edit_draft {id, raw} | send_draft {id} | no_mime {id, status} | send_slowly {seconds, in: outbox, drafts}\n";

Response refuse(int status, std::string_view text) {
  return Response::json(status, {{"error", text}});
}

// DNS rebinding: a web page must not reach the control API through a name of its own.
bool from_loopback(const Request& request) {
  auto host = to_lower_ascii(request.header("Host"));
  if (host.empty()) return true;
  if (!host.starts_with("[")) host = host.substr(0, host.find(':'));
  return host == "localhost" || host.starts_with("127.") || host.starts_with("[::1]");
}

json arguments(const Request& request) {
  if (request.body.empty()) return json::object();
  auto args = json::parse(request.body, nullptr, false);
  if (!args.is_object() && !args.is_array()) throw std::invalid_argument("the body is not JSON");
  return args;
}

void only_keys(const json& args, std::initializer_list<std::string_view> keys) {
  if (!args.is_object()) throw std::invalid_argument("the body is not a JSON object");
  for (const auto& item : args.items())
    if (std::find(keys.begin(), keys.end(), item.key()) == keys.end())
      throw std::invalid_argument("unknown key " + item.key());
}

json describe(const Account& account) {
  return {{"email", account.email},
          {"provider", provider_name(account.provider)},
          {"name", account.name},
          {"subject", account.subject},
          {"tenant", account.tenant}};
}

}  // namespace

Control::Control(World world) : world_(std::move(world)) {}

Response Control::handle(const Request& request) {
  if (!from_loopback(request)) return refuse(403, "the control API answers on loopback addresses only");
  try {
    return dispatch(request, request.path.substr(std::string_view("/_sandbox").size()));
  } catch (const std::invalid_argument& error) {
    return refuse(400, error.what());
  } catch (const json::exception& error) {
    return refuse(400, error.what());
  }
}

Response Control::dispatch(const Request& request, const std::string& path) {
  const auto is = [&](std::string_view method, std::string_view name) {
    return request.method == method && path == name;
  };
  if (path.starts_with("/mailbox/")) return mailbox(request, path);
  if (is("GET", "") || is("GET", "/")) {
    Response help;
    help.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    help.body = kHelp;
    return help;
  }
  if (is("POST", "/consent")) return world_.consent(request);
  if (path == "/devicelogin") return world_.microsoft.device_login(request, world_.now());
  if (is("GET", "/accounts")) return Response::json(200, accounts());
  if (is("GET", "/stats")) return Response::json(200, stats());
  if (is("GET", "/secrets")) return Response::json(200, world_.secrets.to_json());
  if (is("GET", "/faults")) return Response::json(200, world_.faults.to_json());
  if (is("GET", "/clock") || is("POST", "/clock")) {
    const auto args = arguments(request);
    only_keys(args, {"advance_seconds"});
    const auto ahead = std::chrono::duration<double>(args.value("advance_seconds", 0.0));
    const auto offset = world_.advance(std::chrono::duration_cast<std::chrono::milliseconds>(ahead));
    return Response::json(200, {{"now", to_rfc3339(world_.now())}, {"offset_seconds", offset.count() / 1000.0}});
  }
  if (request.method == "DELETE" && path == "/faults") {
    world_.faults.clear();
    return Response::json(200, json::object());
  }
  if (request.method == "DELETE" && path.starts_with("/faults/")) {
    int id = 0;
    std::from_chars(path.data() + 8, path.data() + path.size(), id);
    return world_.faults.remove(id) ? Response::json(200, json::object()) : refuse(404, "no such rule");
  }
  if (request.method != "POST") return refuse(404, "no such control: " + request.method + " " + request.path);

  const auto args = arguments(request);
  if (path == "/stats/reset") {
    reset_stats();
    return Response::json(200, json::object());
  }
  if (path == "/faults") return Response::json(200, {{"ids", world_.faults.add(args)}});
  if (path == "/expire") return Response::json(200, expire(args));
  if (path == "/revoke") {
    only_keys(args, {"email"});
    world_.oauth.tokens.revoke_account(args.at("email").get<std::string>());
    return Response::json(200, json::object());
  }
  if (path == "/clients") {
    auto client = OAuthClient::from_json(args);
    const auto answer = client.to_json();
    world_.oauth.clients.put(std::move(client));
    return Response::json(200, answer);
  }
  if (path == "/accounts") {
    only_keys(args, {"email"});
    const auto& account = world_.oauth.accounts.add(args.at("email").get<std::string>());
    auto& service = world_.service(account.provider);
    if (!service.has_mailbox(account.email)) service.add_mailbox(account.email);
    return Response::json(200, describe(account));
  }
  return refuse(404, "no such control: POST " + request.path);
}

Response Control::mailbox(const Request& request, const std::string& path) {
  const auto rest = path.substr(std::string_view("/mailbox/").size());
  const auto slash = rest.find('/');
  if (slash == std::string::npos) return refuse(404, "write /_sandbox/mailbox/EMAIL/VERB");
  const auto email = percent_decode(rest.substr(0, slash)).value_or("");
  const auto verb = rest.substr(slash + 1);
  const bool reads = verb == "state" || verb == "sent";
  if (request.method != "POST" && !(request.method == "GET" && reads)) return refuse(405, "use POST");
  const auto* account = world_.oauth.accounts.find(email);
  if (!account) return refuse(404, "no account " + email);
  return Response::json(
      200, world_.service(account->provider).control(account->email, verb, arguments(request), world_.now()));
}

json Control::accounts() {
  json list = json::array(), clients = json::array();
  for (const auto& account : world_.oauth.accounts.all()) list.push_back(describe(account));
  for (const auto& client : world_.oauth.clients.all()) clients.push_back(client.to_json());
  return {{"accounts", list}, {"clients", clients}};
}

json Control::expire(const json& args) {
  only_keys(args, {"tokens", "refresh_tokens", "older_refresh_tokens", "cursors", "email"});
  const auto email = args.value("email", "");
  if (!email.empty() && !world_.oauth.accounts.find(email)) throw std::invalid_argument("no account " + email);
  json counts = json::object();
  if (args.value("tokens", false)) counts["tokens"] = world_.oauth.tokens.expire_access(email, world_.now());
  if (args.value("refresh_tokens", false))
    counts["refresh_tokens"] = world_.oauth.tokens.expire_refresh(email, world_.now());
  if (args.value("older_refresh_tokens", false))
    counts["older_refresh_tokens"] = world_.oauth.tokens.expire_older_refresh(email, world_.now());
  if (args.value("cursors", false)) {
    std::size_t mailboxes = 0;
    for (const auto& account : world_.oauth.accounts.all()) {
      if (!email.empty() && !equals_ignoring_ascii_case(account.email, email)) continue;
      world_.service(account.provider).control(account.email, "expire_cursors", json::object(), world_.now());
      ++mailboxes;
    }
    counts["cursors"] = mailboxes;
  }
  if (counts.empty())
    throw std::invalid_argument("name what expires: tokens, refresh_tokens, older_refresh_tokens, cursors");
  return counts;
}

std::uint64_t Control::messages_sent() {
  std::uint64_t sent = 0;
  for (const auto& account : world_.oauth.accounts.all()) {
    const auto list = world_.service(account.provider).control(account.email, "sent", json::object(), world_.now());
    sent += list.is_array() ? list.size() : list.begin()->size();
  }
  return sent;
}

json Control::stats() {
  auto stats = world_.stats.to_json();
  const auto& tokens = world_.oauth.tokens.counts();
  stats["tokens"] = {{"codes", tokens.codes},
                     {"access_tokens", tokens.access_tokens},
                     {"refresh_tokens", tokens.refresh_tokens},
                     {"refreshes", tokens.refreshes}};
  stats["messages_sent"] = messages_sent() - sent_before_reset_;
  return stats;
}

void Control::reset_stats() {
  world_.stats = Stats();
  world_.oauth.tokens.reset_counts();
  sent_before_reset_ = messages_sent();
}

}  // namespace mailmgr::sandbox
