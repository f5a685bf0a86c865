#include "providers/endpoints.h"

#include <fmt/format.h>

namespace mailmgr {
namespace {

Result<std::optional<Url>> root(std::string_view option, const std::string& text) {
  if (text.empty()) return std::optional<Url>();
  auto url = Url::parse(text);
  if (!url) return url.error().within(option);
  if (!url->query.empty()) {
    return Error{Code::usage, fmt::format("{} {}: a query has no place here", option, text),
                 fmt::format("give scheme, host and at most a path, as in {} https://proxy.example/mail", option)};
  }
  if (url->scheme != "https" && !url->is_loopback()) {
    return Error{Code::usage, fmt::format("{} {}: plain http would send tokens in the clear", option, text),
                 "use https://, or http:// with a loopback address such as 127.0.0.1"};
  }
  while (url->path.size() > 1 && url->path.back() == '/') url->path.pop_back();
  return std::optional<Url>(*std::move(url));
}

}  // namespace

Result<ReplacedRoots> ReplacedRoots::from(const ProviderConfig& config) {
  auto base = root("--base-url", config.base_url);
  if (!base) return base.error();
  auto auth = root("--auth-url", config.auth_url);
  if (!auth) return auth.error();
  auto api = root("--api-url", config.api_url);
  if (!api) return api.error();
  return ReplacedRoots{*auth ? *auth : *base, *api ? *api : *base};
}

Url endpoint(const std::optional<Url>& replaced, std::string_view real_root, std::string_view path) {
  return replaced ? replaced->with_path(path) : Url::parse(real_root).value().with_path(path);
}

Result<std::string> link_target(std::string_view link, const Url& api, const Url& canonical, std::string_view root) {
  const auto refused = [&](std::string_view why) {
    return Error{Code::refused, fmt::format("the server sent a link that {}, which was not followed", why), ""};
  };
  const auto url = Url::parse(link);  // refuses userinfo and dot segments, encoded ones too
  if (!url) return refused("is no plain web address");
  if (url->scheme != "https" && !url->is_loopback()) return refused("is not encrypted");

  const bool configured = url->host == api.host && url->port == api.port;
  if (!configured && !(url->host == canonical.host && url->port == canonical.port)) {
    return refused(fmt::format("leads to another host ({})", url->host));
  }
  std::string_view path = url->path;
  const std::string_view prefix = api.path == "/" ? std::string_view() : std::string_view(api.path);
  if (configured && !prefix.empty() && path.starts_with(prefix) && path.substr(prefix.size()).starts_with(root)) {
    path.remove_prefix(prefix.size());
  }
  if (!path.starts_with(root)) return refused("leaves the API");
  return url->query.empty() ? std::string(path) : fmt::format("{}?{}", path, url->query);
}

}  // namespace mailmgr
