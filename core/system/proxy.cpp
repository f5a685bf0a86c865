#include "core/system/proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

std::string from_environment(const char* lower, const char* upper) {
  for (const char* name : {lower, upper}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// "example.com" and ".example.com" cover the domain and everything below it; "host:8443" one port only.
bool covers(std::string_view entry, const Url& url) {
  if (entry.empty()) return false;
  if (entry == "*") return true;
  const std::size_t colon = entry.rfind(':');
  const bool has_port = colon != std::string_view::npos && entry.find(':') == colon;
  if (has_port && entry.substr(colon + 1) != std::to_string(url.port)) return false;
  if (has_port) entry = entry.substr(0, colon);
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  const std::string name = to_lower_ascii(entry);
  return url.host == name || url.host.ends_with('.' + name);
}

bool is_direct(const Url& url, std::string_view no_proxy) {
  while (!no_proxy.empty()) {
    const std::size_t end = std::min(no_proxy.find(','), no_proxy.size());
    if (covers(trimmed(no_proxy.substr(0, end)), url)) return true;
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
  }
  return false;
}

// The value may hold a password, so the message does not repeat it.
Error unusable(std::string_view why) {
  return {Code::config, fmt::format("reading HTTPS_PROXY: {}", why), "write it as http://host:port"};
}

}  // namespace

ProxySettings ProxySettings::from_environment() {
  return {mailmgr::from_environment("https_proxy", "HTTPS_PROXY"), mailmgr::from_environment("no_proxy", "NO_PROXY")};
}

Result<std::optional<Proxy>> proxy_for(const Url& url, const ProxySettings& settings) {
  if (settings.https_proxy.empty() || url.scheme != "https" || url.is_loopback() || is_direct(url, settings.no_proxy)) {
    return std::optional<Proxy>{};
  }
  std::string_view text = settings.https_proxy;
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    if (to_lower_ascii(text.substr(0, scheme)) != "http") return unusable("only http:// proxies are supported");
    text.remove_prefix(scheme + 3);
  }
  Proxy proxy;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const auto credentials = percent_decode(text.substr(0, at));
    if (!credentials) return unusable("a bad percent-escape in the user name or password");
    proxy.authorization = "Basic " + base64(*credentials);
    text.remove_prefix(at + 1);
  }
  const auto parsed = Url::parse("http://" + std::string(text));
  if (!parsed) return unusable("not a host and port");
  proxy.endpoint = {parsed->host, parsed->port};
  return std::optional(std::move(proxy));
}

}  // namespace mailmgr
