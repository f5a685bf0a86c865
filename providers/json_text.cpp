#include "providers/json_text.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

using nlohmann::json;

constexpr std::size_t kLong = 1024;                     // strings from this length on stay in the text
constexpr char kLifted = '\0';                          // a lifted string is left in the document as NUL and its number
constexpr std::string_view kWrittenLifted = "\\u0000";  // the only way to write that

// The index of the quote that ends the string opened before `from`, or npos.
std::size_t closing_quote(std::string_view text, std::size_t from) {
  for (auto quote = text.find('"', from); quote != text.npos; quote = text.find('"', quote + 1)) {
    std::size_t backslashes = 0;
    while (quote - backslashes > from && text[quote - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return quote;
  }
  return text.npos;
}

// The four digits of \uXXXX that `text` starts with; nullopt where there are none.
std::optional<unsigned> code_unit(std::string_view text) {
  unsigned unit = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + 4, unit, 16);
  return problem == std::errc() && end == text.data() + 4 ? std::optional(unit) : std::nullopt;
}

// Whether the parser would take `body` for what stands between the quotes of a string (RFC 8259 §7; UTF-16 in pairs).
bool is_string(std::string_view body) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (std::any_of(body.begin(), body.end(), is_control) || !is_valid_utf8(body)) return false;
  for (auto at = body.find('\\'); at != body.npos; at = body.find('\\', at)) {
    const auto escape = body.substr(at + 1);
    if (!escape.starts_with('u')) {
      if (escape.empty() || std::strchr("\"\\/bfnrt", escape.front()) == nullptr) return false;
      at += 2;
      continue;
    }
    const auto unit = code_unit(escape.substr(1));
    if (!unit || (*unit >= 0xDC00 && *unit <= 0xDFFF)) return false;
    at += 6;
    if (*unit < 0xD800 || *unit > 0xDBFF) continue;
    const auto second = body.substr(at).starts_with("\\u") ? code_unit(body.substr(at + 2)) : std::nullopt;
    if (!second || *second < 0xDC00 || *second > 0xDFFF) return false;
    at += 6;
  }
  return true;
}

}  // namespace

// Copies `text` with its long strings replaced by their numbers; false when it is nested too deeply. What is no string
// is left for the parser to refuse. What would read as such a number is lifted as well: each number stands there once,
// and an answer is never more than what was sent.
bool JsonText::lift(std::string_view text, std::string& skeleton, std::vector<Lifted>& lifted) {
  int depth = 0;
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return false;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == '"') {
      const auto end = closing_quote(text, i + 1);
      if (end == text.npos) break;  // the parser will say so
      const auto body = text.substr(i + 1, end - i - 1);
      if ((body.size() >= kLong || body.starts_with(kWrittenLifted)) && is_string(body)) {
        skeleton.append(text, copied, i - copied);
        skeleton.append("\"\\u0000").append(std::to_string(lifted.size())).append("\"");
        lifted.push_back({body, body.find('\\') != body.npos});
        copied = end + 1;
      }
      i = end;
    }
  }
  skeleton.append(text, copied);
  return true;
}

Result<JsonText> JsonText::parse(std::string_view text) {
  JsonText result;
  std::string skeleton;
  if (!lift(text, skeleton, result.lifted_)) {
    return Error{Code::try_later, "the answer is nested more deeply than any this provider documents"};
  }
  auto root = json::parse(skeleton, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) {
    return Error{Code::try_later, "the answer is not the JSON this API speaks, or only part of it",
                 "check that no proxy or captive portal answers in its place"};
  }
  result.root_ = std::make_shared<const json>(std::move(root));
  return result;
}

const json& JsonText::at(const json& node, const char* key) {
  static const json null;
  if (!node.is_object()) return null;
  const auto found = node.find(key);
  return found == node.end() ? null : *found;
}

const json& JsonText::array_at(const json& node, const char* key) {
  static const json none = json::array();
  const auto& member = at(node, key);
  return member.is_array() ? member : none;
}

std::optional<bool> JsonText::bool_at(const json& node, const char* key) {
  const auto& member = at(node, key);
  return member.is_boolean() ? std::optional(member.get<bool>()) : std::nullopt;
}

std::optional<std::int64_t> JsonText::int_at(const json& node, const char* key) {
  const auto& member = at(node, key);
  if (member.is_number_unsigned()) {
    const auto value = member.get<std::uint64_t>();
    return value <= INT64_MAX ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
  }
  if (member.is_number_integer()) return member.get<std::int64_t>();
  if (!member.is_string()) return std::nullopt;
  const auto& text = member.get_ref<const std::string&>();
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                     : std::nullopt;
}

std::optional<std::uint64_t> JsonText::count_at(const json& node, const char* key) {
  const auto value = int_at(node, key);
  return value && *value >= 0 ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

std::string_view JsonText::view(const json& node) const {
  if (!node.is_string()) return {};
  const std::string_view text = node.get_ref<const std::string&>();
  if (text.empty() || text.front() != kLifted) return text;
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  const bool is_number = problem == std::errc() && end == text.data() + text.size() && number < lifted_.size();
  return is_number ? lifted(number) : text;
}

std::string_view JsonText::lifted(std::size_t number) const {
  auto& lifted = lifted_[number];
  if (!lifted.has_escapes) return lifted.text;
  if (!lifted.decoded) {
    const auto* quoted = lifted.text.data() - 1;  // in the text its quotes stand around it
    const auto value = json::parse(quoted, quoted + lifted.text.size() + 2, nullptr, /*allow_exceptions=*/false);
    lifted.decoded = std::make_unique<std::string>(value.get<std::string>());
  }
  return *lifted.decoded;
}

std::string JsonText::string_at(const json& node, const char* key) const {
  return std::string(view(at(node, key)));
}

std::vector<std::string> JsonText::strings_at(const json& node, const char* key) const {
  std::vector<std::string> strings;
  for (const auto& entry : array_at(node, key)) {
    if (const auto text = view(entry); !text.empty()) strings.emplace_back(text);
  }
  return strings;
}

// As deep as parse() lets through.
json JsonText::whole(const json& node) const {
  if (node.is_string()) return std::string(view(node));
  if (!node.is_structured()) return node;
  json copy = node.is_array() ? json::array() : json::object();
  for (const auto& [key, value] : node.items()) {
    if (node.is_array()) {
      copy.push_back(whole(value));
    } else {
      copy[key] = whole(value);
    }
  }
  return copy;
}

std::string JsonText::raw(const json& node) const {
  return whole(node).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string json_quoted(std::string_view text) {
  return json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace mailmgr
