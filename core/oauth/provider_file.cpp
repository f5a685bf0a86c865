#include "core/oauth/provider_file.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/oauth/flat_json.h"
#include "core/oauth/server_text.h"

namespace mailmgr {
namespace {

struct TextSetting {
  const char* name;
  std::string ProviderConfig::*value;
};

// What is text in the file and in the configuration alike.
constexpr std::array<TextSetting, 9> kTextSettings{{{"client_id", &ProviderConfig::client_id},
                                                    {"client_secret", &ProviderConfig::open_client_secret},
                                                    {"tenant", &ProviderConfig::tenant},
                                                    {"redirect_uri", &ProviderConfig::redirect_uri},
                                                    {"base_url", &ProviderConfig::base_url},
                                                    {"auth_url", &ProviderConfig::auth_url},
                                                    {"api_url", &ProviderConfig::api_url},
                                                    {"ca_file", &ProviderConfig::ca_file},
                                                    {"quota", &ProviderConfig::quota}}};

Error bad_setting(std::string why) {
  return {Code::config, std::move(why), ""};
}

std::set<std::string> comma_words(std::string_view words) {
  std::set<std::string> found;
  while (!words.empty()) {
    const std::size_t comma = std::min(words.find(','), words.size());
    if (comma > 0) found.emplace(words.substr(0, comma));
    words.remove_prefix(std::min(comma + 1, words.size()));
  }
  return found;
}

// Puts one member where it belongs.
Status apply_member(ProviderConfig& config, std::string_view name, const std::string& value) {
  for (const auto& field : kTextSettings) {
    if (name != field.name) continue;
    config.*field.value = value;
    return {};
  }
  const auto wrong = [&] { return bad_setting(fmt::format("\"{}\" cannot be \"{}\"", name, server_text(value, 60))); };
  if (name == "kind") {
    const auto kind = provider_kind(value);
    if (!kind) return wrong();
    config.kind = *kind;
  } else if (name == "access") {
    const auto access = access_level(value);
    if (!access) return wrong();
    config.access = *access;
  } else if (name == "with") {
    config.with = comma_words(value);
  } else {
    return bad_setting(fmt::format("\"{}\" is not a setting", server_text(name, 60)));
  }
  return {};
}

}  // namespace

std::string write_provider_file(const ProviderConfig& config) {
  nlohmann::ordered_json json;
  json["kind"] = to_string(config.kind);
  for (const auto& field : kTextSettings) {
    if (!(config.*field.value).empty()) json[field.name] = config.*field.value;
  }
  json["access"] = to_string(config.access);
  std::string words;
  for (const auto& word : config.with) words += (words.empty() ? "" : ",") + word;
  if (!words.empty()) json["with"] = words;
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

Result<ProviderConfig> read_provider_file(std::string_view name, std::string_view text) {
  const auto json = FlatJson::parse(text);
  if (!json) return bad_setting("it is not one JSON object with every name once");
  ProviderConfig config;
  config.name = name;
  config.system = true;
  for (const auto member : json->names()) {
    const JsonMember& value = *json->find(member);
    if (value.type != JsonMember::Type::text) {
      return bad_setting(fmt::format("\"{}\" is not text", server_text(member, 60)));
    }
    if (const Status taken = apply_member(config, member, value.text); !taken) return taken.error();
  }
  if (!json->find("kind")) return bad_setting("\"kind\" is missing");
  return config;
}

}  // namespace mailmgr
