// The search language (`mailmgr help query`) as a tree. Parsing needs no mail and no database; the store turns the tree
// into SQL with bound parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr::query {

enum class Field {
  any,  // free words and "phrases": subject, names, addresses, bodies, attachment names, notes
  from,
  to,
  cc,
  bcc,  // part of a name or address, or a whole address or domain (from:@example.org)
  list,
  subject,
  body,
  filename,
  note,
  label,
  in,   // a folder or label by name, with "/*" also what is under it; in: also knows inbox archive sent drafts trash
        // spam anywhere
  is,   // unread read starred draft sent todo
  has,  // attachment note
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

// The text of a saved search; nullopt: there is none of that name.
using SavedText = std::function<Result<std::optional<std::string>>(std::string_view name)>;

// Code::usage with the position of what cannot be understood and the words that would be. `now` anchors newer_than:.
// Queries longer than 64 KiB and nesting deeper than 100 are refused, saved searches included. A free word @NAME is the
// saved search of that name: not_found where there is none, usage where it refers to itself; without `saved` it is a
// word like others. Words without a letter or digit ask for nothing beside others, and find nothing by themselves.
Result<Query> parse(std::string_view text, Time now, const SavedText& saved = {});

// What a saved search may be called: letters, digits, '-' and '_', 1 to 64 bytes.
bool is_saved_name(std::string_view name);

// Where in the text an error of parse() is, counted in characters from 0; nullopt where it names no place.
std::optional<std::size_t> place_of(const Error& error);

// The tree in one line, for `search --explain` and tests: (and from:"ada" (or "tea" "coffee") (not is:"read")).
std::string to_string(const Node& node);

// `text` as the language writes a phrase.
std::string quoted(std::string_view text);

}  // namespace mailmgr::query
