#include "core/flow/system_providers.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/flow/provider_lookup.h"
#include "core/flow/provider_setup.h"
#include "core/oauth/provider_file.h"

namespace mailmgr {
namespace {

constexpr std::string_view kSuffix = ".json";

std::string file_of(std::string_view name) {
  return std::string(name) + std::string(kSuffix);
}

}  // namespace

Status SystemProviders::put(const ProviderConfig& config) {
  return files_.write(file_of(config.name), write_provider_file(config));
}

Result<std::optional<ProviderConfig>> SystemProviders::find(std::string_view name) {
  if (!check_provider_name(name)) return std::optional<ProviderConfig>();  // no path may be made of it
  const std::string file = file_of(name);
  const auto text = files_.read(file);
  if (!text) return text.error().code == Code::not_found ? Result(std::optional<ProviderConfig>()) : text.error();
  auto config = read_provider_file(name, *text);
  const Status good = config ? check_provider(*config, *find_spec(specs_, config->kind)) : Status(config.error());
  if (good) return std::optional(*std::move(config));
  Error error = good.error().within("reading " + files_.path(file));
  error.code = Code::config;
  error.hint = fmt::format(
      "an administrator repairs it, or sets it anew: mailmgr provider set {} --system --client-id ID", name);
  return error;
}

Result<std::vector<ProviderConfig>> SystemProviders::list() {
  std::vector<ProviderConfig> configs;
  for (const auto& name : names()) {
    auto config = find(name);
    if (config && *config) configs.push_back(**std::move(config));
  }
  return configs;
}

Status SystemProviders::remove(std::string_view name) {
  if (const Status named = check_provider_name(name); !named) return named;
  return files_.remove(file_of(name));
}

// A folder that cannot be read is none: it must not keep a user from their own providers.
std::vector<std::string> SystemProviders::names() {
  std::vector<std::string> names;
  const auto files = files_.list();
  if (!files) return names;
  for (const auto& file : *files) {
    const bool ends = file.size() > kSuffix.size() && file.ends_with(kSuffix);
    const std::string name = ends ? file.substr(0, file.size() - kSuffix.size()) : std::string();
    if (ends && check_provider_name(name)) names.push_back(name);
  }
  return names;
}

Result<std::optional<ProviderConfig>> AllProviders::find(std::string_view name) {
  auto own = own_.find(name);
  if (!own || *own) return own;
  return shared_.find(name);
}

Result<std::vector<ProviderConfig>> AllProviders::list() {
  auto all = own_.list();
  if (!all) return all;
  const auto shared = shared_.list();
  if (!shared) return shared.error();
  for (const auto& config : *shared) {
    const bool replaced =
        std::any_of(all->begin(), all->end(), [&](const auto& own) { return own.name == config.name; });
    if (!replaced) all->push_back(config);
  }
  std::sort(all->begin(), all->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

Result<std::vector<Error>> AllProviders::broken() {
  std::vector<Error> errors;
  for (const auto& name : shared_.names()) {
    const auto own = own_.find(name);
    if (!own) return own.error();
    if (*own) continue;
    if (const auto config = shared_.find(name); !config) errors.push_back(config.error());
  }
  return errors;
}

}  // namespace mailmgr
