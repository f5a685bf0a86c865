// users.settings: sendAs, filters, and the single documents.
#include "core/base/encoding.h"
#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/gmail/handlers.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr std::size_t kMaxFilters = 1000;

nlohmann::json send_as_json(const SendAs& alias) {
  nlohmann::json json = {{"sendAsEmail", alias.email},
                         {"displayName", alias.display_name},
                         {"replyToAddress", alias.reply_to},
                         {"signature", alias.signature},
                         {"isDefault", alias.is_default}};
  if (alias.primary) {
    json["isPrimary"] = true;
  } else {
    json["treatAsAlias"] = true;
    json["verificationStatus"] = alias.pending ? "pending" : "accepted";
  }
  return json;
}

SendAs& send_as_named(const Call& call) {
  SendAs* alias = call.account.settings.send_as(call.variable("sendAsEmail"));
  if (!alias) {
    throw not_found();
  }
  return *alias;
}

nlohmann::json filter_json(const std::string& id, const std::string& text) {
  auto json = nlohmann::json::parse(text);
  json["id"] = id;
  return json;
}

// "getVacation" and "updateVacation" → "vacation".
std::string document_name(const Method& method) {
  std::string name = method.name.substr(method.name.find('.') + 1);
  name.erase(0, name.starts_with("get") ? 3 : 6);
  name[0] = to_lower_ascii(name.substr(0, 1))[0];
  return name;
}

}  // namespace

Answer list_send_as(const Call& call) {
  Answer answer;
  for (const auto& alias : call.account.settings.aliases) {
    answer.body["sendAs"].push_back(send_as_json(alias));
  }
  return answer;
}

Answer get_send_as(const Call& call) {
  return {send_as_json(send_as_named(call)), false, std::nullopt};
}

Answer patch_send_as(const Call& call) {
  SendAs& alias = send_as_named(call);
  const bool may_edit_others = call.session.scopes.count("https://www.googleapis.com/auth/gmail.settings.sharing") > 0;
  if (!alias.primary && !may_edit_others) {
    throw insufficient_scopes(call.method.name);
  }
  alias.display_name = call.body.value("displayName", alias.display_name);
  alias.reply_to = call.body.value("replyToAddress", alias.reply_to);
  alias.signature = call.body.value("signature", alias.signature);
  if (call.body.value("isDefault", false)) {
    for (auto& other : call.account.settings.aliases) {
      other.is_default = &other == &alias;
    }
  }
  return {send_as_json(alias), false, std::nullopt};
}

Answer list_filters(const Call& call) {
  Answer answer;
  answer.body = nlohmann::json::object();
  for (const auto& [id, text] : call.account.settings.filters) {
    answer.body["filter"].push_back(filter_json(id, text));
  }
  return answer;
}

Answer get_filter(const Call& call) {
  const auto& filters = call.account.settings.filters;
  const auto found = filters.find(call.variable("id"));
  if (found == filters.end()) {
    throw not_found();
  }
  return {filter_json(found->first, found->second), false, std::nullopt};
}

Answer create_filter(const Call& call) {
  Settings& settings = call.account.settings;
  if (call.body.value("criteria", nlohmann::json::object()).empty()) {
    throw invalid_argument("Filter doesn't have any criteria");
  }
  if (call.body.value("action", nlohmann::json::object()).empty()) {
    throw invalid_argument("Filter doesn't have any actions");
  }
  int user_labels = 0;
  for (const char* list : {"addLabelIds", "removeLabelIds"}) {
    for (const auto& id : call.body.at("action").value(list, nlohmann::json::array())) {
      const Label* label = call.box().labels().by_id(id.get<std::string>());
      if (!label) {
        throw invalid_argument("Invalid label: " + id.get<std::string>());
      }
      user_labels += label->system ? 0 : 1;
    }
  }
  if (user_labels > 1) {  // "Manage Gmail filters": one user-defined label in each
    throw invalid_argument("Too many user labels");
  }
  const auto forward = call.body.at("action").value("forward", "");
  const auto confirmed = settings.forwarding.find(to_lower_ascii(forward));
  if (!forward.empty() && (confirmed == settings.forwarding.end() || !confirmed->second)) {
    throw failed_precondition("Unrecognized forwarding address");
  }
  auto filter = call.body;
  filter.erase("id");
  const std::string text = filter.dump();
  for (const auto& [id, existing] : settings.filters) {
    if (existing == text) {
      throw failed_precondition("Filter already exists");
    }
  }
  if (settings.filters.size() >= kMaxFilters) {
    throw failed_precondition("Too many filters");
  }
  const std::string id =
      "ANe1Bm" + base64url(sha256(call.box().email() + std::to_string(++settings.filters_created))).substr(0, 30);
  settings.filters[id] = text;
  return {filter_json(id, text), false, std::nullopt};
}

Answer delete_filter(const Call& call) {
  if (call.account.settings.filters.erase(call.variable("id")) == 0) {
    throw not_found();
  }
  return Answer::none();
}

Answer list_forwarding_addresses(const Call& call) {
  Answer answer;
  answer.body = nlohmann::json::object();
  for (const auto& [email, confirmed] : call.account.settings.forwarding) {
    answer.body["forwardingAddresses"].push_back(
        {{"forwardingEmail", email}, {"verificationStatus", confirmed ? "accepted" : "pending"}});
  }
  return answer;
}

Answer list_nothing(const Call&) {
  return {nlohmann::json::object(), false, std::nullopt};
}

Answer get_settings_document(const Call& call) {
  const auto& text = call.account.settings.documents.at(document_name(call.method));
  return {nlohmann::json::parse(text), false, std::nullopt};
}

Answer put_settings_document(const Call& call) {
  call.account.settings.documents[document_name(call.method)] = call.body.dump();
  return {call.body, false, std::nullopt};
}

// VacationSettings in the discovery document.
Answer put_vacation(const Call& call) {
  const auto& body = call.body;
  const bool has_response = !body.value("responseSubject", "").empty() ||
                            !body.value("responseBodyPlainText", "").empty() ||
                            !body.value("responseBodyHtml", "").empty();
  if (body.value("enableAutoReply", false) && !has_response) {
    throw failed_precondition("Vacation responder requires a subject or body");
  }
  const auto time = [&](const char* key) { return body.contains(key) ? std::stoll(body[key].get<std::string>()) : 0; };
  if (time("startTime") > 0 && time("endTime") > 0 && time("startTime") >= time("endTime")) {
    throw invalid_argument("The start time must precede the end time");
  }
  return put_settings_document(call);
}

}  // namespace mailmgr::sandbox::gmail
