// Gmail's search language, as far as the help page "Refine searches in Gmail" and the guide "Search and filter
// messages" describe it: operators from to cc bcc subject label in is has category filename list deliveredto
// rfc822msgid after before newer older newer_than older_than size larger smaller, words, "phrases", OR, {…}, (…), -, +.
// As in Gmail, nothing is a syntax error: what is no operator is searched for as words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "tests/sandbox/gmail/mailbox.h"

namespace mailmgr::sandbox::gmail {

class Query {
 public:
  // An empty text matches everything.
  Query(std::string_view text, Time now);

  bool empty() const { return root_.children.empty(); }
  bool matches(const Message& message, const LabelSet& labels) const;
  // Does it ask for spam or trash itself (in:anywhere, in:trash, is:spam …), so that these are not hidden?
  bool reaches_spam_and_trash() const { return reaches_spam_and_trash_; }

 private:
  friend class QueryParser;
  friend class Matcher;
  enum class Kind { all, any, none, leaf };  // none: not the only child
  struct Node {
    Kind kind = Kind::all;
    std::vector<Node> children;
    std::string op;                   // of a leaf; empty for words anywhere
    std::string value;                // as written
    std::vector<std::string> tokens;  // of value, folded
  };

  Node root_;
  Time now_;
  bool reaches_spam_and_trash_ = false;
};

// Lower-cased words: runs of letters and digits, everything else separates.
std::vector<std::string> search_tokens(std::string_view text);

}  // namespace mailmgr::sandbox::gmail
