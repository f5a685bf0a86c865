#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/query/fields.h"
#include "core/query/lexer.h"
#include "core/query/query.h"

namespace mailmgr::query {
namespace {

using Kind = Token::Kind;

constexpr std::size_t kLongestQuery = 64 * 1024;
constexpr int kDeepest = 100;
constexpr std::size_t kLongestName = 64;

// What a query and the saved searches in it share.
struct Reading {
  Time now;
  const SavedText& saved;
  std::vector<std::string> open = {};  // the saved searches that are being read, the outermost first
  std::size_t bytes = 0;
  int depth = 0;
};

Result<Query> parse_part(std::string_view text, Reading& reading);

bool is_text(Field field) {
  return field == Field::any || field == Field::subject || field == Field::body || field == Field::filename ||
         field == Field::note;
}

// Asks for nothing: punctuation, and what is made of it alone.
bool is_silent(const Node& node) {
  if (node.kind == Node::Kind::term) return is_text(node.term.field) && !has_word(node.term.text);
  return !node.children.empty() && std::all_of(node.children.begin(), node.children.end(), is_silent);
}

// Takes out what asks for nothing beside what asks for something.
void prune(Node& node) {
  for (auto& child : node.children) prune(child);
  if (node.kind != Node::Kind::all_of || is_silent(node)) return;
  std::erase_if(node.children, is_silent);
  if (node.children.size() != 1) return;
  Node only = std::move(node.children.front());
  node = std::move(only);
}

bool leaves_out_nothing(const Node& node) {
  if (node.kind == Node::Kind::none_of && is_silent(node)) return true;
  return std::any_of(node.children.begin(), node.children.end(), leaves_out_nothing);
}

// Recursive descent:  all = any…   any = one (OR one)…   one = (NOT | -) one | ( all ) | { one… } | field one | word
// As in Gmail, OR binds tighter than the space between words.
class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens, Reading& reading)
      : text_(text), tokens_(std::move(tokens)), reading_(reading) {}

  Result<Query> run() {
    auto root = all(Kind::end);
    if (!root) return root.error();
    query_.root = std::move(*root);
    prune(query_.root);
    // What is left out of nothing would be everything.
    if (leaves_out_nothing(query_.root)) return error_at(text_, 0, "NOT needs a word after it", "mailmgr help query");
    return std::move(query_);
  }

 private:
  const Token& here() const { return tokens_[next_]; }

  Error fail(std::string_view what, std::string hint = {}) const {
    return error_at(text_, here().at, what, std::move(hint));
  }

  // Up to `close`, which is not consumed, or the end. In braces every part is an alternative, as in Gmail.
  Result<Node> all(Kind close) {
    Node node{close == Kind::close_any ? Node::Kind::any_of : Node::Kind::all_of, {}, {}};
    while (here().kind != close && here().kind != Kind::end) {
      auto child = any();
      if (!child) return child;
      node.children.push_back(std::move(*child));
    }
    return simplified(std::move(node));
  }

  Result<Node> any() {
    Node node{Node::Kind::any_of, {}, {}};
    while (true) {
      auto child = one();
      if (!child) return child;
      node.children.push_back(std::move(*child));
      if (here().kind != Kind::or_) return simplified(std::move(node));
      ++next_;
      if (here().kind == Kind::end || here().kind == Kind::close || here().kind == Kind::close_any) {
        return fail("OR needs something on both sides", "to look for the word, write \"OR\" in quotation marks");
      }
    }
  }

  Result<Node> one() {
    if (++reading_.depth > kDeepest) return fail("nested deeper than 100 levels");
    auto node = unlimited_one();
    --reading_.depth;
    return node;
  }

  Result<Node> unlimited_one() {
    const auto& token = here();
    switch (token.kind) {
      case Kind::minus:
      case Kind::not_:
        return negation();
      case Kind::open:
        return group(Kind::close, ')');
      case Kind::open_any:
        return group(Kind::close_any, '}');
      case Kind::field:
        return field();
      case Kind::word:
      case Kind::phrase:
        return value();
      case Kind::or_:
        return fail("OR needs something on both sides", "to look for the word, write \"OR\" in quotation marks");
      case Kind::close:
        return fail("')' without '('");
      case Kind::close_any:
        return fail("'}' without '{'");
      case Kind::end:
        break;
    }
    return fail("something is missing here");
  }

  Result<Node> negation() {
    ++next_;
    if (here().kind == Kind::end)
      return fail("NOT needs something after it", "to look for the word, write \"NOT\" in quotation marks");
    auto child = one();
    if (!child) return child;
    Node node{Node::Kind::none_of, {}, {}};
    node.children.push_back(std::move(*child));
    return node;
  }

  Result<Node> group(Kind close, char written) {
    const auto opening = next_++;
    if (here().kind == close) return fail("there is nothing inside");
    auto node = all(close);
    if (!node) return node;
    if (here().kind != close) {
      next_ = opening;
      return fail(fmt::format("this is not closed with '{}'", written));
    }
    ++next_;
    return node;
  }

  // field:value, or field:(…) where the field holds for every word inside that names none.
  Result<Node> field() {
    const auto* outer = field_;
    field_ = find_field(here().text);
    ++next_;
    auto node = one();
    field_ = outer;
    return node;
  }

  Result<Node> value() {
    const auto& token = here();
    Node node{Node::Kind::term, {}, {}};
    const bool phrase = token.kind == Kind::phrase;
    if (token.text.find_first_not_of(" \t\r\n") == std::string::npos) {
      return fail("there is nothing between the quotation marks");
    }
    const bool refers = !phrase && token.text.front() == '@' && is_saved_name(token.text.substr(1));
    if (field_ == nullptr && refers && reading_.saved) return saved(token.text.substr(1));
    if (field_ == nullptr) {
      node.term = Term{Field::any, token.text, phrase, std::nullopt, std::nullopt};
    } else {
      auto term = make_term(*field_, token.text, phrase, reading_.now);
      if (!term) return fail(term.error().message, term.error().hint);
      node.term = std::move(*term);
      note_reach(node.term);
    }
    ++next_;
    return node;
  }

  Result<Node> saved(const std::string& name) {
    auto& open = reading_.open;
    if (std::find(open.begin(), open.end(), name) != open.end()) {
      return fail(fmt::format("the saved search @{} refers to itself", name), "mailmgr search --saved");
    }
    auto text = reading_.saved(name);
    if (!text) return text.error();
    if (!*text) {
      auto error = fail(fmt::format("there is no saved search @{}", name),
                        fmt::format("mailmgr search --saved lists them; to look for the word, write \"@{}\"", name));
      error.code = Code::not_found;
      return error;
    }
    open.push_back(name);
    auto inner = parse_part(**text, reading_);
    open.pop_back();
    if (!inner) {
      auto error = fail(fmt::format("in the saved search @{}: {}", name, inner.error().message), inner.error().hint);
      error.code = inner.error().code;
      return error;
    }
    query_.reaches_spam |= inner->reaches_spam;
    query_.reaches_trash |= inner->reaches_trash;
    ++next_;
    return std::move(inner->root);
  }

  void note_reach(const Term& term) {
    if (term.field != Field::in && term.field != Field::label) return;
    auto name = to_lower_ascii(term.text);
    if (name.ends_with("/*")) name.resize(name.size() - 2);
    if (name == "spam" || name == "anywhere") query_.reaches_spam = true;
    if (name == "trash" || name == "anywhere") query_.reaches_trash = true;
  }

  static Node simplified(Node node) {
    if (node.children.size() != 1) return node;
    Node only = std::move(node.children.front());
    return only;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  Reading& reading_;
  std::size_t next_ = 0;
  const FieldInfo* field_ = nullptr;  // what words mean here
  Query query_;
};

std::string term_to_string(const Term& term) {
  std::string value = term.text;
  if (term.time) {
    value = to_rfc3339(*term.time);
  } else if (term.number) {
    value = std::to_string(*term.number);
  }
  const auto name = name_of(term.field);
  return fmt::format("{}{}{}", name, name.empty() ? "" : ":", quoted(value));
}

Result<Query> parse_part(std::string_view text, Reading& reading) {
  reading.bytes += text.size();
  if (reading.bytes > kLongestQuery) {
    return Error{Code::usage, "reading the query: it is longer than 64 KiB", "give ids on stdin instead"};
  }
  if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    return Error{Code::usage, "reading the query: it is not valid UTF-8 text", ""};
  }
  auto tokens = tokenize(text);
  if (!tokens) return tokens.error();
  // Only a blank query means everything; "-" must not.
  if (tokens->size() == 1 && text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    return error_at(text, 0, "there is no word in it", "mailmgr help query");
  }
  return Parser(text, std::move(*tokens), reading).run();
}

}  // namespace

Result<Query> parse(std::string_view text, Time now, const SavedText& saved) {
  Reading reading{now, saved};
  return parse_part(text, reading);
}

std::string quoted(std::string_view text) {
  std::string phrase = "\"";
  for (const char c : text) phrase.append(c == '"' || c == '\\' ? "\\" : "").push_back(c);
  return phrase + '"';
}

bool is_saved_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || c == '-' || c == '_' || (byte >= '0' && byte <= '9') ||
           ((byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z');
  });
}

std::string to_string(const Node& node) {
  if (node.kind == Node::Kind::term) return term_to_string(node.term);
  std::string out = node.kind == Node::Kind::all_of ? "(and" : node.kind == Node::Kind::any_of ? "(or" : "(not";
  for (const auto& child : node.children) out += " " + to_string(child);
  return out + ")";
}

}  // namespace mailmgr::query
