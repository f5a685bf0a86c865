#include "core/query/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"
#include "core/query/fields.h"

namespace mailmgr::query {
namespace {

using Kind = Token::Kind;

constexpr std::string_view kPlace = "reading the query, at character ";
constexpr std::string_view kBlank = " \t\r\n\f\v";
constexpr std::string_view kEndOfWord = " \t\r\n\f\v(){}\"";

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    while (true) {
      at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size());
      if (at_ == text_.size()) break;
      if (auto status = step(); !status) return status.error();
    }
    push(Kind::end, {}, at_);
    return std::move(tokens_);
  }

 private:
  Status step() {
    switch (text_[at_]) {
      case '(':
        return mark(Kind::open);
      case ')':
        return mark(Kind::close);
      case '{':
        return mark(Kind::open_any);
      case '}':
        return mark(Kind::close_any);
      case '"':
        return phrase();
      case '-':
        return minus();
      default:
        return word();
    }
  }

  Status mark(Kind kind) {
    push(kind, {}, at_);
    ++at_;
    return {};
  }

  // A dash with nothing to negate is punctuation: "Monday - Friday".
  Status minus() {
    const auto next = text_.find_first_not_of('-', at_);
    if (next == std::string_view::npos || kBlank.find(text_[next]) != std::string_view::npos) {
      at_ = std::min(next, text_.size());
      return {};
    }
    return mark(Kind::minus);
  }

  // A quotation mark within stands behind a backslash, and a backslash may.
  Status phrase() {
    std::string phrase;
    for (auto i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        push(Kind::phrase, std::move(phrase), at_);
        at_ = i + 1;
        return {};
      }
      const auto rest = text_.substr(i);
      if (rest.starts_with("\\\"") || rest.starts_with("\\\\")) ++i;
      phrase += text_[i];
    }
    return error_at(text_, at_, "this quotation mark is not closed", "close it with a second \"");
  }

  Status word() {
    const auto end = std::min(text_.find_first_of(kEndOfWord, at_), text_.size());
    const auto word = text_.substr(at_, end - at_);
    if (const auto colon = word.find(':'); colon != std::string_view::npos && is_name(word.substr(0, colon))) {
      const auto name = to_lower_ascii(word.substr(0, colon));
      const auto after = at_ + colon + 1;
      const bool has_value = after < text_.size() && (kBlank.find(text_[after]) == std::string_view::npos) &&
                             text_[after] != ')' && text_[after] != '}';
      const bool known = find_field(name) != nullptr;
      // "Re:" and "https://example.org" are words; other names before a colon are meant as fields.
      if (known || (has_value && !word.substr(colon + 1).starts_with("//")))
        return field(name, after, known, has_value);
    }
    at_ = end;
    if (word == "OR" || word == "NOT") {
      push(word == "OR" ? Kind::or_ : Kind::not_, {}, at_ - word.size());
    } else {
      push(Kind::word, std::string(word), at_ - word.size());
    }
    return {};
  }

  Status field(const std::string& name, std::size_t after, bool known, bool has_value) {
    if (!known) {
      return error_at(text_, at_, fmt::format("unknown field '{}:'", name),
                      "fields are " + field_names() + "; put a word with a colon into quotation marks");
    }
    if (!has_value) {
      return error_at(text_, at_, fmt::format("'{}:' needs a value right after the colon", name),
                      fmt::format("mailmgr search '{}:VALUE'", name));
    }
    push(Kind::field, name, at_);
    at_ = after;
    if (text_[at_] == '"') return phrase();
    if (text_[at_] == '(' || text_[at_] == '{') return {};
    const auto end = std::min(text_.find_first_of(kEndOfWord, at_), text_.size());
    push(Kind::word, std::string(text_.substr(at_, end - at_)), at_);
    at_ = end;
    return {};
  }

  void push(Kind kind, std::string text, std::size_t at) { tokens_.push_back({kind, std::move(text), at}); }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view text) {
  return Lexer(text).run();
}

Error error_at(std::string_view text, std::size_t at, std::string_view what, std::string hint) {
  const auto before = text.substr(0, at);
  const auto position = 1 + std::count_if(before.begin(), before.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return {Code::usage, fmt::format("{}{}: {}", kPlace, position, what), std::move(hint)};
}

std::optional<std::size_t> place_of(const Error& error) {
  if (!error.message.starts_with(kPlace)) return std::nullopt;
  std::size_t position = 0;
  const auto* digits = error.message.data() + kPlace.size();
  const auto [end, problem] = std::from_chars(digits, error.message.data() + error.message.size(), position);
  return problem == std::errc() && end != digits && position > 0 ? std::optional(position - 1) : std::nullopt;
}

}  // namespace mailmgr::query
