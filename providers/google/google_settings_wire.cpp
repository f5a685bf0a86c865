#include "providers/google/google_settings_wire.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "providers/json_text.h"

namespace mailmgr::google {
namespace {

using nlohmann::json;

Error no_settings(std::string_view what) {
  return {Code::try_later, "the answer has no " + std::string(what), "run the same command again"};
}

// Whether a member says anything: absent, null, false, "" and [] do not.
bool says_something(const json& value) {
  if (value.is_null() || (value.is_boolean() && !value.get<bool>())) return false;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.is_structured() || !value.empty();
}

void keep_other(const JsonText& text, const std::string& name, const json& value, MailFilter& filter) {
  filter.other.emplace_back(name, text.raw(value));
}

void read_criteria(const JsonText& text, const json& criteria, MailFilter& filter) {
  auto& when = filter.when;
  const auto add = [&](const char* key, std::vector<std::string>& values) {
    if (auto value = text.string_at(criteria, key); !value.empty()) values.push_back(std::move(value));
  };
  add("from", when.from);
  add("to", when.to);
  add("subject", when.subject);
  add("query", when.has);
  add("negatedQuery", when.not_has);
  when.has_attachment = JsonText::bool_at(criteria, "hasAttachment").value_or(false);
  const auto comparison = text.string_at(criteria, "sizeComparison");
  const auto size = JsonText::count_at(criteria, "size");
  if (size && comparison == "larger") when.larger = size;
  if (size && comparison == "smaller") when.smaller = size;
  if (!criteria.is_object()) return;
  for (const auto& [key, value] : criteria.items()) {
    const bool sized = when.larger || when.smaller;
    const bool known = key == "from" || key == "to" || key == "subject" || key == "query" || key == "negatedQuery" ||
                       key == "hasAttachment" || ((key == "size" || key == "sizeComparison") && sized);
    // Gmail says "unspecified" and 0 of a size that is no condition.
    const bool no_size = key == "sizeComparison" ? comparison == "unspecified" : key == "size" && size == 0U;
    if (!known && !no_size && says_something(value)) keep_other(text, "criteria." + key, value, filter);
  }
}

// Gmail's own labels have ids in capitals (INBOX, CATEGORY_UPDATES), a person's have others (Label_12).
bool is_user_label(std::string_view id) {
  return std::any_of(id.begin(), id.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

void read_action(const JsonText& text, const json& action, MailFilter& filter) {
  auto& then = filter.then;
  json added = json::array(), removed = json::array();  // what we have no word for
  for (auto& id : text.strings_at(action, "addLabelIds")) {
    if (id == "TRASH") {
      then.trash = true;
    } else if (id == "STARRED") {
      then.starred = true;
    } else if (id == "IMPORTANT") {
      then.important = true;
    } else if (is_user_label(id)) {
      then.labels.push_back({FolderId(std::move(id)), Folder::Kind::label, Role::none, {}});
    } else {
      added.push_back(std::move(id));
    }
  }
  for (auto& id : text.strings_at(action, "removeLabelIds")) {
    if (id == "INBOX") {
      then.archive = true;
    } else if (id == "UNREAD") {
      then.read = true;
    } else if (id == "SPAM") {
      then.not_spam = true;
    } else if (id == "IMPORTANT" && !then.important) {
      then.important = false;
    } else {
      removed.push_back(std::move(id));
    }
  }
  if (auto address = text.string_at(action, "forward"); !address.empty()) then.forward.push_back(std::move(address));
  if (!added.empty()) keep_other(text, "action.addLabelIds", added, filter);
  if (!removed.empty()) keep_other(text, "action.removeLabelIds", removed, filter);
  if (!action.is_object()) return;
  for (const auto& [key, value] : action.items()) {
    const bool known = key == "addLabelIds" || key == "removeLabelIds" || key == "forward";
    if (!known && says_something(value)) keep_other(text, "action." + key, value, filter);
  }
}

MailFilter filter_of(const JsonText& text, const json& node) {
  MailFilter filter;
  filter.id = text.string_at(node, "id");
  read_criteria(text, JsonText::at(node, "criteria"), filter);
  read_action(text, JsonText::at(node, "action"), filter);
  if (!node.is_object()) return filter;
  for (const auto& [key, value] : node.items()) {
    const bool known = key == "id" || key == "criteria" || key == "action";
    if (!known && says_something(value)) keep_other(text, key, value, filter);
  }
  return filter;
}

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json criteria_json(const FilterConditions& when) {
  json criteria = json::object();
  const auto put = [&](const char* key, const std::vector<std::string>& values) {
    if (!values.empty()) criteria[key] = values.front();
  };
  put("from", when.from);
  put("to", when.to);
  put("subject", when.subject);
  put("query", when.has);
  put("negatedQuery", when.not_has);
  if (when.has_attachment) criteria["hasAttachment"] = true;
  if (when.larger || when.smaller) {
    criteria["size"] = when.larger ? *when.larger : *when.smaller;
    criteria["sizeComparison"] = when.larger ? "larger" : "smaller";
  }
  return criteria;
}

}  // namespace

Result<std::vector<MailFilter>> read_filters(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  if (!text->root().is_object()) return no_settings("list of filters");
  std::vector<MailFilter> filters;
  for (const auto& node : JsonText::array_at(text->root(), "filter")) {
    if (auto filter = filter_of(*text, node); !filter.id.empty()) filters.push_back(std::move(filter));
  }
  return filters;
}

Result<MailFilter> read_filter(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  auto filter = filter_of(*text, text->root());
  if (filter.id.empty()) return no_settings("id of the filter");
  return filter;
}

std::string write_filter(const MailFilter& filter) {
  const auto& then = filter.then;
  json added = json::array(), removed = json::array();
  for (const auto& label : then.labels) added.push_back(label.id.value);
  if (then.move) added.push_back(then.move->id.value);
  if (then.trash) added.push_back("TRASH");
  if (then.starred) added.push_back("STARRED");
  if (then.important) (*then.important ? added : removed).push_back("IMPORTANT");
  if (then.archive || then.move) removed.push_back("INBOX");
  if (then.read) removed.push_back("UNREAD");
  if (then.not_spam) removed.push_back("SPAM");
  json action = json::object();
  if (!added.empty()) action["addLabelIds"] = std::move(added);
  if (!removed.empty()) action["removeLabelIds"] = std::move(removed);
  if (!then.forward.empty()) action["forward"] = then.forward.front();
  return dumped({{"criteria", criteria_json(filter.when)}, {"action", std::move(action)}});
}

Result<Vacation> read_vacation(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  const auto& root = text->root();
  if (!root.is_object()) return no_settings("vacation settings");
  Vacation vacation;
  const auto time = [&](const char* key) -> std::optional<Time> {
    const auto millis = JsonText::int_at(root, key);
    return millis && *millis > 0 ? std::optional(from_unix_millis(*millis)) : std::nullopt;
  };
  vacation.from = time("startTime");
  vacation.until = time("endTime");
  if (JsonText::bool_at(root, "enableAutoReply").value_or(false)) {
    vacation.state = vacation.from || vacation.until ? AwayState::scheduled : AwayState::on;
  }
  vacation.subject = text->string_at(root, "responseSubject");
  vacation.body = {text->string_at(root, "responseBodyPlainText"), text->string_at(root, "responseBodyHtml")};
  vacation.contacts_only = JsonText::bool_at(root, "restrictToContacts").value_or(false);
  const bool domain = JsonText::bool_at(root, "restrictToDomain").value_or(false);
  vacation.external = domain ? Outsiders::none : Outsiders::all;
  return vacation;
}

std::string write_vacation(const Vacation& vacation) {
  json root = {{"enableAutoReply", vacation.state != AwayState::off},
               {"responseSubject", vacation.subject},
               {"responseBodyPlainText", vacation.body.text},
               {"restrictToContacts", vacation.contacts_only},
               {"restrictToDomain", vacation.external == Outsiders::none}};
  if (!vacation.body.html.empty()) root["responseBodyHtml"] = vacation.body.html;
  // int64 is a string in Google's JSON.
  if (vacation.from) root["startTime"] = std::to_string(to_unix_millis(*vacation.from));
  if (vacation.until) root["endTime"] = std::to_string(to_unix_millis(*vacation.until));
  return dumped(root);
}

}  // namespace mailmgr::google
