#include "core/mail/extra_header.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/base/lines.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestFieldName = 76;
constexpr std::size_t kLongestExtraValue = 64 * 1024;

Error refuse_header(std::string_view name, std::string_view what, std::string_view hint = {}) {
  const auto field = name.empty() ? std::string("--header") : "--header " + std::string(name);
  return {Code::usage, "writing the message, " + field + ": " + std::string(what), std::string(hint)};
}

bool is_written_by_composer(std::string_view lower) {
  static constexpr std::array<std::string_view, 12> kOwn = {"from",       "sender",      "to",         "cc",
                                                            "bcc",        "reply-to",    "subject",    "date",
                                                            "message-id", "in-reply-to", "references", "mime-version"};
  return lower.starts_with("content-") || std::find(kOwn.begin(), kOwn.end(), lower) != kOwn.end();
}

bool is_written_by_servers(std::string_view lower) {
  static constexpr std::array<std::string_view, 10> kServers = {
      "received",     "received-spf",           "return-path",   "dkim-signature", "domainkey-signature",
      "delivered-to", "authentication-results", "x-original-to", "envelope-to",    "errors-to"};
  return lower.starts_with("resent-") || lower.starts_with("arc-") ||
         std::find(kServers.begin(), kServers.end(), lower) != kServers.end();
}

}  // namespace

Status check_extra_header(std::string_view name, std::string_view value) {
  const bool token = !name.empty() && name.size() <= kLongestFieldName &&
                     std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F && c != ':'; });
  if (!token) {
    return refuse_header({}, "a header name consists of ASCII letters, digits and dashes", "--header 'X-Name: value'");
  }
  const auto lower = to_lower_ascii(name);
  if (is_written_by_composer(lower)) {
    return refuse_header(name, "mailmgr writes this field itself", "use the option for it");
  }
  if (is_written_by_servers(lower)) return refuse_header(name, "only mail servers write this field");
  if (!is_valid_utf8(value)) return refuse_header(name, "not valid UTF-8");
  if (breaks_lines(value)) {
    return refuse_header(name, "line breaks and control characters are not allowed in a header");
  }
  if (value.size() > kLongestExtraValue) return refuse_header(name, "longer than 64 KiB");
  return {};
}

Result<std::pair<std::string, std::string>> parse_extra_header(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return refuse_header({}, "there is no ':' after the name", "--header 'X-Name: value'");
  }
  const auto name = text.substr(0, colon);
  auto value = text.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  value = value.substr(0, value.find_last_not_of(" \t") + 1);
  if (const auto status = check_extra_header(name, value); !status) return status.error();
  return std::pair{std::string(name), std::string(value)};
}

}  // namespace mailmgr
