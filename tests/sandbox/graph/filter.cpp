#include "tests/sandbox/graph/filter.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "core/base/encoding.h"
#include "core/base/time.h"
#include "tests/sandbox/graph/fault.h"

namespace mailmgr::sandbox::graph {

struct Filter::Node {
  enum class Kind { all_of, any_of, negate, compare, function, any_element } kind = Kind::compare;
  std::vector<std::unique_ptr<Node>> children;
  std::string path;       // property, or collection of any_element
  std::string operation;  // eq ne gt ge lt le, contains startswith endswith
  Value literal;
};

namespace {

using Node = Filter::Node;
using NodePtr = std::unique_ptr<Node>;

constexpr int kMaxDepth = 32;

[[noreturn]] void syntax_error(std::string_view what) {
  bad_request("Invalid filter clause: " + std::string(what));
}

// Splits into words, quoted strings (with their quotes), and the characters ( ) , :
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == ' ' || c == '\t') {
      ++at;
    } else if (c == '(' || c == ')' || c == ',') {
      tokens.emplace_back(1, c);
      ++at;
    } else if (c == '\'') {
      std::string quoted = "'";
      for (++at;; ++at) {
        if (at >= text.size()) {
          syntax_error("There is an unterminated string literal.");
        }
        if (text[at] == '\'' && at + 1 < text.size() && text[at + 1] == '\'') {
          ++at;  // a doubled quote stands for one
        } else if (text[at] == '\'') {
          ++at;
          break;
        }
        quoted += text[at];
      }
      tokens.push_back(std::move(quoted));
    } else {
      const auto end = std::min(text.find_first_of(" \t(),'", at), text.size());
      tokens.emplace_back(text.substr(at, end - at));
      at = end;
    }
  }
  return tokens;
}

class Parser {
 public:
  Parser(std::vector<std::string> tokens, const PropertyTypes& types, std::string_view type_name)
      : tokens_(std::move(tokens)), types_(types), type_name_(type_name) {}

  NodePtr parse() {
    auto node = either(0);
    if (at_ != tokens_.size()) {
      syntax_error("Syntax error at '" + tokens_[at_] + "'.");
    }
    return node;
  }
  std::vector<std::string> properties;

 private:
  const std::string& peek() const {
    static const std::string end;
    return at_ < tokens_.size() ? tokens_[at_] : end;
  }
  std::string take() {
    if (at_ >= tokens_.size()) {
      syntax_error("The expression ends too early.");
    }
    return tokens_[at_++];
  }
  void expect(std::string_view token) {
    if (take() != token) {
      syntax_error("'" + std::string(token) + "' expected.");
    }
  }

  NodePtr either(int depth) { return chain("or", Node::Kind::any_of, depth, &Parser::both); }
  NodePtr both(int depth) { return chain("and", Node::Kind::all_of, depth, &Parser::unary); }

  NodePtr chain(std::string_view word, Node::Kind kind, int depth, NodePtr (Parser::*next)(int)) {
    if (depth > kMaxDepth) {
      fail(400, "ErrorRestrictionTooComplex", "The restriction is too complex for this operation.");
    }
    auto first = (this->*next)(depth);
    if (peek() != word) {
      return first;
    }
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->children.push_back(std::move(first));
    while (peek() == word) {
      ++at_;
      node->children.push_back((this->*next)(depth));
    }
    return node;
  }

  NodePtr unary(int depth) {
    if (depth > kMaxDepth) {
      fail(400, "ErrorRestrictionTooComplex", "The restriction is too complex for this operation.");
    }
    if (peek() == "not") {
      ++at_;
      auto node = std::make_unique<Node>();
      node->kind = Node::Kind::negate;
      node->children.push_back(unary(depth + 1));
      return node;
    }
    if (peek() == "(") {
      ++at_;
      auto node = either(depth + 1);
      expect(")");
      return node;
    }
    const auto word = take();
    if (word == "contains" || word == "startswith" || word == "endswith") {
      return function(word);
    }
    if (word.ends_with("/any") && peek() == "(") {
      return any_element(word.substr(0, word.size() - 4), depth);
    }
    return comparison(word);
  }

  PropertyType property(const std::string& path) {
    if (!variable_.empty()) {  // inside any(): the variable, or a member of it
      if (path != variable_ && !path.starts_with(variable_ + "/")) {
        syntax_error("Only '" + variable_ + "' can be used inside this any().");
      }
      return PropertyType::text;
    }
    const auto found = types_.find(path);
    if (found == types_.end()) {
      bad_request("Invalid filter clause: Could not find a property named '" + path + "' on type '" +
                  std::string(type_name_) + "'.");
    }
    properties.push_back(path);
    return found->second;
  }

  std::string stored_path(const std::string& path) const {
    if (variable_.empty()) {
      return path;
    }
    return path == variable_ ? std::string() : path.substr(variable_.size() + 1);
  }

  NodePtr function(const std::string& name) {
    expect("(");
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::function;
    node->operation = name;
    const auto path = take();
    if (property(path) != PropertyType::text) {
      syntax_error("The function '" + name + "' needs a string property.");
    }
    node->path = stored_path(path);
    expect(",");
    node->literal = literal(take(), PropertyType::text);
    expect(")");
    if (peek() == "eq") {  // contains(…) eq true
      ++at_;
      expect("true");
    }
    return node;
  }

  NodePtr any_element(const std::string& path, int depth) {
    const auto found = types_.find(path);
    if (found == types_.end() || found->second != PropertyType::collection || !variable_.empty()) {
      bad_request("Invalid filter clause: any() cannot be used on '" + path + "'.");
    }
    properties.push_back(path);
    expect("(");
    auto name = take();
    if (name.ends_with(':')) {
      name.pop_back();
    } else if (const auto colon = name.find(':'); colon != std::string::npos) {  // "c:c" with the body's first word
      tokens_.insert(tokens_.begin() + static_cast<std::ptrdiff_t>(at_), name.substr(colon + 1));
      name.resize(colon);
    } else {
      syntax_error("any() needs a variable and a colon.");
    }
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::any_element;
    node->path = path;
    variable_ = name;
    node->children.push_back(either(depth + 1));
    variable_.clear();
    expect(")");
    return node;
  }

  NodePtr comparison(const std::string& path) {
    auto node = std::make_unique<Node>();
    const auto type = property(path);
    if (type == PropertyType::collection) {
      bad_request("Invalid filter clause: '" + path + "' is a collection; use any().");
    }
    node->path = stored_path(path);
    node->operation = take();
    static constexpr std::string_view kOperations[] = {"eq", "ne", "gt", "ge", "lt", "le"};
    if (std::find(std::begin(kOperations), std::end(kOperations), node->operation) == std::end(kOperations)) {
      syntax_error("'" + node->operation + "' is not an operator.");
    }
    node->literal = literal(take(), type);
    return node;
  }

  Value literal(const std::string& token, PropertyType type) {
    if (token == "null") {
      return std::monostate{};
    }
    std::int64_t number = 0;
    if (type == PropertyType::text && token.starts_with('\'')) {
      return token.substr(1);
    }
    if (type == PropertyType::boolean && (token == "true" || token == "false")) {
      return token == "true";
    }
    if (type == PropertyType::time && parse_time_literal(token, number)) {
      return Time64{number};
    }
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
    if (type == PropertyType::number && error == std::errc() && end == token.data() + token.size()) {
      return number;
    }
    syntax_error("A binary operator with incompatible types was detected at '" + token + "'.");
  }

  std::vector<std::string> tokens_;
  const PropertyTypes& types_;
  std::string_view type_name_;
  std::string variable_;  // of the any() being read
  std::size_t at_ = 0;
};

// Exchange compares text without regard to case; ids are case-sensitive.
bool compare(const Value& left, std::string_view operation, const Value& right, bool exact) {
  if (std::holds_alternative<std::monostate>(left) || std::holds_alternative<std::monostate>(right)) {
    const bool same = left.index() == right.index();
    return operation == "eq" ? same : operation == "ne" && !same;
  }
  std::strong_ordering order = std::strong_ordering::equal;
  if (const auto* text = std::get_if<std::string>(&left)) {
    const auto& other = std::get<std::string>(right);
    order = exact ? *text <=> other : to_lower_ascii(*text) <=> to_lower_ascii(other);
  } else if (const auto* flag = std::get_if<bool>(&left)) {
    order = *flag <=> std::get<bool>(right);
  } else if (const auto* time = std::get_if<Time64>(&left)) {
    order = *time <=> std::get<Time64>(right);
  } else {
    order = std::get<std::int64_t>(left) <=> std::get<std::int64_t>(right);
  }
  if (operation == "eq") return order == 0;
  if (operation == "ne") return order != 0;
  if (operation == "gt") return order > 0;
  if (operation == "ge") return order >= 0;
  if (operation == "lt") return order < 0;
  return order <= 0;
}

bool apply_function(std::string_view name, const Value& value, const Value& argument) {
  const auto* text = std::get_if<std::string>(&value);
  const auto* wanted = std::get_if<std::string>(&argument);
  if (text == nullptr || wanted == nullptr) {
    return false;
  }
  const auto hay = to_lower_ascii(*text);
  const auto needle = to_lower_ascii(*wanted);
  return name == "contains"     ? hay.find(needle) != std::string::npos
         : name == "startswith" ? hay.starts_with(needle)
                                : hay.ends_with(needle);
}

class ElementEntity final : public Entity {
 public:
  explicit ElementEntity(const Element& element) : element_(element) {}
  Value value(std::string_view path) const override {
    const auto found = element_.find(std::string(path));
    return found == element_.end() ? Value() : Value(found->second);
  }
  std::vector<Element> elements(std::string_view) const override { return {}; }

 private:
  const Element& element_;
};

bool evaluate(const Node& node, const Entity& entity) {
  const auto holds = [&](const NodePtr& child) { return evaluate(*child, entity); };
  switch (node.kind) {
    case Node::Kind::all_of:
      return std::all_of(node.children.begin(), node.children.end(), holds);
    case Node::Kind::any_of:
      return std::any_of(node.children.begin(), node.children.end(), holds);
    case Node::Kind::negate:
      return !holds(node.children.front());
    case Node::Kind::compare:
      return compare(entity.value(node.path), node.operation, node.literal,
                     node.path == "id" || node.path == "conversationId" || node.path == "parentFolderId");
    case Node::Kind::function:
      return apply_function(node.operation, entity.value(node.path), node.literal);
    case Node::Kind::any_element:
      break;
  }
  const auto elements = entity.elements(node.path);
  return std::any_of(elements.begin(), elements.end(),
                     [&](const Element& element) { return evaluate(*node.children.front(), ElementEntity(element)); });
}

}  // namespace

Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

Filter Filter::parse(std::string_view text, const PropertyTypes& properties, std::string_view type_name) {
  Parser parser(tokens_of(text), properties, type_name);
  Filter filter;
  filter.root_ = parser.parse();
  filter.properties_ = std::move(parser.properties);
  return filter;
}

bool Filter::matches(const Entity& entity) const {
  return evaluate(*root_, entity);
}

bool parse_time_literal(std::string_view text, std::int64_t& seconds) {
  const bool date_only = text.size() == 10 && text.find('T') == std::string_view::npos;
  const auto time = from_rfc3339(date_only ? std::string(text) + "T00:00:00Z" : std::string(text));
  if (!time) {
    return false;
  }
  seconds = to_unix_seconds(*time);
  return true;
}

}  // namespace mailmgr::sandbox::graph
