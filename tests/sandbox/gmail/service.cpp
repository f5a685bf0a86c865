#include "tests/sandbox/gmail/service.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/batch.h"
#include "tests/sandbox/gmail/call.h"
#include "tests/sandbox/gmail/control.h"
#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/gmail/fields.h"
#include "tests/sandbox/gmail/quota.h"
#include "tests/sandbox/gmail/render.h"
#include "tests/sandbox/gmail/upload.h"

namespace mailmgr::sandbox {
namespace gmail {
namespace {

// Requests with the message inside JSON are for small messages; what is larger must come as an upload.
constexpr std::size_t kMaxJsonBody = 5 * 1024 * 1024;

Response json_response(int status, const nlohmann::json& body, bool pretty) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json; charset=UTF-8");
  response.headers.emplace_back("Vary", "Origin");
  response.headers.emplace_back("Cache-Control", "private");
  response.body = body.dump(pretty ? 2 : -1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

void put_raw(std::string& json, std::string_view bytes) {
  const std::string placeholder = nlohmann::json(kRawPlaceholder).dump();
  const auto at = json.find(placeholder);
  if (at != std::string::npos) {
    json.replace(at + 1, placeholder.size() - 2, padded_base64url(bytes));
  }
}

class GmailService final : public MailService {
 public:
  GmailService(FaultSource& faults, GmailQuota quota, DeliverSent deliver)
      : faults_(faults), quota_(quota), deliver_(std::move(deliver)) {}

  void add_mailbox(const std::string& email) override {
    const auto key = to_lower_ascii(email);
    if (accounts_.find(key) == accounts_.end()) {
      accounts_.emplace(key, std::make_unique<Account>(key));
    }
  }

  bool has_mailbox(const std::string& email) const override {
    return accounts_.find(to_lower_ascii(email)) != accounts_.end();
  }

  void load(const std::string& email, std::vector<SourceMessage> messages) override {
    add_mailbox(email);
    accounts_.at(to_lower_ascii(email))->box.load(std::move(messages));
  }

  Response handle(const Request& request, const Session& session, Time now) override {
    if (request.path == "/batch/gmail/v1" || request.path == "/batch") {
      return handle_batch(request, session, now);
    }
    return handle_one(request, session, now, 0);
  }

  nlohmann::json control(const std::string& email, std::string_view verb, const nlohmann::json& args,
                         Time now) override {
    const auto found = accounts_.find(to_lower_ascii(email));
    if (found == accounts_.end()) {
      throw std::invalid_argument("no mailbox " + email);
    }
    if (verb == "edit_draft" || verb == "send_draft") return change_draft(*found->second, verb, args, now);
    return control_mailbox(*found->second, verb, args, now);
  }

 private:
  Response handle_batch(const Request& outer, const Session& session, Time now);
  Response handle_one(const Request& request, const Session& session, Time now, std::size_t batch_part);
  Response answer(const Request& request, const Route& route, const Session& session, Time now, std::size_t batch_part,
                  std::uint64_t& units);
  Account& account_for(const Route& route, const Session& session);
  nlohmann::json change_draft(Account& account, std::string_view verb, const nlohmann::json& args, Time now);

  FaultSource& faults_;
  QuotaMeter quota_;
  DeliverSent deliver_;
  MethodTable methods_;
  Schemas schemas_;
  Uploads uploads_;
  std::map<std::string, std::unique_ptr<Account>> accounts_;
};

Response GmailService::handle_batch(const Request& outer, const Session& session, Time now) {
  try {
    if (outer.method != "POST") {
      return html_not_found(outer.path);
    }
    BatchWriter writer;
    std::size_t number = 0;
    for (const auto& part : read_batch(outer)) {
      const auto answer_part = [&]() -> Response {
        if (!part.refusal.empty()) {
          return json_response(400, ApiError(400, "INVALID_ARGUMENT", "badRequest", part.refusal).body(), true);
        }
        if (part.request.header("Authorization") != outer.header("Authorization")) {
          const ApiError error(401, "UNAUTHENTICATED", "authError",
                               "Request had invalid authentication credentials. The sandbox takes one user per batch.");
          return json_response(401, error.body(), true);
        }
        if (auto fault = faults_.fault_for(part.request)) {
          return std::move(*fault);
        }
        return handle_one(part.request, session, now, number);
      };
      writer.add(part, answer_part());
      ++number;
    }
    return std::move(writer).finish();
  } catch (const ApiError& error) {
    return json_response(error.code(), error.body(), true);
  }
}

Response GmailService::handle_one(const Request& request, const Session& session, Time now, std::size_t batch_part) {
  const auto route = methods_.find(request.method, request.path);
  if (!route) {
    return html_not_found(request.path);
  }
  std::uint64_t units = 0;
  Response response;
  try {
    response = answer(request, *route, session, now, batch_part, units);
  } catch (const ApiError& error) {
    response = json_response(error.code(), error.body(), true);
  }
  response.quota_units = units;
  return response;
}

// The draft is named by its message, as other verbs name theirs; what happens is what the API does.
nlohmann::json GmailService::change_draft(Account& account, std::string_view verb, const nlohmann::json& args,
                                          Time now) {
  const bool edits = verb == "edit_draft";
  const auto text = [&](const char* name) {
    const auto found = args.find(name);
    if (found == args.end() || !found->is_string())
      throw std::invalid_argument("missing argument " + std::string(name));
    return found->get<std::string>();
  };
  const auto message = parse_id(text("id"));
  const Draft* draft = message ? account.box.draft_of(*message) : nullptr;
  if (!draft) throw std::invalid_argument("no draft " + text("id"));
  Request request;
  request.method = edits ? "PUT" : "POST";
  request.path = "/gmail/v1/users/me/drafts/" + (edits ? draft->id : "send");
  const nlohmann::json body = edits
                                  ? nlohmann::json{{"message",
                                                    {{"raw", base64url(text("raw"))},
                                                     {"threadId", id_text(account.box.message(*message)->thread_id)}}}}
                                  : nlohmann::json{{"id", draft->id}};
  request.body = body.dump();
  request.headers = {{"Content-Type", "application/json"}};
  const auto response = handle_one(request, {account.box.email(), {"https://mail.google.com/"}, false}, now, 0);
  if (response.status != 200) throw std::invalid_argument(response.body);
  const auto answer = nlohmann::json::parse(response.body);
  return {{"id", edits ? answer["message"]["id"] : answer["id"]}};
}

Account& GmailService::account_for(const Route& route, const Session& session) {
  if (route.user != "me" && !equals_ignoring_ascii_case(route.user, session.email)) {
    throw forbidden("Delegation denied for " + session.email);
  }
  const auto found = accounts_.find(to_lower_ascii(session.email));
  if (found == accounts_.end()) {
    throw failed_precondition("Mail service not enabled");
  }
  return *found->second;
}

Response GmailService::answer(const Request& request, const Route& route, const Session& session, Time now,
                              std::size_t batch_part, std::uint64_t& units) {
  const Method& method = *route.method;
  const bool allowed = std::any_of(method.scopes.begin(), method.scopes.end(),
                                   [&](const std::string& scope) { return session.scopes.count(scope) > 0; });
  if (!allowed) {
    throw insufficient_scopes(method.name);
  }
  Account& account = account_for(route, session);
  const Params params(request.query, method);
  const bool continues_upload = route.upload && Uploads::continues(params);
  if (!continues_upload && request.method != method.http) {
    return html_not_found(request.path);
  }
  quota_.check_concurrency(request.in_flight, batch_part);
  if (!continues_upload) {
    quota_.charge(account.box.email(), quota_.cost(method), now);
    units = quota_.cost(method);
  }
  const Handler handler = find_handler(method.name);
  if (!handler) {
    throw not_offered(method.name);
  }
  Uploaded input;
  if (route.upload) {
    auto step = uploads_.step(request, route, params, account.box.email(), now);
    if (auto* between = std::get_if<Response>(&step)) {
      return std::move(*between);
    }
    input = std::get<Uploaded>(std::move(step));
  } else if (request.body.size() > kMaxJsonBody) {
    throw too_large(kMaxJsonBody);
  } else {
    input.body = method.request.empty() ? nlohmann::json::object() : parse_body(request.body);
  }
  schemas_.check(input.body, method.request);
  const bool pretty = params.flag("prettyPrint", true);
  Answer result = handler({method, route.variables, params, input.body, input.media, account, session, now, deliver_});
  Response response;
  if (result.empty) {
    response.status = 204;
  } else {
    if (params.has("fields")) {
      select_fields(result.body, params.text("fields"), schemas_, method.response);
    }
    response = json_response(200, result.body, pretty);
    if (result.raw) {
      put_raw(response.body, *result.raw);
    }
  }
  if (!input.session.empty()) {
    uploads_.finished(input.session, response);
  }
  return response;
}

}  // namespace
}  // namespace gmail

std::unique_ptr<MailService> make_gmail_service(FaultSource& faults, GmailQuota quota, DeliverSent deliver) {
  return std::make_unique<gmail::GmailService>(faults, quota, std::move(deliver));
}

}  // namespace mailmgr::sandbox
