#include "tests/sandbox/secrets.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/sandbox/form.h"

namespace mailmgr::sandbox {
namespace {

constexpr const char* kNames[] = {"code",          "code_verifier", "access_token", "refresh_token",   "id_token",
                                  "client_secret", "device_code",   "assertion",    "client_assertion"};

}  // namespace

void Secrets::add(const std::string& name, const std::string& value) {
  auto& values = seen_[name];
  if (!value.empty() && std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

void Secrets::note(const Request& request, const Response& response) {
  const auto form = Form::of_body(request);
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  std::string location;
  for (const auto& [name, value] : response.headers)
    if (name == "Location") location = value.substr(std::min(value.size(), value.find_first_of("?#") + 1));
  const auto redirect = Form::parse(location);
  for (const auto* name : kNames) {
    if (form) add(name, form->get(name));
    if (redirect) add(name, redirect->get(name));
    if (body.is_object() && body.contains(name) && body[name].is_string()) add(name, body[name].get<std::string>());
  }
}

nlohmann::json Secrets::to_json() const {
  return seen_;
}

}  // namespace mailmgr::sandbox
