#include "core/flow/provider_lookup.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailmgr {
namespace {

std::string names_of(const std::vector<ProviderConfig>& configs) {
  std::string names;
  for (const auto& config : configs) names += (names.empty() ? "" : ", ") + config.name;
  return names;
}

}  // namespace

const ProviderSpec* find_spec(std::span<const ProviderSpec> specs, ProviderKind kind) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const auto& spec) { return spec.kind == kind; });
  return found == specs.end() ? nullptr : &*found;
}

Result<ProviderConfig> find_provider(std::string_view name, ProviderStore& providers) {
  auto config = providers.find(name);
  if (!config) return config.error();
  if (*config) return std::move(**config);
  if (provider_kind(name)) {
    return Error{Code::config, fmt::format("provider {} is not set", name),
                 fmt::format("mailmgr provider guide {0}, then: mailmgr provider set {0} --client-id ID", name)};
  }
  const auto all = providers.list();
  const std::string known = all && !all->empty() ? "; set are: " + names_of(*all) : std::string();
  return Error{Code::not_found, fmt::format("no provider \"{}\"{}", name, known),
               "mailmgr provider list; a new one: mailmgr provider set NAME --kind google|microsoft --client-id ID"};
}

Result<ProviderConfig> only_provider(ProviderStore& providers) {
  auto all = providers.list();
  if (!all) return all.error();
  if (all->size() == 1) return std::move(all->front());
  if (all->empty()) {
    return Error{Code::config, "no provider is set",
                 "mailmgr provider guide google, or: mailmgr provider guide microsoft"};
  }
  return Error{Code::usage, "which provider? Set are: " + names_of(*all), "mailmgr login " + all->front().name};
}

bool needs_client_secret(const ProviderConfig& config, const ProviderSpec& spec) {
  return spec.secret_required && !config.has_client_secret() && !serves_organisation(config.grants);
}

Status check_with(const std::set<std::string>& with, AccessLevel access, const ProviderSpec& spec) {
  for (const auto& word : with) {
    const auto extra =
        std::find_if(spec.extras.begin(), spec.extras.end(), [&](const Extra& e) { return e.word == word; });
    if (extra == spec.extras.end()) {
      std::string known;
      for (const auto& other : spec.extras) known += (known.empty() ? "" : ", ") + std::string(other.word);
      return Error{Code::usage, fmt::format("--with {}: {} knows no such word", word, spec.title),
                   "choose among " + known};
    }
    if (extra->needs_full && access != AccessLevel::full) {
      return Error{Code::usage,
                   fmt::format("--with {}: it gives full access, which --access {} is not", word, to_string(access)),
                   "leave it out, or use --access full"};
    }
  }
  return {};
}

}  // namespace mailmgr
