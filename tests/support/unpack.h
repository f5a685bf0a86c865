// Compressed streams anywhere in a file, for searching what is in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailmgr::test {

// What the gzip, zlib and zstd streams in `bytes` hold, wherever they begin; of a stream that breaks off, what came
// before. At most 16 MiB each.
std::vector<std::string> unpacked_streams(std::string_view bytes);

}  // namespace mailmgr::test
