// RFC 2047 encoded words. Private to this room. Our own reading, because GMime 3.2.13 drops what follows a padded
// base64 word ("=?utf-8?b?w6Q=?= =?utf-8?b?w7Y=?=" gives only the first letter).
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::mail {

// UTF-8 in, UTF-8 out. Words in all places are decoded, also where the RFC does not allow them; adjacent words of one
// charset are joined before conversion, since mailers cut through characters. What is no whole word stays as it is.
std::string decode_words(std::string_view text);

}  // namespace mailmgr::mail
