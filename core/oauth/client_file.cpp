#include "core/oauth/client_file.h"

#include <nlohmann/json.hpp>

#include "core/base/url.h"

namespace mailmgr {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxFile = std::size_t{64} << 10;
constexpr int kMaxDepth = 8;

Error unusable(std::string_view why) {
  return {Code::usage, "reading the credentials file: " + std::string(why),
          "Google Cloud console, APIs & Services, Credentials: download the JSON of an OAuth client of type \"Desktop "
          "app\""};
}

// The parser itself does not recurse, but destroying a deeply nested document would.
Json parse(std::string_view text) {
  if (text.size() > kMaxFile) return Json(Json::value_t::discarded);
  bool deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kMaxDepth;
    return !deep;
  };
  Json json = Json::parse(text.begin(), text.end(), watch, false);
  return deep ? Json(Json::value_t::discarded) : json;
}

std::string text_of(const Json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

std::string redirect_of(const Json& uris) {
  std::string first;
  for (const auto& entry : uris) {
    if (!entry.is_string()) continue;
    const std::string uri = entry.get<std::string>();
    const auto url = Url::parse(uri);
    if (url && url->is_loopback()) return uri;
    if (first.empty()) first = uri;
  }
  return first;
}

}  // namespace

Result<ClientFile> read_client_file(std::string_view text) {
  const Json json = parse(text);
  if (!json.is_object()) return unusable("it is not a JSON object");
  if (text_of(json, "type") == "service_account")
    return unusable("it is the key of a service account, not an OAuth client");
  const bool installed = json.contains("installed");
  const auto client = json.find(installed ? "installed" : "web");
  if (client == json.end() || !client->is_object()) return unusable("it holds neither \"installed\" nor \"web\"");

  ClientFile file{text_of(*client, "client_id"), {}, {}};
  std::string secret = text_of(*client, "client_secret");
  file.client_secret = Secret::take(secret);
  if (file.client_id.empty()) return unusable("it holds no client_id");
  if (file.client_secret.empty()) return unusable("it holds no client_secret");

  const auto uris = client->find("redirect_uris");
  const std::string redirect = uris != client->end() && uris->is_array() ? redirect_of(*uris) : std::string();
  if (redirect.empty() && installed)
    return unusable("the client has no redirect URI: it is of type \"TVs and Limited Input\"");
  if (redirect.empty()) return unusable("the web client has no redirect URI; register http://127.0.0.1:PORT/cb/google");
  if (!installed) file.redirect_uri = redirect;
  return file;
}

}  // namespace mailmgr
