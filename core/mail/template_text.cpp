#include "core/mail/template_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/base/encoding.h"
#include "core/base/lines.h"
#include "core/mail/html_escape.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestVariable = 200;
constexpr std::string_view kOpenBraces = "{{";
constexpr std::string_view kLiteralBraces = "{{{{";
constexpr std::string_view kTemplateSyntax = "a variable is written {{name}}, two literal braces are written {{{{";

// Text that stands as it is, followed by a variable; the last piece has none.
struct Piece {
  std::string text;
  std::string variable;
  std::size_t offset = 0;  // of the variable in its part
};

struct Part {
  std::string_view name;  // for people
  std::string_view text;
  std::vector<Piece> pieces;
};

std::string place(const Part& part, std::size_t offset) {
  const auto before = part.text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto start = before.rfind('\n');
  const auto in_line = before.substr(start == std::string_view::npos ? 0 : start + 1);
  const auto column = std::count_if(in_line.begin(), in_line.end(),
                                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }) +
                      1;
  return fmt::format("{}, line {}, column {}", part.name, line, column);
}

Error template_error(std::string message, std::string hint = {}) {
  return {Code::usage, std::move(message), std::move(hint)};
}

// Splits the text of a part into its pieces.
Status read_pieces(Part& part) {
  if (!is_valid_utf8(part.text)) return template_error(fmt::format("its {} is not valid UTF-8", part.name));
  Piece piece;
  std::size_t at = 0;
  while (true) {
    const auto open = part.text.find(kOpenBraces, at);
    piece.text += part.text.substr(at, open == std::string_view::npos ? open : open - at);
    if (open == std::string_view::npos) break;
    if (part.text.substr(open).starts_with(kLiteralBraces)) {
      piece.text += kOpenBraces;
      at = open + kLiteralBraces.size();
      continue;
    }
    const auto close = part.text.find("}}", open);
    const auto inside = part.text.substr(open + 2, close == std::string_view::npos ? 0 : close - open - 2);
    const auto begin = std::min(inside.find_first_not_of(" \t"), inside.size());
    const auto name = inside.substr(begin, inside.find_last_not_of(" \t") + 1 - begin);
    if (!is_variable_name(name)) {
      return template_error(fmt::format("what begins at {} is no variable", place(part, open)),
                            std::string(kTemplateSyntax));
    }
    piece.variable = name;
    piece.offset = open;
    part.pieces.push_back(std::move(piece));
    piece = {};
    at = close + 2;
  }
  part.pieces.push_back(std::move(piece));
  return {};
}

Result<std::vector<Part>> read_parts_of(const MailTemplate& pattern) {
  std::vector<Part> parts{{"subject", pattern.subject, {}}};
  if (pattern.text) parts.push_back({"text", *pattern.text, {}});
  if (pattern.html) parts.push_back({"HTML", *pattern.html, {}});
  for (auto& part : parts) {
    if (auto read = read_pieces(part); !read) return read.error();
  }
  return parts;
}

Status check_values_are_there(const std::vector<Part>& parts, const TemplateValues& values) {
  std::set<std::string_view> missing;
  std::string message;
  std::string hint;
  for (const auto& part : parts) {
    for (const auto& piece : part.pieces) {
      if (piece.variable.empty() || values.contains(piece.variable)) continue;
      if (!missing.insert(piece.variable).second) continue;
      message += fmt::format("{}'{}' ({})", message.empty() ? "no value for " : ", ", piece.variable,
                             place(part, piece.offset));
      hint += fmt::format("{}--var {}=VALUE", hint.empty() ? "" : " ", piece.variable);
    }
  }
  return missing.empty() ? Status() : template_error(std::move(message), std::move(hint));
}

Status check_values(const TemplateValues& values) {
  for (const auto& [name, value] : values) {
    if (!is_valid_utf8(value))
      return template_error(fmt::format("the value of '{}' is not valid UTF-8", to_valid_utf8(name)));
  }
  return {};
}

Status check_subject_values(const Part& subject, const TemplateValues& values) {
  for (const auto& piece : subject.pieces) {
    if (piece.variable.empty() || !breaks_lines(values.find(piece.variable)->second)) continue;
    return template_error(
        fmt::format("the value of '{}' has a line break or a control character and cannot stand in "
                    "the subject ({})",
                    piece.variable, place(subject, piece.offset)));
  }
  return {};
}

std::string joined(const Part& part, const TemplateValues& values, bool html) {
  std::string out;
  for (const auto& piece : part.pieces) {
    out += piece.text;
    if (piece.variable.empty()) continue;
    const auto& value = values.find(piece.variable)->second;
    out += html ? mail::escape_html(value) : value;
  }
  return out;
}

}  // namespace

bool is_variable_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
  };
  return !name.empty() && name.size() <= kLongestVariable && std::all_of(name.begin(), name.end(), allowed) &&
         is_valid_utf8(name) && !breaks_lines(name);
}

Result<std::vector<std::string>> template_variables(const MailTemplate& pattern) {
  const auto parts = read_parts_of(pattern);
  if (!parts) return parts.error();
  std::vector<std::string> names;
  for (const auto& part : *parts) {
    for (const auto& piece : part.pieces) {
      if (piece.variable.empty() || std::find(names.begin(), names.end(), piece.variable) != names.end()) continue;
      names.push_back(piece.variable);
    }
  }
  return names;
}

Result<FilledTemplate> fill_template(const MailTemplate& pattern, const TemplateValues& values) {
  const auto parts = read_parts_of(pattern);
  if (!parts) return parts.error();
  if (auto there = check_values_are_there(*parts, values); !there) return there.error();
  if (auto good = check_values(values); !good) return good.error();
  if (auto good = check_subject_values(parts->front(), values); !good) return good.error();

  FilledTemplate filled;
  std::set<std::string_view> used;
  for (const auto& part : *parts) {
    for (const auto& piece : part.pieces) used.insert(piece.variable);
    const bool html = part.name == "HTML";
    auto text = joined(part, values, html);
    if (part.name == "subject") {
      filled.content.subject = std::move(text);
    } else {
      (html ? filled.content.html : filled.content.text) = std::move(text);
    }
  }
  for (const auto& [name, value] : values) {
    if (!used.contains(name)) filled.unused.push_back(name);
  }
  return filled;
}

}  // namespace mailmgr
