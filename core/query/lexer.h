// Search text → tokens with their positions. Private to this room.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace mailmgr::query {

struct Token {
  enum class Kind { word, phrase, field, open, close, open_any, close_any, minus, not_, or_, end };
  Kind kind = Kind::end;
  std::string text;    // of word, phrase and field (lower case, without ':')
  std::size_t at = 0;  // byte offset in the query
};

// Every token of `text`, Kind::end last. A field is always followed directly by its value: a word, a phrase, '(' or
// '{'.
Result<std::vector<Token>> tokenize(std::string_view text);

// "reading the query, at character N: WHAT" as Code::usage; characters, not bytes, are counted.
Error error_at(std::string_view text, std::size_t at, std::string_view what, std::string hint);

}  // namespace mailmgr::query
