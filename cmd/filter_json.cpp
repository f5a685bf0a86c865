#include "cmd/filter_json.h"

#include <vector>

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

// One word of several: label:"My work".
std::string action(const std::string& name, const std::string& value) {
  const bool quoted = value.find_first_of(" \t\r\n\"") != std::string::npos;
  return name + ":" + (quoted ? '"' + value + '"' : value);
}

std::string folder_name(const Folder& folder) {
  return folder.role == Role::none || folder.kind == Folder::Kind::label ? folder.path
                                                                         : std::string(to_string(folder.role));
}

void add_conditions(const FilterConditions& when, Json& json) {
  const auto texts = [&](const char* key, const std::vector<std::string>& values) {
    if (!values.empty()) json[key] = values;
  };
  texts("from", when.from);
  texts("to", when.to);
  texts("subject", when.subject);
  texts("has", when.has);
  texts("not_has", when.not_has);
  if (when.has_attachment) json["has_attachment"] = true;
  if (when.larger) json["larger"] = *when.larger;
  if (when.smaller) json["smaller"] = *when.smaller;
}

void add_actions(const FilterActions& then, Json& json) {
  for (const auto& label : then.labels) json["labels"].push_back(label.path);
  if (then.move) json["move"] = folder_name(*then.move);
  const auto flag = [&](const char* key, bool value) {
    if (value) json[key] = true;
  };
  flag("archive", then.archive);
  flag("read", then.read);
  flag("starred", then.starred);
  flag("trash", then.trash);
  flag("delete", then.erase);
  flag("not_spam", then.not_spam);
  if (then.important) json["important"] = *then.important;
  if (!then.forward.empty()) json["forward"] = then.forward;
  flag("stop", then.stop);
}

}  // namespace

Json to_json(const MailFilter& filter, const std::string& account) {
  Json json{{"id", filter.id},
            {"when", in_search_words(filter.when)},
            {"then", in_action_words(filter)},
            {"account", account},
            {"enabled", filter.enabled},
            {"understood", filter.other.empty()}};
  if (!filter.name.empty()) json["name"] = filter.name;
  if (filter.order) json["order"] = *filter.order;
  if (filter.broken) json["broken"] = true;
  if (filter.read_only) json["read_only"] = true;
  add_conditions(filter.when, json);
  add_actions(filter.then, json);
  for (const auto& [name, value] : filter.other) {
    auto parsed = Json::parse(value, nullptr, false);
    json["other"][name] = parsed.is_discarded() ? Json(value) : std::move(parsed);
  }
  return json;
}

std::string in_action_words(const MailFilter& filter) {
  const auto& then = filter.then;
  std::vector<std::string> words;
  for (const auto& label : then.labels) words.push_back(action("label", label.path));
  if (then.move) words.push_back(action("move", folder_name(*then.move)));
  const auto flag = [&](const char* word, bool value) {
    if (value) words.emplace_back(word);
  };
  flag("archive", then.archive);
  flag("trash", then.trash);
  flag("delete", then.erase);
  flag("read", then.read);
  flag("starred", then.starred);
  flag("important", then.important == true);
  flag("not-important", then.important == false);
  flag("not-spam", then.not_spam);
  for (const auto& address : then.forward) words.push_back(action("forward", address));
  flag("stop", then.stop);
  flag("(partly understood)", !filter.other.empty());
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace mailmgr
