// The search language (`mailmgr help query`) as a tree. Parsing needs no mail and no database; the store turns the tree
// into SQL with bound parameters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr::query {

enum class Field {
  any,  // free words and "phrases": subject, names, addresses, bodies, attachment names
  from,
  to,
  cc,
  bcc,  // part of a name or address, or a whole address or domain (from:@example.org)
  list,
  subject,
  body,
  filename,
  label,
  in,   // a folder or label by name; in: also knows inbox archive sent drafts trash spam anywhere
  is,   // unread read starred draft sent
  has,  // attachment
  larger,
  smaller,  // bytes (5M, 200K, 1000)
  after,
  before,  // received at or after / before `time`; newer_than: and older_than: become these too
  account,
  domain,
  thread,
  id,
  message_id,  // rfc822msgid:; the text has its <>
};

struct Term {
  Field field = Field::any;
  std::string text;                     // the words as written, quotes removed
  bool phrase = false;                  // was quoted
  std::optional<Time> time;             // after, before
  std::optional<std::uint64_t> number;  // larger, smaller, id
};

struct Node {
  enum class Kind { all_of, any_of, none_of, term };  // no children: all_of matches everything
  Kind kind = Kind::all_of;
  std::vector<Node> children;  // none_of has one
  Term term;                   // Kind::term
};

struct Query {
  Node root;
  // Whether the query itself names spam, trash or anywhere; otherwise the store leaves spam and trash out, as Gmail
  // does.
  bool reaches_spam = false;
  bool reaches_trash = false;
};

// Code::usage with the position of what cannot be understood and the words that would be. `now` anchors newer_than:.
// Queries longer than 64 KiB and nesting deeper than 100 are refused.
Result<Query> parse(std::string_view text, Time now);

// The tree in one line, for `search --explain` and tests: (and from:"ada" (or "tea" "coffee") (not is:"read")).
std::string to_string(const Node& node);

}  // namespace mailmgr::query
