// Tags as they stand in HTML source (WHATWG HTML §13.2.5, simplified). Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailmgr::mail {

struct HtmlAttribute {
  std::string_view name;   // as written
  std::string_view value;  // as written, without quotes
  char quote = '"';        // what may enclose the value again
};

struct HtmlTag {
  std::string name;  // lower case
  bool closing = false;
  std::vector<HtmlAttribute> attributes;  // at most 64
  std::size_t end = 0;                    // offset after '>'

  const HtmlAttribute* find(std::string_view attribute) const;
  // display:none, the hidden attribute, zero size and the like.
  bool is_hidden() const;
};

// Reads the tag that begins at html[at] == '<'; false if none does (then '<' is text). A tag that never ends takes the
// rest.
bool read_tag(std::string_view html, std::size_t at, HtmlTag& tag);

}  // namespace mailmgr::mail
