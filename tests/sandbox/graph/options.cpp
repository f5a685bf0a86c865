#include "tests/sandbox/graph/options.h"

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"
#include "tests/sandbox/graph/fault.h"

namespace mailmgr::sandbox::graph {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && text.back() == ' ') {
    text.remove_suffix(1);
  }
  return text;
}

std::string_view unquote(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

std::optional<std::size_t> parse_number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                   : std::nullopt;
}

}  // namespace

QueryOptions::QueryOptions(std::string_view query, std::initializer_list<std::string_view> allowed) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const auto name = percent_decode(pair.substr(0, equals), true);
    const auto value = equals == std::string_view::npos ? std::string() : percent_decode(pair.substr(equals + 1), true);
    if (!name || !value) {
      bad_request("The query string is not correctly percent-encoded.");
    }
    if (std::find(allowed.begin(), allowed.end(), *name) == allowed.end()) {
      bad_request("The query parameter '" + *name + "' is not supported.");
    }
    if (!values_.emplace(*name, *value).second) {
      bad_request("Query option '" + *name + "' was specified more than once, but it must be specified at most once.");
    }
  }
}

const std::string& QueryOptions::get(std::string_view name) const {
  static const std::string none;
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? none : found->second;
}

std::optional<std::size_t> QueryOptions::number(std::string_view name, std::size_t least, std::size_t most) const {
  if (!has(name)) {
    return std::nullopt;
  }
  const auto value = parse_number(get(name));
  if (!value || *value < least || *value > most) {
    bad_request("Invalid value '" + get(name) + "' for " + std::string(name) + " query option found. The " +
                std::string(name) + " query option requires a number from " + std::to_string(least) + " to " +
                std::to_string(most) + ".");
  }
  return value;
}

bool QueryOptions::flag(std::string_view name) const {
  const auto& value = get(name);
  if (has(name) && value != "true" && value != "false") {
    bad_request("Invalid value '" + value + "' for " + std::string(name) + " query option found.");
  }
  return value == "true";
}

Preferences parse_preferences(const HeaderList& headers) {
  Preferences prefer;
  for (const auto& [name, value] : headers) {
    if (!equals_ignoring_ascii_case(name, "Prefer")) {
      continue;
    }
    for (const auto& preference : split_list(value)) {
      const std::string_view text = preference;
      const auto equals = text.find('=');
      const auto key = trim(text.substr(0, equals));
      const auto argument =
          equals == std::string_view::npos ? std::string_view() : unquote(trim(text.substr(equals + 1)));
      if (equals_ignoring_ascii_case(key, "IdType")) {
        prefer.immutable_ids = equals_ignoring_ascii_case(argument, "ImmutableId");
      } else if (equals_ignoring_ascii_case(key, "outlook.body-content-type")) {
        prefer.text_body = equals_ignoring_ascii_case(argument, "text");
      } else if (equals_ignoring_ascii_case(key, "odata.maxpagesize") ||
                 equals_ignoring_ascii_case(key, "maxpagesize")) {
        prefer.max_page_size = parse_number(argument);
      }
    }
  }
  if (prefer.max_page_size) {
    prefer.max_page_size = std::clamp<std::size_t>(*prefer.max_page_size, 1, 1000);
  }
  return prefer;
}

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> out;
  std::string item;
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    quoted ^= c == '\'';
    if (!quoted) {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    if (c == separator && depth == 0 && !quoted) {
      out.emplace_back(trim(item));
      item.clear();
    } else {
      item += c;
    }
  }
  if (!trim(item).empty() || !out.empty()) {
    out.emplace_back(trim(item));
  }
  return out;
}

std::vector<Expand> parse_expand(std::string_view text) {
  std::vector<Expand> out;
  for (const auto& item : split_list(text)) {
    Expand expand;
    const auto bracket = item.find('(');
    expand.name = std::string(trim(std::string_view(item).substr(0, bracket)));
    if (bracket != std::string::npos) {
      if (item.back() != ')') {
        bad_request("Parsing OData Select and Expand failed: unbalanced parentheses in $expand.");
      }
      for (const auto& option :
           split_list(std::string_view(item).substr(bracket + 1, item.size() - bracket - 2), ';')) {
        if (option.starts_with("$select=")) {
          expand.select = split_list(option.substr(8));
        } else if (option.starts_with("$filter=")) {
          expand.filter = option.substr(8);
        } else {
          bad_request("Parsing OData Select and Expand failed: the option '" + option +
                      "' is not supported in $expand.");
        }
      }
    }
    out.push_back(std::move(expand));
  }
  return out;
}

}  // namespace mailmgr::sandbox::graph
