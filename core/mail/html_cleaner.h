// HTML reduced to what matters for reading it as text, and tamed: no scripts, styles, comments, hidden parts, tracking
// pixels, inline formatting or attributes, and no nesting that could hurt a tree builder. Private to this room. One
// pass.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::mail {

// At most 1 MiB of `html` is looked at. Kept: block elements, lists, tables, <a href>, <img alt>, <br>, <hr>, <pre>,
// and text with its entities. Elements nested deeper than 256 are dropped, their text stays. Inline formatting must go
// for safety too: HTML's rules re-open every unclosed <b> in every later paragraph, which multiplies the tree.
std::string clean_html(std::string_view html);

}  // namespace mailmgr::mail
