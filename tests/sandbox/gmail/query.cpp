#include "tests/sandbox/gmail/query.h"

#include <glib.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/encoding.h"
#include "tests/sandbox/gmail/query_match.h"

namespace mailmgr::sandbox::gmail {
namespace {

constexpr int kMaxDepth = 30;
constexpr std::array<std::string_view, 24> kOperators = {
    "from",       "to",         "cc",       "bcc",    "subject", "label",  "in",          "is",
    "has",        "category",   "filename", "list",   "after",   "before", "newer",       "older",
    "newer_than", "older_than", "size",     "larger", "smaller", "header", "deliveredto", "rfc822msgid"};

bool is_operator(std::string_view word) {
  return std::find(kOperators.begin(), kOperators.end(), word) != kOperators.end();
}

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::vector<std::string> search_tokens(std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::string folded;
  if (ascii) {
    folded = to_lower_ascii(text);
  } else {
    gchar* lower = g_utf8_strdown(to_valid_utf8(text).c_str(), -1);
    folded = lower;
    g_free(lower);
  }
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < folded.size();) {
    const auto start = at;
    while (at < folded.size() && is_word_byte(folded[at])) {
      ++at;
    }
    if (at > start) {
      tokens.push_back(folded.substr(start, at - start));
    } else {
      ++at;
    }
  }
  return tokens;
}

class QueryParser {
 public:
  explicit QueryParser(std::string_view text) : text_(text) {}

  Query::Node parse() {
    Query::Node root;
    while (true) {
      sequence(root, "", 0);
      if (at_ >= text_.size()) {
        return root;
      }
      ++at_;  // a closing bracket that nothing opened
    }
  }

 private:
  using Node = Query::Node;
  using Kind = Query::Kind;

  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) {
      ++at_;
    }
  }

  bool at_end_of_group() const { return at_ >= text_.size() || text_[at_] == ')' || text_[at_] == '}'; }

  // Units up to the closing bracket, which stays. OR joins the units on its two sides.
  void sequence(Node& into, const std::string& op, int depth) {
    bool join = false;
    for (skip_spaces(); !at_end_of_group(); skip_spaces()) {
      if (take_word("OR") || take_word("|")) {
        join = !into.children.empty();
        continue;
      }
      if (take_word("AND")) {
        continue;
      }
      Node node = unit(op, depth);
      if (node.kind == Kind::leaf && node.op.empty() && node.tokens.empty()) {
        continue;  // punctuation only
      }
      if (!join) {
        into.children.push_back(std::move(node));
      } else if (into.children.back().kind == Kind::any) {
        into.children.back().children.push_back(std::move(node));
      } else {
        Node either;
        either.kind = Kind::any;
        either.children.push_back(std::move(into.children.back()));
        either.children.push_back(std::move(node));
        into.children.back() = std::move(either);
      }
      join = false;
    }
  }

  bool take_word(std::string_view word) {
    const auto after = at_ + word.size();
    const bool here = text_.substr(at_, word.size()) == word && (after == text_.size() || text_[after] == ' ');
    at_ += here ? word.size() : 0;
    return here;
  }

  Node unit(const std::string& op, int depth) {
    const char c = text_[at_];
    if (c == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ' ' && depth < kMaxDepth) {
      ++at_;
      Node negated;
      negated.kind = Kind::none;
      if (!at_end_of_group()) {
        negated.children.push_back(unit(op, depth + 1));
      }
      return negated;
    }
    if ((c == '(' || c == '{') && depth < kMaxDepth) {
      return group(op, depth);
    }
    if (c == '"') {
      return leaf(op, quoted());
    }
    return word_or_operator(op, depth);
  }

  Node group(const std::string& op, int depth) {
    Node node;
    node.kind = text_[at_] == '{' ? Kind::any : Kind::all;
    ++at_;
    sequence(node, op, depth + 1);
    at_ += at_ < text_.size() ? 1 : 0;
    return node;
  }

  std::string quoted() {
    const auto end = text_.find('"', at_ + 1);
    const auto inner = text_.substr(at_ + 1, end == std::string_view::npos ? end : end - at_ - 1);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    return std::string(inner);
  }

  std::string bare() {
    const auto end = std::min(text_.find_first_of(" \t\n(){}\"", at_), text_.size());
    std::string word(text_.substr(at_, end - at_));
    at_ = end == at_ ? at_ + 1 : end;  // always forward
    return word;
  }

  Node word_or_operator(const std::string& op, int depth) {
    const auto colon = text_.find_first_of(": \t(){}\"", at_);
    if (colon != std::string_view::npos && text_[colon] == ':') {
      const auto name = to_lower_ascii(text_.substr(at_, colon - at_));
      if (is_operator(name)) {
        at_ = colon + 1;
        if (at_ < text_.size() && (text_[at_] == '(' || text_[at_] == '{') && depth < kMaxDepth) {
          return group(name, depth);
        }
        return leaf(name, at_ < text_.size() && text_[at_] == '"' ? quoted() : bare());
      }
    }
    return leaf(op, bare());
  }

  static Node leaf(const std::string& op, std::string value) {
    Node node;
    node.kind = Kind::leaf;
    node.op = op;
    node.value = std::move(value);
    node.tokens = search_tokens(node.value);
    return node;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Query::Query(std::string_view text, Time now) : root_(QueryParser(text).parse()), now_(now) {
  const auto reaches = [](const auto& self, const Node& node) -> bool {
    const auto value = to_lower_ascii(node.value);
    const bool place = node.op == "in" || node.op == "is" || node.op == "label";
    if (node.kind == Kind::leaf) {
      return place && (value == "anywhere" || value == "spam" || value == "trash");
    }
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](const Node& child) { return self(self, child); });
  };
  reaches_spam_and_trash_ = reaches(reaches, root_);
}

bool Query::matches(const Message& message, const LabelSet& labels) const {
  return Matcher(message, labels, now_).matches(root_);
}

}  // namespace mailmgr::sandbox::gmail
