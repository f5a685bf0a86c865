// users.labels: list, get, create, update, patch, delete.
#include <set>

#include "tests/sandbox/gmail/errors.h"
#include "tests/sandbox/gmail/handlers.h"

namespace mailmgr::sandbox::gmail {
namespace {

nlohmann::json label_json(const Label& label) {
  nlohmann::json json = {{"id", label.id}, {"name", label.name}, {"type", label.system ? "system" : "user"}};
  if (!label.message_list_visibility.empty()) {
    json["messageListVisibility"] = label.message_list_visibility;
  }
  if (!label.label_list_visibility.empty()) {
    json["labelListVisibility"] = label.label_list_visibility;
  }
  if (!label.text_color.empty()) {
    json["color"] = {{"textColor", label.text_color}, {"backgroundColor", label.background_color}};
  }
  return json;
}

const Label& label_named(const Call& call) {
  const Label* label = call.box().labels().by_id(call.variable("id"));
  if (!label) {
    throw not_found();
  }
  return *label;
}

void check_color(const nlohmann::json& body) {
  if (!body.contains("color")) {
    return;
  }
  const auto& color = body.at("color");
  for (const char* name : {"textColor", "backgroundColor"}) {
    if (!color.contains(name)) {
      throw invalid_argument("Both textColor and backgroundColor are required to set the color of a label");
    }
    const auto& value = color.at(name).get_ref<const std::string&>();
    if (!is_allowed_color(value)) {
      throw invalid_argument("Label color " + value + " is not on the allowed color palette");
    }
  }
}

// Takes over what `body` says; what it leaves out stays (patch) or goes back to the default (create, update).
void take_over(Label& label, const nlohmann::json& body, bool keep_rest) {
  if (body.contains("messageListVisibility") || !keep_rest) {
    label.message_list_visibility = body.value("messageListVisibility", "show");
  }
  if (body.contains("labelListVisibility") || !keep_rest) {
    label.label_list_visibility = body.value("labelListVisibility", "labelShow");
  }
  if (body.contains("color")) {
    label.text_color = body.at("color").at("textColor").get<std::string>();
    label.background_color = body.at("color").at("backgroundColor").get<std::string>();
  } else if (!keep_rest) {
    label.text_color.clear();
    label.background_color.clear();
  }
}

Answer edit(const Call& call, bool keep_rest) {
  const Label& label = label_named(call);
  const LabelKey key = label.key;
  if (label.system) {
    throw invalid_argument("Invalid update request");
  }
  if (call.body.contains("id") && call.body.at("id") != label.id) {
    throw invalid_argument("Invalid label id in request");
  }
  if (!keep_rest && !call.body.contains("name")) {
    throw invalid_argument("Invalid label name");
  }
  check_color(call.body);
  if (call.body.contains("name")) {
    const auto name = call.body.at("name").get<std::string>();
    call.box().labels().check_name(name, key);
    call.box().rename_label(key, name);
  }
  Label& edited = call.box().edit_label(key);
  take_over(edited, call.body, keep_rest);
  return {label_json(edited), false, std::nullopt};
}

}  // namespace

Answer list_labels(const Call& call) {
  Answer answer;
  for (const Label* label : call.box().labels().all()) {
    answer.body["labels"].push_back(label_json(*label));
  }
  return answer;
}

Answer get_label(const Call& call) {
  const Label& label = label_named(call);
  std::size_t total = 0;
  std::size_t unread = 0;
  std::set<std::uint64_t> threads;
  std::set<std::uint64_t> unread_threads;
  for (const Message* message : call.box().ordered()) {
    if (!message->has(label.key)) {
      continue;
    }
    ++total;
    threads.insert(message->thread_id);
    if (message->has(SystemLabel::unread)) {
      ++unread;
      unread_threads.insert(message->thread_id);
    }
  }
  Answer answer;
  answer.body = label_json(label);
  answer.body["messagesTotal"] = total;
  answer.body["messagesUnread"] = unread;
  answer.body["threadsTotal"] = threads.size();
  answer.body["threadsUnread"] = unread_threads.size();
  return answer;
}

Answer create_label(const Call& call) {
  const auto name = call.body.value("name", "");
  call.box().labels().check_name(name);
  check_color(call.body);
  Label& label = call.box().create_label(name);
  take_over(label, call.body, false);
  return {label_json(label), false, std::nullopt};
}

Answer update_label(const Call& call) {
  return edit(call, false);
}

Answer patch_label(const Call& call) {
  return edit(call, true);
}

Answer delete_label(const Call& call) {
  const Label& label = label_named(call);
  if (label.system) {
    throw invalid_argument("Invalid delete request");
  }
  call.box().delete_label(label.key);
  return Answer::none();
}

}  // namespace mailmgr::sandbox::gmail
