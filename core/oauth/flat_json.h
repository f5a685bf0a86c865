// A strict reader for the small JSON objects of token endpoints (RFC 6749 §5): one object, members of plain types. What
// a lenient reader would let pass is refused: duplicate names (at any level), nesting deeper than 64, anything after
// the object, invalid UTF-8. The reader keeps top-level members only and never recurses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace mailmgr {

struct JsonMember {
  enum class Type { text, number, other };  // other: null, boolean, object, array
  Type type = Type::other;
  std::string text;
  double number = 0;
  std::vector<std::int64_t> numbers;  // the integers of an array of integers
};

class FlatJson {
 public:
  // The error's message says what is wrong with the text ("not JSON", "a name occurs twice") and never quotes it; its
  // code is try_later, as an answer that cannot be read was not given by the server that was meant.
  static Result<FlatJson> parse(std::string_view text);

  std::vector<std::string_view> names() const;
  const JsonMember* find(std::string_view name) const;
  // The member's text; empty when it is absent or no text.
  std::string_view text(std::string_view name) const;

 private:
  std::map<std::string, JsonMember, std::less<>> members_;
};

}  // namespace mailmgr
