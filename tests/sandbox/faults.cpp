#include "tests/sandbox/faults.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/base/encoding.h"
#include "tests/sandbox/provider_errors.h"

namespace mailmgr::sandbox {
namespace {

using nlohmann::json;

const std::array<std::pair<std::string_view, Transport>, 5> kTransports = {{
    {"reset_before", Transport::reset_before_handling},
    {"reset_after", Transport::reset_after_handling},
    {"reset_mid_body", Transport::reset_mid_body},
    {"truncate", Transport::truncate_body},
    {"drip", Transport::drip},
}};

Transport transport_of(std::string_view kind) {
  for (const auto& [name, transport] : kTransports)
    if (name == kind) return transport;
  return Transport::normal;
}

bool is_kind(std::string_view kind) {
  return kind == "status" || kind == "error" || kind == "html" || kind == "malformed_json" || kind == "repeat" ||
         kind == "hold" || transport_of(kind) != Transport::normal;
}

void only_keys(const json& object, std::initializer_list<std::string_view> keys, const char* what) {
  if (!object.is_object()) throw std::invalid_argument(std::string("fault rule: ") + what + " is not an object");
  for (const auto& item : object.items())
    if (std::find(keys.begin(), keys.end(), item.key()) == keys.end())
      throw std::invalid_argument(std::string("fault rule: unknown key ") + item.key() + " in " + what);
}

Response web_page() {
  Response response;
  response.headers = {{"Content-Type", "text/html; charset=utf-8"}};
  response.body =
      "<!doctype html><html><head><title>Welcome to the guest network</title></head><body>Please sign in to "
      "continue.</body></html>";
  return response;
}

Response broken_json() {
  Response response;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  response.body = "{\"messages\":[{\"id\":\"18c\",}],\"value\":[{";
  return response;
}

}  // namespace

void Faults::parse_match(const json& match, Rule& rule) {
  only_keys(match, {"method", "path", "user", "nth", "every", "probability"}, "match");
  rule.method = match.value("method", "");
  rule.user = match.value("user", "");
  if (match.contains("path")) rule.path.emplace(match["path"].get<std::string>());
  rule.nth = match.value("nth", std::uint64_t{0});
  rule.every = match.value("every", std::uint64_t{0});
  rule.probability = match.value("probability", 1.0);
}

void Faults::parse_action(const json& action, Rule& rule) {
  if (action.is_string()) {
    rule.kind = action.get<std::string>();
  } else {
    only_keys(action, {"kind", "status", "headers", "body", "error", "after"}, "action");
    rule.error = action.value("error", "");
    rule.after = action.value("after", false);
    rule.kind = action.value("kind", rule.error.empty() ? "status" : "error");
    if (action.contains("status")) rule.status = action["status"].get<int>();
    const auto headers = action.value("headers", json::object());
    for (const auto& header : headers.items())
      rule.headers.emplace_back(header.key(), header.value().get<std::string>());
    if (action.contains("body"))
      rule.body = action["body"].is_string() ? action["body"].get<std::string>() : action["body"].dump();
  }
  if (!is_kind(rule.kind)) throw std::invalid_argument("fault rule: unknown kind " + rule.kind);
  if (rule.kind == "error" && rule.error.empty()) throw std::invalid_argument("fault rule: error needs a name");
  if (rule.kind == "status" && !rule.status) throw std::invalid_argument("fault rule: status needs a number");
}

Faults::Rule Faults::parse(const json& source) {
  only_keys(source, {"match", "action", "times"}, "the rule");
  Rule rule;
  rule.source = source.dump();
  try {
    parse_match(source.value("match", json::object()), rule);
    parse_action(source.at("action"), rule);
    if (source.contains("times")) rule.times = source["times"].get<std::uint64_t>();
  } catch (const json::exception& error) {
    throw std::invalid_argument(std::string("fault rule: ") + error.what());
  } catch (const std::regex_error& error) {
    throw std::invalid_argument(std::string("fault rule: path: ") + error.what());
  }
  return rule;
}

std::vector<int> Faults::add(const json& rules) {
  const auto& list = rules.is_object() && rules.contains("rules") ? rules["rules"] : rules;
  std::vector<Rule> parsed;
  if (list.is_array())
    for (const auto& rule : list) parsed.push_back(parse(rule));
  else
    parsed.push_back(parse(list));
  std::vector<int> ids;
  for (auto& rule : parsed) {
    rule.id = next_id_++;
    ids.push_back(rule.id);
    rules_.push_back(std::move(rule));
  }
  return ids;
}

bool Faults::remove(int id) {
  return std::erase_if(rules_, [&](const Rule& rule) { return rule.id == id; }) > 0;
}

bool Faults::has(int id) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.id == id; });
}

bool Faults::repeats() const {
  return std::any_of(rules_.begin(), rules_.end(), [](const Rule& rule) { return rule.kind == "repeat"; });
}

json Faults::to_json() const {
  auto list = json::array();
  for (const auto& rule : rules_)
    list.push_back(
        {{"id", rule.id}, {"rule", json::parse(rule.source)}, {"matched", rule.matched}, {"fired", rule.fired}});
  return {{"rules", list}};
}

bool Faults::fires(Rule& rule, const Request& request, std::string_view user) {
  if (rule.times && rule.fired >= *rule.times) return false;
  if (!rule.method.empty() && rule.method != request.method) return false;
  if (!rule.user.empty() && !equals_ignoring_ascii_case(rule.user, user)) return false;
  if (rule.path) {
    const auto target = request.query.empty() ? request.path : request.path + "?" + request.query;
    if (!std::regex_search(target, *rule.path)) return false;
  }
  ++rule.matched;
  if (rule.nth != 0 && rule.matched != rule.nth) return false;
  if (rule.every != 0 && rule.matched % rule.every != 0) return false;
  if (rule.probability < 1 && std::uniform_real_distribution<>(0, 1)(chance_) >= rule.probability) return false;
  ++rule.fired;
  return true;
}

std::optional<Faults::Hit> Faults::hit(const Request& request, std::string_view user, bool part, Time now) {
  for (auto& rule : rules_) {
    const auto transport = transport_of(rule.kind);
    const bool of_whole = transport != Transport::normal || rule.kind == "repeat" || rule.kind == "hold";
    if (part && of_whole) continue;
    if (!fires(rule, request, user)) continue;
    if (rule.kind == "repeat") return Hit{.repeat = true};
    if (rule.kind == "hold") return Hit{.held_by = rule.id};
    if (transport != Transport::normal) return Hit{.transport = transport};
    Response response;
    if (rule.kind == "html") response = web_page();
    if (rule.kind == "malformed_json") response = broken_json();
    if (rule.kind == "error") response = provider_error(request.path, rule.error, rule.status, now);
    if (rule.kind == "status") {
      response.body = rule.body;
      const bool is_json = !rule.body.empty() && (rule.body.front() == '{' || rule.body.front() == '[');
      response.headers = {{"Content-Type", is_json ? "application/json; charset=utf-8" : "text/plain; charset=utf-8"}};
    }
    if (rule.status) response.status = *rule.status;
    for (const auto& [name, value] : rule.headers) {
      std::erase_if(response.headers, [&](const auto& known) { return equals_ignoring_ascii_case(known.first, name); });
      response.headers.emplace_back(name, value);
    }
    return Hit{.instead = std::move(response), .handled = rule.after};
  }
  return std::nullopt;
}

}  // namespace mailmgr::sandbox
