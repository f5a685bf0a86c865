#include <fmt/format.h>

#include "core/base/encoding.h"
#include "core/query/fields.h"
#include "core/query/lexer.h"
#include "core/query/query.h"

namespace mailmgr::query {
namespace {

using Kind = Token::Kind;

constexpr std::size_t kLongestQuery = 64 * 1024;
constexpr int kDeepest = 100;

// Recursive descent:  all = any…   any = one (OR one)…   one = (NOT | -) one | ( all ) | { one… } | field one | word
// As in Gmail, OR binds tighter than the space between words.
class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens, Time now)
      : text_(text), tokens_(std::move(tokens)), now_(now) {}

  Result<Query> run() {
    auto root = all(Kind::end);
    if (!root) return root.error();
    query_.root = std::move(*root);
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
    if (++depth_ > kDeepest) return fail("nested deeper than 100 levels");
    auto node = unlimited_one();
    --depth_;
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
    if (field_ == nullptr) {
      node.term = Term{Field::any, token.text, phrase, std::nullopt, std::nullopt};
    } else {
      auto term = make_term(*field_, token.text, phrase, now_);
      if (!term) return fail(term.error().message, term.error().hint);
      node.term = std::move(*term);
      note_reach(node.term);
    }
    ++next_;
    return node;
  }

  void note_reach(const Term& term) {
    if (term.field != Field::in && term.field != Field::label) return;
    const auto name = to_lower_ascii(term.text);
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
  Time now_;
  std::size_t next_ = 0;
  int depth_ = 0;
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
  return fmt::format("{}{}\"{}\"", name, name.empty() ? "" : ":", value);
}

}  // namespace

Result<Query> parse(std::string_view text, Time now) {
  if (text.size() > kLongestQuery) {
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
  return Parser(text, std::move(*tokens), now).run();
}

std::string to_string(const Node& node) {
  if (node.kind == Node::Kind::term) return term_to_string(node.term);
  std::string out = node.kind == Node::Kind::all_of ? "(and" : node.kind == Node::Kind::any_of ? "(or" : "(not";
  for (const auto& child : node.children) out += " " + to_string(child);
  return out + ")";
}

}  // namespace mailmgr::query
