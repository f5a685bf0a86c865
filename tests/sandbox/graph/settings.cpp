#include "tests/sandbox/graph/settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/json_text.h"
#include "tests/sandbox/graph/messages.h"
#include "tests/sandbox/graph/schema.h"

namespace mailmgr::sandbox::graph {
namespace {

using nlohmann::json;

json selected(const json& object, const QueryOptions& options, std::string_view type) {
  const auto names = split_list(options.get("$select"));
  if (names.empty()) {
    return object;
  }
  json out = json::object();
  for (const auto& name : names) {
    if (!has_property(type, name)) {
      bad_request("Parsing OData Select and Expand failed: Could not find a property named '" + name +
                  "' on type 'microsoft.graph." + std::string(type) + "'.");
    }
    out[name] = object.value(name, json());
  }
  if (object.contains("id")) {
    out["id"] = object["id"];
  }
  return out;
}

void require_unique(const Documents& documents, const json& body, const std::string& except) {
  if (documents.unique.empty() || !body.contains(documents.unique) ||
      !body[std::string(documents.unique)].is_string()) {
    return;
  }
  const auto wanted = to_lower_ascii(body[std::string(documents.unique)].get<std::string>());
  for (const auto& [id, text] : documents.items) {
    const auto known = json::parse(text).value(std::string(documents.unique), "");
    if (id != except && to_lower_ascii(known) == wanted) {
      fail(409, "ErrorCategoryExists", "An item with the name '" + known + "' exists already.");
    }
  }
}

Response create(Call& call, Documents& documents) {
  auto body = parse_object(call.json_body());
  check_object(body, documents.type);
  const bool named = documents.type == "inferenceClassificationOverride" || body.contains("displayName");
  if (!named) {
    fail(400, "ErrorInvalidRequest", "The property 'displayName' is required.");
  }
  require_unique(documents, body, "");
  const auto id = guid(stable_hash(call.box().email() + std::to_string(++call.world.counter)));
  body["id"] = id;
  if (documents.type == "outlookCategory" && !body.contains("color")) {
    body["color"] = "none";
  }
  documents.items[id] = body.dump();
  return json_response(201, body.dump());
}

Response list(const Call& call, const Documents& documents) {
  const QueryOptions options(call.request.query,
                             {"$select", "$top", "$skip", "$count", "$filter", "$orderby", "$expand"});
  json value = json::array();
  for (const auto& [id, text] : documents.items) {
    value.push_back(selected(json::parse(text), options, documents.type));
  }
  const auto total = value.size();
  const auto skip = std::min(options.number("$skip", 0, 1 << 20).value_or(0), total);
  const auto end = std::min(total, skip + options.number("$top", 1, 1000).value_or(1000));
  json out = {{"@odata.context", call.context(call.path.back())}, {"value", json::array()}};
  for (auto at = skip; at < end; ++at) {
    out["value"].push_back(value[at]);
  }
  if (options.flag("$count")) {
    out["@odata.count"] = total;
  }
  if (end < total) {
    out["@odata.nextLink"] = call.url_with({{"$skip", std::to_string(end)}});
  }
  return json_response(200, out.dump(-1, ' ', false, json::error_handler_t::replace));
}

Response one(Call& call, Documents& documents, const std::string& id) {
  const auto found = documents.items.find(id);
  if (found == documents.items.end()) {
    item_not_found();
  }
  if (call.method() == "DELETE") {
    documents.items.erase(found);
    return empty_response(204);
  }
  auto object = json::parse(found->second);
  if (call.method() == "GET") {
    const QueryOptions options(call.request.query, {"$select", "$expand"});
    return json_response(200, selected(object, options, documents.type).dump());
  }
  if (call.method() == "PATCH") {
    auto body = parse_object(call.json_body());
    check_object(body, documents.type);
    if (documents.type == "outlookCategory" && body.contains("displayName")) {
      fail(400, "ErrorInvalidPropertySet", "The display name of a category cannot be changed.");
    }
    body.erase("id");
    object.update(body);
    found->second = object.dump();
    return json_response(200, object.dump());
  }
  method_not_allowed("The HTTP method '" + call.method() + "' is not supported here.");
}

Response mailbox_settings(Call& call) {
  if (call.method() == "PATCH") {
    call.require({"MailboxSettings.ReadWrite"});
    const QueryOptions none(call.request.query, {});
    const auto body = parse_object(call.json_body());
    check_object(body, "mailboxSettings");
    auto object = json::parse(call.account->settings);
    object.merge_patch(body);
    call.account->settings = object.dump();
  } else if (call.method() != "GET") {
    method_not_allowed("The HTTP method '" + call.method() + "' is not supported on mailbox settings.");
  }
  call.require({"MailboxSettings.Read", "MailboxSettings.ReadWrite"});
  const QueryOptions options(call.request.query, {"$select", "$expand"});
  auto object = json::parse(call.account->settings);
  object["archiveFolder"] = call.box().id_of(*call.box().well_known("archive"));
  if (call.path.size() == 2) {  // one setting
    if (!object.contains(call.path[1])) {
      bad_request("Resource not found for the segment '" + call.path[1] + "'.");
    }
    return json_response(
        200, json{{"@odata.context", call.context("mailboxSettings/" + call.path[1])}, {"value", object[call.path[1]]}}
                 .dump());
  }
  auto out = selected(object, options, "mailboxSettings");
  out["@odata.context"] = call.context("mailboxSettings");
  return json_response(200, out.dump());
}

}  // namespace

Response handle_documents(Call& call, Documents& documents, std::size_t at) {
  const auto rest = call.path.size() - at;
  if (rest == 2 && call.path[at + 1] == "$count") {
    return count_response(documents.items.size());
  }
  if (rest == 2) {
    return one(call, documents, call.path[at + 1]);
  }
  if (rest == 1 && call.method() == "GET") {
    return list(call, documents);
  }
  if (rest == 1 && call.method() == "POST") {
    return create(call, documents);
  }
  method_not_allowed("The HTTP method '" + call.method() + "' is not supported here.");
}

// "Create rule": actions are required, and what they move mail to must be there.
void check_rule(const Call& call, const json& rule, bool is_new) {
  const auto actions = rule.value("actions", json());
  if (is_new && (!actions.is_object() || actions.empty())) {
    fail(400, "ErrorInvalidRequest", "The property 'actions' is required.");
  }
  for (const char* key : {"moveToFolder", "copyToFolder"}) {
    if (!actions.is_object() || !actions.contains(key) || !actions[key].is_string()) {
      continue;
    }
    const auto id = actions[key].get<std::string>();
    if (call.box().id_of(call.box().folder_by_id(id)) != id) {  // a well-known name is no id
      item_not_found();
    }
  }
}

Response handle_rules(Call& call, std::size_t at, const Folder& folder) {
  if (folder.well_known != "inbox") {
    bad_request("Rules exist on the Inbox only.");
  }
  if (call.method() == "GET") {
    call.require({"MailboxSettings.Read", "MailboxSettings.ReadWrite"});
  } else {
    call.require({"MailboxSettings.ReadWrite"});
    if (call.has_body()) check_rule(call, parse_object(call.json_body()), call.method() == "POST");
  }
  return handle_documents(call, call.account->rules, at);
}

Response handle_settings(Call& call) {
  const auto first = to_lower_ascii(call.path[0]);
  if (first == "mailboxsettings" && call.path.size() <= 2) {
    return mailbox_settings(call);
  }
  const bool named = call.path.size() >= 2;
  if (first == "outlook" && named && equals_ignoring_ascii_case(call.path[1], "masterCategories")) {
    if (call.method() == "GET") {
      call.require({"MailboxSettings.Read", "MailboxSettings.ReadWrite"});
    } else {
      call.require({"MailboxSettings.ReadWrite"});
    }
    return handle_documents(call, call.account->categories, 1);
  }
  if (first == "inferenceclassification" && named && equals_ignoring_ascii_case(call.path[1], "overrides")) {
    if (call.method() == "GET") {
      call.require({"Mail.Read", "Mail.ReadWrite"});
    } else {
      call.require({"Mail.ReadWrite"});
    }
    return handle_documents(call, call.account->overrides, 1);
  }
  fail(501, "NotImplemented", "This stand-in does not have '" + call.path.back() + "'.");
}

}  // namespace mailmgr::sandbox::graph
