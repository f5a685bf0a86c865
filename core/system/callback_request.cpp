#include "core/system/callback_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "core/base/encoding.h"
#include "core/system/http_head.h"

namespace mailmgr {
namespace {

struct RequestLine {
  std::string_view method;
  std::string_view target;
};

// "GET /path?query HTTP/1.1" in exactly that form; absolute targets and those starting with "//" are refused.
std::optional<RequestLine> parse_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  const RequestLine request{line.substr(0, first), line.substr(first + 1, last - first - 1)};
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return std::nullopt;
  if (!is_http_token(request.method)) return std::nullopt;
  if (!request.target.starts_with('/') || request.target.starts_with("//")) return std::nullopt;
  const auto is_target_char = [](char c) { return c > ' ' && c < '\x7f' && c != '#' && c != '\\'; };
  if (!std::all_of(request.target.begin(), request.target.end(), is_target_char)) return std::nullopt;
  return request;
}

bool is_own_host(std::string_view host, std::uint16_t port) {
  constexpr std::array<std::string_view, 3> kHosts{"127.0.0.1", "localhost", "[::1]"};
  return std::any_of(kHosts.begin(), kHosts.end(), [&](std::string_view own) {
    return equals_ignoring_ascii_case(host, fmt::format("{}:{}", own, port));
  });
}

bool has_expected_headers(const HttpHead& head, std::uint16_t port) {
  int hosts = 0;
  for (const auto& [name, value] : head.headers) {
    if (!equals_ignoring_ascii_case(name, "Host")) continue;
    ++hosts;
    if (!is_own_host(value, port)) return false;
  }
  return hosts == 1 && !head.is_chunked && head.content_length.value_or(0) == 0;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

bool are_sound(const QueryParams& params) {
  std::set<std::string_view> names;
  for (const auto& [name, value] : params) {
    if (!names.insert(name).second) return false;
    const bool is_for_people = name == "error_description" || name == "error_uri";
    if (has_control_character(name) || (!is_for_people && has_control_character(value))) return false;
  }
  return true;
}

}  // namespace

CallbackRequest parse_callback_request(std::string_view head, std::string_view path, std::uint16_t port) {
  CallbackRequest request;
  const auto line = parse_request_line(head.substr(0, std::min(head.find("\r\n"), head.size())));
  const auto parsed = parse_http_head(head);
  if (!line || !parsed) return request;
  request.is_head = line->method == "HEAD";
  if (line->method != "GET") {
    request.status = 405;
    return request;
  }
  if (!has_expected_headers(*parsed, port)) return request;
  const std::size_t question = line->target.find('?');
  if (line->target.substr(0, question) != path) {
    request.status = 404;
    return request;
  }
  auto params = decode_query(question == std::string_view::npos ? "" : line->target.substr(question + 1));
  if (!params || !are_sound(*params)) return request;
  request.params = std::move(*params);
  request.status = 200;
  return request;
}

}  // namespace mailmgr
