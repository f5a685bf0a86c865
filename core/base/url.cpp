#include "core/base/url.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// Printable ASCII without what no server should send raw: a space or backslash is where two parsers disagree.
bool is_target_char(char c) {
  return c > ' ' && c < '\x7f' && c != '\\' && c != '"' && c != '<' && c != '>';
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

Error refused(std::string_view text, std::string_view why) {
  // The text may come from a server and be of any length; the beginning is enough to recognise it.
  return {Code::usage, fmt::format("reading the URL '{}': {}", text.substr(0, 200), why), ""};
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (problem != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

// "." and ".." segments, encoded or not: a check of the path's prefix would say nothing about where they lead.
bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const auto segment = percent_decode(path.substr(1, end - 1));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(end);
  }
  return false;
}

// host[:port] without userinfo; nullptr or why not.
const char* parse_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) return "a user name or password is not allowed";
  std::size_t host_end = 0;
  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return "']' is missing";
    url.host = to_lower_ascii(authority.substr(1, bracket - 1));
    std::array<unsigned char, 16> address{};
    if (inet_pton(AF_INET6, url.host.c_str(), address.data()) != 1) return "not an IPv6 address";
    host_end = bracket + 1;
  } else {
    host_end = std::min(authority.find(':'), authority.size());
    url.host = to_lower_ascii(authority.substr(0, host_end));
    if (url.host.empty()) return "the host is missing";
    if (!std::all_of(url.host.begin(), url.host.end(), is_host_char))
      return "the host has a character hosts cannot have";
  }
  const std::string_view rest = authority.substr(host_end);
  url.port = default_port(url.scheme);
  if (rest.empty()) return nullptr;
  const auto port = rest.starts_with(':') ? parse_port(rest.substr(1)) : std::nullopt;
  if (!port) return "the port is not a number from 1 to 65535";
  url.port = *port;
  return nullptr;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  Url url;
  const std::size_t colon = text.find("://");
  if (colon != std::string_view::npos) url.scheme = to_lower_ascii(text.substr(0, colon));
  if (url.scheme != "https" && url.scheme != "http") return refused(text, "it does not start with https://");
  std::string_view rest = text.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) return refused(text, "a fragment ('#') is not allowed");
  if (!std::all_of(rest.begin(), rest.end(), is_target_char)) {
    return refused(text, "it has a space or another character that must be percent-encoded");
  }
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  if (const char* why = parse_authority(rest.substr(0, authority_end), url)) return refused(text, why);
  rest.remove_prefix(authority_end);
  const std::size_t question = rest.find('?');
  if (question != std::string_view::npos) url.query = rest.substr(question + 1);
  const std::string_view path = rest.substr(0, question);
  if (!path.empty()) url.path = path;
  if (has_dot_segment(url.path)) return refused(text, "a '.' or '..' segment is not allowed");
  return url;
}

std::string Url::origin() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  std::string text = scheme + "://" + (is_ipv6 ? '[' + host + ']' : host);
  if (port != default_port(scheme)) text += fmt::format(":{}", port);
  return text;
}

std::string Url::target() const {
  return query.empty() ? path : path + '?' + query;
}

std::string Url::str() const {
  return origin() + target();
}

Url Url::with_path(std::string_view tail, std::string new_query) const {
  Url url = *this;
  if (url.path.ends_with('/') && tail.starts_with('/')) url.path.pop_back();
  url.path += tail;
  url.query = std::move(new_query);
  return url;
}

bool Url::is_loopback() const {
  if (host == "localhost" || host == "::1") return true;
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

bool Url::same_origin(const Url& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

std::string encode_query(const QueryParams& params) {
  std::string text;
  for (const auto& [name, value] : params) {
    if (!text.empty()) text += '&';
    text += percent_encode(name);
    text += '=';
    text += percent_encode(value);
  }
  return text;
}

Result<QueryParams> decode_query(std::string_view query) {
  QueryParams params;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = percent_decode(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value) return Error{Code::usage, "reading the query of a URL: a bad percent-escape", ""};
    params.emplace_back(std::move(*name), std::move(*value));
  }
  return params;
}

}  // namespace mailmgr
