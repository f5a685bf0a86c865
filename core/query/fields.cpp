#include "core/query/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/base/encoding.h"

namespace mailmgr::query {
namespace {

constexpr FieldInfo kFields[] = {
    {"from", Field::from, ValueKind::text},
    {"to", Field::to, ValueKind::text},
    {"cc", Field::cc, ValueKind::text},
    {"bcc", Field::bcc, ValueKind::text},
    {"list", Field::list, ValueKind::text},
    {"subject", Field::subject, ValueKind::text},
    {"body", Field::body, ValueKind::text},
    {"filename", Field::filename, ValueKind::text},
    {"note", Field::note, ValueKind::text},
    {"label", Field::label, ValueKind::text},
    {"in", Field::in, ValueKind::text},
    {"is", Field::is, ValueKind::is},
    {"has", Field::has, ValueKind::has},
    {"larger", Field::larger, ValueKind::size},
    {"smaller", Field::smaller, ValueKind::size},
    {"after", Field::after, ValueKind::date},
    {"before", Field::before, ValueKind::date},
    {"newer_than", Field::after, ValueKind::age},
    {"older_than", Field::before, ValueKind::age},
    {"account", Field::account, ValueKind::text},
    {"domain", Field::domain, ValueKind::domain},
    {"thread", Field::thread, ValueKind::text},
    {"id", Field::id, ValueKind::number},
    {"rfc822msgid", Field::message_id, ValueKind::message_id},
};

constexpr std::string_view kStates[] = {"unread", "read", "starred", "draft", "sent", "todo"};

Error bad_value(const FieldInfo& info, std::string_view what, std::string_view example) {
  return {Code::usage, fmt::format("'{}:' {}", info.name, what), fmt::format("for example {}:{}", info.name, example)};
}

// Digits and nothing else.
std::optional<std::uint64_t> read_number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (text.size() > 1 && (text.back() == 'B' || text.back() == 'b')) text.remove_suffix(1);
  if (!text.empty()) {
    const char last = to_lower_ascii(text.substr(text.size() - 1)).front();
    unit = last == 'k' ? 1024ULL : last == 'm' ? 1024ULL * 1024 : last == 'g' ? 1024ULL * 1024 * 1024 : 1;
    if (unit > 1) text.remove_suffix(1);
  }
  const auto value = read_number(text);
  if (!value || *value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit)
    return std::nullopt;
  return *value * unit;
}

Status read_time(const FieldInfo& info, Term& term, Time now) {
  auto text = term.text;
  if (info.value == ValueKind::age) {
    const bool unit = !text.empty() && std::string_view("dwmy").find(text.back()) != std::string_view::npos;
    if (!unit || !read_number(std::string_view(text).substr(0, text.size() - 1))) {
      return bad_value(info, "takes a number of days, weeks, months or years", "7d, 2w, 6m or 1y");
    }
  }
  // Gmail writes dates with slashes.
  if (text.size() == 10 && text[4] == '/' && text[7] == '/') text[4] = text[7] = '-';
  const auto time = parse_date(text, now);
  if (!time || !*time) {
    return bad_value(info, fmt::format("cannot be '{}'", term.text), "2026-01-31, 2026-01-31T09:00:00Z or 90d");
  }
  term.time = **time;
  return {};
}

Status read_word(const FieldInfo& info, Term& term) {
  term.text = to_lower_ascii(term.text);
  if (info.value == ValueKind::has) {
    if (term.text == "attachment" || term.text == "attachments") {
      term.text = "attachment";
      return {};
    }
    if (term.text == "note") return {};
    return bad_value(info, "knows attachment, note", "attachment");
  }
  if (std::find(std::begin(kStates), std::end(kStates), term.text) != std::end(kStates)) return {};
  return bad_value(info, fmt::format("knows {}", fmt::join(kStates, ", ")), "unread");
}

// Blocks of punctuation and symbols, which no index has as words.
constexpr std::pair<unsigned, unsigned> kSymbols[] = {
    {0x80, 0xA9},     {0xAB, 0xB1},     {0xB4, 0xB4},     {0xB6, 0xB8},     {0xBB, 0xBB},
    {0xBF, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},     {0x2000, 0x206F}, {0x20A0, 0x20CF},
    {0x2190, 0x245F}, {0x2500, 0x2BFF}, {0x3000, 0x3004}, {0x3008, 0x3020}, {0xFE00, 0xFE6F},
    {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0x1F000, 0x1FAFF}};

bool is_word_character(unsigned code) {
  if (code < 0x80) return (code >= '0' && code <= '9') || ((code | 0x20U) >= 'a' && (code | 0x20U) <= 'z');
  return std::none_of(std::begin(kSymbols), std::end(kSymbols),
                      [&](const auto& range) { return code >= range.first && code <= range.second; });
}

}  // namespace

bool has_word(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    unsigned code = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      code = code << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    if (is_word_character(code)) return true;
    i += length;
  }
  return false;
}

const FieldInfo* find_field(std::string_view lower_case_name) {
  const auto* found = std::find_if(std::begin(kFields), std::end(kFields),
                                   [&](const auto& info) { return info.name == lower_case_name; });
  return found == std::end(kFields) ? nullptr : found;
}

std::string_view name_of(Field field) {
  const auto* found =
      std::find_if(std::begin(kFields), std::end(kFields), [&](const auto& info) { return info.field == field; });
  return found == std::end(kFields) ? std::string_view() : found->name;
}

std::string field_names() {
  std::string names;
  for (const auto& info : kFields) names += fmt::format("{}{}:", names.empty() ? "" : " ", info.name);
  return names;
}

Result<Term> make_term(const FieldInfo& info, std::string text, bool phrase, Time now) {
  Term term{info.field, std::move(text), phrase, std::nullopt, std::nullopt};
  if (term.text.find_first_not_of(" \t\r\n") == std::string::npos) return bad_value(info, "needs a value", "VALUE");
  Status status;
  switch (info.value) {
    case ValueKind::text:
      break;
    case ValueKind::message_id:
      if (!term.text.starts_with('<')) term.text.insert(0, 1, '<');
      if (!term.text.ends_with('>')) term.text += '>';
      break;
    case ValueKind::domain:
      term.text = to_lower_ascii(term.text);
      if (term.text.starts_with('@')) term.text.erase(0, 1);
      break;
    case ValueKind::is:
    case ValueKind::has:
      status = read_word(info, term);
      break;
    case ValueKind::size:
      term.number = read_size(term.text);
      if (!term.number) status = bad_value(info, "takes a number of bytes, with K, M or G", "5M");
      break;
    case ValueKind::number:
      term.number = read_number(term.text);
      if (!term.number || *term.number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        status = bad_value(info, "takes the number of a message", "42");
      }
      break;
    case ValueKind::date:
    case ValueKind::age:
      status = read_time(info, term, now);
      break;
  }
  if (!status) return status.error();
  return term;
}

}  // namespace mailmgr::query
