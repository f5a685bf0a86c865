#include "tests/sandbox/graph/service.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/control_verbs.h"
#include "tests/sandbox/graph/drafts.h"
#include "tests/sandbox/graph/throttle.h"
#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox {
namespace graph {
namespace {

constexpr std::string_view kUploadPath = "/_upload/graph/";

// "a/b('c')/microsoft.graph.d()" as its parts: a, b, c, d. Faults when the percent-encoding is bad.
std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const auto end = path.find('/');
    const auto raw = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
    auto segment = percent_decode(raw);
    if (!segment) {
      bad_request("The request URI is not correctly percent-encoded.");
    }
    if (segment->empty()) {
      continue;
    }
    constexpr std::string_view kNamespace = "microsoft.graph.";
    if (segment->starts_with(kNamespace)) {
      segment->erase(0, kNamespace.size());
    }
    const auto bracket = segment->find("('");
    if (segment->ends_with("()")) {
      segment->resize(segment->size() - 2);
    } else if (bracket != std::string::npos && segment->ends_with("')")) {
      out.push_back(segment->substr(0, bracket));
      segment = segment->substr(bracket + 2, segment->size() - bracket - 4);
    }
    out.push_back(std::move(*segment));
  }
  return out;
}

// Finds whose mailbox is meant and takes that off the path.
void resolve_user(Call& call) {
  auto& path = call.path;
  if (path.empty() || path.front() != "v1.0") {
    bad_request("Invalid version.");
  }
  path.erase(path.begin());
  const bool me = !path.empty() && equals_ignoring_ascii_case(path.front(), "me");
  if (!me && (path.size() < 2 || !equals_ignoring_ascii_case(path.front(), "users"))) {
    bad_request("Resource not found for the segment '" + (path.empty() ? std::string() : path.front()) + "'.");
  }
  if (me && call.session.app_only) {
    bad_request("/me request is only valid with delegated authentication flow.");
  }
  const std::string user = me ? call.session.email : path[1];
  path.erase(path.begin(), path.begin() + (me ? 1 : 2));
  call.account = call.world.find_user(user);
  if (call.account != nullptr) {
    call.shared = !call.session.app_only && !equals_ignoring_ascii_case(call.account->box.email(), call.session.email);
    return;
  }
  if (me) {
    fail(404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.");
  }
  if (path.empty()) {
    fail(404, "Request_ResourceNotFound",
         "Resource '" + user + "' does not exist or one of its queried reference-property objects are not present.");
  }
  fail(404, "ErrorInvalidUser", "The requested user '" + user + "' is invalid.");
}

Response dispatch(Call& call) {
  if (call.path.empty()) {
    return handle_user(call);
  }
  const auto first = to_lower_ascii(call.path.front());
  if (first == "mailfolders") return handle_folders(call);
  if (first == "messages") return handle_messages(call);
  if (first == "sendmail") return handle_send_mail(call);
  if (first == "translateexchangeids") return handle_translate_ids(call);
  if (first == "mailboxsettings" || first == "outlook" || first == "inferenceclassification")
    return handle_settings(call);
  bad_request("Resource not found for the segment '" + call.path.front() + "'.");
}

Response answer(World& world, const Request& request, const Session& session, Time now) {
  Call call{world,
            request,
            session,
            now,
            parse_preferences(request.headers),
            origin_of(request) + "/v1.0",
            segments_of(request.path)};
  if (request.body.size() > world.limits.max_request_bytes) {
    fail(413, "RequestEntityTooLarge", "The maximum request length supported is 4MB.");
  }
  resolve_user(call);
  count_request(world.limits, *call.account, request, now);
  settle_departures(world, *call.account, now);
  return dispatch(call);
}

class GraphService final : public MailService {
 public:
  GraphService(FaultSource& faults, GraphLimits limits, DeliverMail deliver)
      : world_{faults, limits, std::move(deliver), {}, {}, 0} {}

  void add_mailbox(const std::string& email) override {
    auto& account = world_.accounts[to_lower_ascii(email)];
    if (account == nullptr) {
      account = std::make_unique<Account>(email);
    }
  }

  bool has_mailbox(const std::string& email) const override { return world_.find(email) != nullptr; }

  void load(const std::string& email, std::vector<SourceMessage> messages) override {
    add_mailbox(email);
    load_messages(*world_.find(email), std::move(messages));
  }

  Response handle(const Request& request, const Session& session, Time now) override {
    if (is_upload_path(request.path)) {
      auto response = handle_upload(world_, request, now);
      response.quota_units = 1;
      return response;
    }
    if (request.path == "/v1.0/$batch" || request.path == "/v1.0/%24batch") {
      return handle_batch(world_, request, session, now);
    }
    return handle_one(world_, request, session, now);
  }

  nlohmann::json control(const std::string& email, std::string_view verb, const nlohmann::json& args,
                         Time now) override {
    Account* account = world_.find(email);
    if (account == nullptr) {
      throw std::invalid_argument("no Outlook mailbox '" + email + "'");
    }
    settle_departures(world_, *account, now);
    if (verb == "edit_draft" || verb == "send_draft") return change_draft(*account, verb, args, now);
    return control_verb(*account, verb, args, now);
  }

 private:
  // What happens is what the API does.
  nlohmann::json change_draft(const Account& account, std::string_view verb, const nlohmann::json& args, Time now) {
    const bool edits = verb == "edit_draft";
    const auto id = args.at("id").get<std::string>();
    Request request;
    request.method = edits ? "PUT" : "POST";
    request.path = "/v1.0/me/messages/" + percent_encode(id) + (edits ? "/$value" : "/send");
    if (edits) {
      request.headers = {{"Content-Type", "text/plain"}};
      request.body = base64(args.at("raw").get<std::string>());
    }
    const auto response =
        handle_one(world_, request, {account.box.email(), {"Mail.ReadWrite", "Mail.Send"}, false}, now);
    if (response.status >= 300) throw std::invalid_argument(response.body);
    return {{"id", id}};
  }

  World world_;
};

}  // namespace

Response handle_one(World& world, const Request& request, const Session& session, Time now) {
  const auto id = guid(++world.counter);
  const auto client_id = request.header("client-request-id");
  Response response;
  try {
    response = answer(world, request, session, now);
  } catch (const Fault& fault) {
    response = error_response(fault, id, client_id, now);
  } catch (const nlohmann::json::exception& error) {
    response = error_response({400, "RequestBodyRead", error.what()}, id, client_id, now);
  }
  response.headers.emplace_back("request-id", id);
  if (!client_id.empty()) {
    response.headers.emplace_back("client-request-id", std::string(client_id));
  }
  response.quota_units = 1;
  return response;
}

}  // namespace graph

std::unique_ptr<MailService> make_graph_service(FaultSource& faults, GraphLimits limits, DeliverMail deliver) {
  return std::make_unique<graph::GraphService>(faults, limits, std::move(deliver));
}

bool is_upload_path(std::string_view path) {
  return path.starts_with(graph::kUploadPath);
}

}  // namespace mailmgr::sandbox
