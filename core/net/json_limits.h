// A guard in front of the JSON parser.
#pragma once

#include <string_view>

namespace mailmgr {

// Deep enough for any answer of a provider, shallow enough for recursive code.
inline constexpr int kMaxJsonDepth = 64;

// Whether arrays and objects are nested at most `depth` deep. It is one pass without recursion, to be made before a
// parser sees the text: a document a million levels deep parses, but copying or printing it overflows the stack. Says
// nothing about whether the text is valid.
bool nesting_within(std::string_view json, int depth = kMaxJsonDepth);

}  // namespace mailmgr
