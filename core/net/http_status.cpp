#include "core/net/http_status.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/net/retry.h"

namespace mailmgr {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Code code_of_status(int status) {
  if (status == 408 || status >= 500) return Code::try_later;
  switch (status) {
    case 401:
      return Code::token_rejected;
    case 404:
      return Code::not_found;
    case 410:
      return Code::gone;
    case 413:
      return Code::too_large;
    case 429:
      return Code::throttled;
    default:
      return Code::refused;
  }
}

std::string words_of_status(int status) {
  if (status >= 300 && status < 400) return "the server answered with a redirect, which is not followed";
  if (status == 429) return "the server asked for patience";
  return "the server answered with status " + std::to_string(status);
}

}  // namespace

std::optional<Time> parse_http_date(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT", put into RFC 3339's order
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ') return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end()) return std::nullopt;
  const auto number = std::to_string(month - kMonths.begin() + 101).substr(1);  // two digits
  const std::string date = std::string(text.substr(12, 4)) + '-' + number + '-' + std::string(text.substr(5, 2));
  return from_rfc3339(date + 'T' + std::string(text.substr(17, 8)) + 'Z');
}

std::optional<milliseconds> retry_after(const HttpResponse& response, Time now) {
  const auto value = response.header("Retry-After");
  if (!value) return std::nullopt;
  if (is_digits(*value)) {
    std::int64_t count = 0;
    const auto [end, problem] = std::from_chars(value->data(), value->data() + value->size(), count);
    if (problem != std::errc{} || count > 24 * 3600) return kLongestPatience;
    return std::chrono::seconds(count);
  }
  const auto date = parse_http_date(*value);
  if (!date) return std::nullopt;
  return std::clamp<milliseconds>(*date - now, milliseconds{0}, kLongestPatience);
}

Error error_of_status(const HttpResponse& response, std::string_view what, Time now) {
  Error error{code_of_status(response.status), std::string(what) + ": " + words_of_status(response.status), ""};
  error.retry_after = retry_after(response, now);
  return error;
}

}  // namespace mailmgr
