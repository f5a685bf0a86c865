#include "providers/microsoft/microsoft_settings_wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/encoding.h"
#include "core/mail/html_escape.h"
#include "providers/json_text.h"

namespace mailmgr::microsoft {
namespace {

using nlohmann::json;

constexpr std::uint64_t kBytesOfKilobyte = 1024;

Error no_setting(std::string_view what) {
  return {Code::try_later, "the answer has no " + std::string(what), "run the same command again"};
}

// Graph lists every property there could be; null, false and [] are none.
bool is_set(const json& value) {
  if (value.is_null() || (value.is_boolean() && !value.get<bool>())) return false;
  return !value.is_structured() || !value.empty();
}

std::vector<std::string> addresses_of(const JsonText& text, const json& node, const char* key) {
  std::vector<std::string> result;
  for (const auto& recipient : JsonText::array_at(node, key)) {
    const auto& address = JsonText::at(recipient, "emailAddress");
    auto email = text.string_at(address, "address");
    if (email.empty()) email = text.string_at(address, "name");  // a name of the organisation's directory
    if (!email.empty()) result.push_back(std::move(email));
  }
  return result;
}

void keep_others(const JsonText& text, const std::string& object, const json& node,
                 const std::set<std::string>& understood, MailFilter& filter) {
  if (!node.is_object()) return;
  for (const auto& [key, value] : node.items()) {
    if (!key.starts_with('@') && !understood.contains(key) && is_set(value)) {
      filter.other.emplace_back(object + key, text.raw(value));
    }
  }
}

// In our words a phrase is quoted.
std::vector<std::string> as_words(std::vector<std::string> texts) {
  for (auto& text : texts) {
    if (const auto plain = rule_text(text, ""); !plain) text = '"' + text + '"';
  }
  return texts;
}

// Two properties for the same word: both hold at once, so that only one can be said by it.
std::vector<std::string> one_of(const JsonText& text, const json& node, const char* texts, const char* recipients,
                                std::set<std::string>& understood) {
  auto values = text.strings_at(node, texts);
  if (!values.empty()) {
    understood.insert(texts);
    return values;
  }
  understood.insert(recipients);
  return addresses_of(text, node, recipients);
}

void read_conditions(const JsonText& text, const json& node, MailFilter& filter) {
  auto& when = filter.when;
  std::set<std::string> understood{"subjectContains", "bodyOrSubjectContains", "hasAttachments", "withinSizeRange"};
  when.from = one_of(text, node, "senderContains", "fromAddresses", understood);
  when.to = one_of(text, node, "recipientContains", "sentToAddresses", understood);
  when.subject = text.strings_at(node, "subjectContains");
  when.has = as_words(text.strings_at(node, "bodyOrSubjectContains"));
  when.has_attachment = JsonText::bool_at(node, "hasAttachments").value_or(false);
  const auto& range = JsonText::at(node, "withinSizeRange");
  const auto bytes = [&](const char* key) -> std::optional<std::uint64_t> {
    const auto kilobytes = JsonText::count_at(range, key);
    return kilobytes && *kilobytes > 0 && *kilobytes < (std::uint64_t{1} << 40)
               ? std::optional(*kilobytes * kBytesOfKilobyte)
               : std::nullopt;
  };
  when.larger = bytes("minimumSize");
  when.smaller = bytes("maximumSize");
  keep_others(text, "conditions.", node, understood, filter);
}

void read_actions(const JsonText& text, const json& node, MailFilter& filter) {
  auto& then = filter.then;
  std::set<std::string> understood{"assignCategories", "moveToFolder", "markAsRead",         "delete",
                                   "permanentDelete",  "redirectTo",   "stopProcessingRules"};
  for (auto& name : text.strings_at(node, "assignCategories")) {
    then.labels.push_back({FolderId(name), Folder::Kind::label, Role::none, name});
  }
  if (auto id = text.string_at(node, "moveToFolder"); !id.empty())
    then.move = Folder{FolderId(std::move(id)), Folder::Kind::folder, Role::none, {}};
  then.read = JsonText::bool_at(node, "markAsRead").value_or(false);
  then.trash = JsonText::bool_at(node, "delete").value_or(false);
  then.erase = JsonText::bool_at(node, "permanentDelete").value_or(false);
  then.stop = JsonText::bool_at(node, "stopProcessingRules").value_or(false);
  then.forward = addresses_of(text, node, "redirectTo");
  if (text.string_at(node, "markImportance") == "high") {
    then.important = true;
    understood.insert("markImportance");
  }
  keep_others(text, "actions.", node, understood, filter);
}

MailFilter rule_of(const JsonText& text, const json& node) {
  MailFilter filter;
  filter.id = text.string_at(node, "id");
  filter.name = text.string_at(node, "displayName");
  filter.order = JsonText::int_at(node, "sequence");
  filter.enabled = JsonText::bool_at(node, "isEnabled").value_or(true);
  filter.broken = JsonText::bool_at(node, "hasError").value_or(false);
  filter.read_only = JsonText::bool_at(node, "isReadOnly").value_or(false);
  read_conditions(text, JsonText::at(node, "conditions"), filter);
  read_actions(text, JsonText::at(node, "actions"), filter);
  const auto& exceptions = JsonText::at(node, "exceptions");
  filter.when.not_has = as_words(text.strings_at(exceptions, "bodyOrSubjectContains"));
  keep_others(text, "exceptions.", exceptions, {"bodyOrSubjectContains"}, filter);
  keep_others(
      text, "", node,
      {"id", "displayName", "sequence", "isEnabled", "hasError", "isReadOnly", "conditions", "actions", "exceptions"},
      filter);
  return filter;
}

json recipients(const std::vector<std::string>& addresses) {
  json list = json::array();
  for (const auto& address : addresses) list.push_back({{"emailAddress", {{"address", address}}}});
  return list;
}

bool are_addresses(const std::vector<std::string>& values) {
  return std::all_of(values.begin(), values.end(), [](const std::string& value) {
    const auto at = value.find('@');
    return at != std::string::npos && at > 0 && at + 1 < value.size();
  });
}

// What check() has let through.
json texts(const std::vector<std::string>& words) {
  json list = json::array();
  for (const auto& word : words) list.push_back(rule_text(word, "").value_or(word));
  return list;
}

json conditions_json(const FilterConditions& when) {
  json conditions = json::object();
  if (!when.from.empty()) {
    const bool whole = are_addresses(when.from);
    conditions[whole ? "fromAddresses" : "senderContains"] = whole ? recipients(when.from) : json(when.from);
  }
  if (!when.to.empty()) conditions["recipientContains"] = when.to;  // Cc counts too, as in sentToAddresses it does not
  if (!when.subject.empty()) conditions["subjectContains"] = when.subject;
  if (!when.has.empty()) conditions["bodyOrSubjectContains"] = texts(when.has);
  if (when.has_attachment) conditions["hasAttachments"] = true;
  if (when.larger) conditions["withinSizeRange"]["minimumSize"] = *when.larger / kBytesOfKilobyte;
  if (when.smaller) conditions["withinSizeRange"]["maximumSize"] = *when.smaller / kBytesOfKilobyte;
  return conditions;
}

json actions_json(const FilterActions& then, const std::string& archive) {
  json actions = json::object();
  for (const auto& label : then.labels) actions["assignCategories"].push_back(label.path);
  if (then.move) actions["moveToFolder"] = then.move->id.value;
  if (then.archive) actions["moveToFolder"] = archive;
  if (then.read) actions["markAsRead"] = true;
  if (then.trash) actions["delete"] = true;
  if (then.erase) actions["permanentDelete"] = true;
  if (then.important.value_or(false)) actions["markImportance"] = "high";
  if (!then.forward.empty()) actions["redirectTo"] = recipients(then.forward);
  if (then.stop) actions["stopProcessingRules"] = true;
  return actions;
}

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// dateTimeTimeZone. Other zones than UTC are named as Windows names them, which cannot be reckoned with here; they were
// not asked for.
std::optional<Time> moment(const JsonText& text, const json& node) {
  const auto zone = text.string_at(node, "timeZone");
  if (!zone.empty() && !equals_ignoring_ascii_case(zone, "UTC") && zone != "Etc/UTC" && zone != "Etc/GMT") {
    return std::nullopt;
  }
  auto written = text.string_at(node, "dateTime");
  if (!written.empty() && !written.ends_with('Z')) written += 'Z';
  return from_rfc3339(written);
}

json moment_json(Time time) {
  auto written = to_rfc3339(time);
  written.pop_back();  // the zone stands beside it
  return {{"dateTime", written}, {"timeZone", "UTC"}};
}

std::string reply_html(const AwayMessage& message) {
  return message.html.empty() && !message.text.empty() ? mail::text_as_html(message.text) : message.html;
}

}  // namespace

Result<std::string> rule_text(const std::string& value, std::string_view word) {
  const bool quoted = value.size() > 2 && value.front() == '"' && value.back() == '"';
  const auto plain = quoted ? value.substr(1, value.size() - 2) : value;
  const bool has_quote = plain.find('"') != std::string::npos;
  const bool is_query = value.find_first_of(" \t\r\n(){}:") != std::string::npos || value.starts_with('-');
  if (plain.empty() || has_quote || (is_query && !quoted)) {
    return Error{
        Code::refused,
        fmt::format("adding a filter: Outlook's rules look for a text, so {} takes a word or a \"phrase\", not "
                    "a search",
                    word),
        fmt::format("{} '\"some phrase\"', given again for each text of which one is enough", word)};
  }
  return plain;
}

Result<RuleList> read_rules(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  if (!JsonText::at(text->root(), "value").is_array()) return no_setting("list of rules");
  RuleList list;
  for (const auto& node : JsonText::array_at(text->root(), "value")) {
    if (auto filter = rule_of(*text, node); !filter.id.empty()) list.rules.push_back(std::move(filter));
  }
  list.next_link = text->string_at(text->root(), "@odata.nextLink");
  return list;
}

Result<MailFilter> read_rule(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  auto filter = rule_of(*text, text->root());
  if (filter.id.empty()) return no_setting("id of the rule");
  return filter;
}

std::string write_rule(const MailFilter& filter, const std::string& archive) {
  json rule = {{"displayName", filter.name},
               {"isEnabled", filter.enabled},
               {"conditions", conditions_json(filter.when)},
               {"actions", actions_json(filter.then, archive)}};
  if (filter.order) rule["sequence"] = *filter.order;
  if (!filter.when.not_has.empty()) rule["exceptions"]["bodyOrSubjectContains"] = texts(filter.when.not_has);
  return dumped(rule);
}

Result<std::string> read_folder_id(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  auto id = text->string_at(text->root(), "id");
  if (id.empty()) return no_setting("id of the folder");
  return id;
}

Result<Vacation> read_replies(std::string_view body) {
  const auto text = JsonText::parse(body);
  if (!text) return text.error();
  const auto& replies = JsonText::at(text->root(), "automaticRepliesSetting");
  if (!replies.is_object()) return no_setting("automatic replies");
  Vacation vacation;
  const auto status = text->string_at(replies, "status");
  if (status == "alwaysEnabled") vacation.state = AwayState::on;
  if (status == "scheduled") vacation.state = AwayState::scheduled;
  // The mailbox has times also where nothing is scheduled.
  if (status == "scheduled") {
    vacation.from = moment(*text, JsonText::at(replies, "scheduledStartDateTime"));
    vacation.until = moment(*text, JsonText::at(replies, "scheduledEndDateTime"));
  }
  vacation.body.html = text->string_at(replies, "internalReplyMessage");
  AwayMessage external{{}, text->string_at(replies, "externalReplyMessage")};
  if (external.html != vacation.body.html) vacation.external_body = std::move(external);
  const auto audience = text->string_at(replies, "externalAudience");
  vacation.external = audience == "none"           ? Outsiders::none
                      : audience == "contactsOnly" ? Outsiders::contacts
                                                   : Outsiders::all;
  return vacation;
}

std::string write_replies(const Vacation& vacation) {
  json replies;
  replies["status"] = vacation.state == AwayState::off  ? "disabled"
                      : vacation.state == AwayState::on ? "alwaysEnabled"
                                                        : "scheduled";
  replies["externalAudience"] = vacation.external == Outsiders::none       ? "none"
                                : vacation.external == Outsiders::contacts ? "contactsOnly"
                                                                           : "all";
  replies["internalReplyMessage"] = reply_html(vacation.body);
  replies["externalReplyMessage"] = reply_html(vacation.external_body.value_or(vacation.body));
  if (vacation.from) replies["scheduledStartDateTime"] = moment_json(*vacation.from);
  if (vacation.until) replies["scheduledEndDateTime"] = moment_json(*vacation.until);
  return dumped({{"automaticRepliesSetting", std::move(replies)}});
}

}  // namespace mailmgr::microsoft
