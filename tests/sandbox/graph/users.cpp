// GET /me and /users/{id}, and translateExchangeIds.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/schema.h"
#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox::graph {
namespace {

using nlohmann::json;

json user_of(const Mailbox& box) {
  const auto local = box.email().substr(0, box.email().find('@'));
  return {{"id", box.user_id()},
          {"businessPhones", json::array()},
          {"displayName", local},
          {"givenName", local},
          {"jobTitle", nullptr},
          {"mail", box.email()},
          {"mobilePhone", nullptr},
          {"officeLocation", nullptr},
          {"preferredLanguage", nullptr},
          {"surname", nullptr},
          {"userPrincipalName", box.email()}};
}

// Given only when selected.
json more_of(const Account& account) {
  const auto& box = account.box;
  // Capital letters mark the primary address; there are others than mail's.
  json proxies = {"SMTP:" + box.email()};
  for (const auto& proxy : account.proxies) {
    proxies.push_back("smtp:" + proxy);
  }
  proxies.push_back("x500:/o=ExchangeLabs/cn=" + box.user_id());
  return {{"accountEnabled", true},
          {"mailNickname", box.email().substr(0, box.email().find('@'))},
          {"otherMails", {"private@elsewhere.test"}},
          {"proxyAddresses", std::move(proxies)},
          {"userType", "Member"}};
}

enum class Format { rest, immutable_rest, ews, entry, immutable_entry };

Format format_of(const std::string& name) {
  const auto lower = to_lower_ascii(name);
  if (lower == "restid") return Format::rest;
  if (lower == "restimmutableentryid") return Format::immutable_rest;
  if (lower == "ewsid") return Format::ews;
  if (lower == "entryid") return Format::entry;
  if (lower == "immutableentryid") return Format::immutable_entry;
  bad_body("Requested value '" + name + "' was not found.");
}

// The forms that are not URL-safe differ in two characters of the alphabet.
std::string swap_alphabet(std::string text, bool url_safe) {
  std::replace(text.begin(), text.end(), url_safe ? '/' : '-', url_safe ? '-' : '/');
  std::replace(text.begin(), text.end(), url_safe ? '+' : '_', url_safe ? '_' : '+');
  return text;
}

bool is_rest(Format format) {
  return format == Format::rest || format == Format::immutable_rest;
}

// Folders have one id for all purposes.
std::string translated(Mailbox& box, const std::string& source, Format from, Format to) {
  const auto rest = is_rest(from) ? source : swap_alphabet(source, true);
  const auto id = decode_id(box.number(), rest);
  if (!id) {
    malformed_id();
  }
  std::string out = rest;
  if (id->kind == IdKind::message || id->kind == IdKind::immutable_message) {
    out = box.id_of(box.message_by_id(rest), to == Format::immutable_rest || to == Format::immutable_entry);
  }
  return is_rest(to) ? out : swap_alphabet(out, false);
}

}  // namespace

Response handle_user(const Call& call) {
  if (call.method() != "GET") {
    method_not_allowed("The stand-in's users are read-only.");
  }
  const auto& scopes = call.session.scopes;
  const auto any = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](auto name) { return scopes.contains(std::string(name)); });
  };
  const bool other = call.shared || call.session.app_only;
  const bool permitted = any({"User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All"}) ||
                         (!other && any({"User.Read", "User.ReadWrite"}));
  if (!permitted) {
    fail(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
  }
  const QueryOptions options(call.request.query, {"$select", "$expand"});
  auto user = user_of(call.box());
  if (options.has("$select")) {
    auto all = user;
    all.update(more_of(*call.account));
    user = json::object();
    for (const auto& name : split_list(options.get("$select"))) {
      if (!has_property("user", name)) {
        bad_request("Parsing OData Select and Expand failed: Could not find a property named '" + name +
                    "' on type 'microsoft.graph.user'.");
      }
      user[name] = all.value(name, json());
    }
  }
  user["@odata.context"] = call.root + "/$metadata#users" +
                           (options.has("$select") ? "(" + options.get("$select") + ")" : std::string()) + "/$entity";
  return json_response(200, user.dump());
}

Response handle_translate_ids(Call& call) {
  if (call.method() != "POST") {
    method_not_allowed("translateExchangeIds is an action; use POST.");
  }
  call.require({"User.Read", "User.ReadWrite", "User.ReadBasic.All", "User.Read.All", "Mail.Read", "Mail.ReadWrite"});
  const auto parameters =
      action_parameters(call.json_body(), {"inputIds:string[]", "sourceIdType:string", "targetIdType:string"});
  for (const auto* name : {"inputIds", "sourceIdType", "targetIdType"}) {
    if (!parameters.contains(name) || parameters[name].is_null()) {
      bad_request("The value of the parameter '" + std::string(name) + "' is empty.");
    }
  }
  const auto from = format_of(parameters["sourceIdType"].get<std::string>());
  const auto to = format_of(parameters["targetIdType"].get<std::string>());
  if (parameters["inputIds"].size() > 1000) {
    bad_request("At most 1000 ids can be translated at once.");
  }
  json value = json::array();
  for (const auto& input : parameters["inputIds"]) {
    const auto source = input.get<std::string>();
    try {
      value.push_back({{"sourceId", source}, {"targetId", translated(call.box(), source, from, to)}});
    } catch (const Fault& fault) {
      value.push_back({{"sourceId", source}, {"errorDetails", {{"code", fault.code}, {"message", fault.message}}}});
    }
  }
  return json_response(
      200,
      json{{"@odata.context", call.root + "/$metadata#Collection(microsoft.graph.convertIdResult)"}, {"value", value}}
          .dump());
}

}  // namespace mailmgr::sandbox::graph
