// Told now and then how far a long piece of work is.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace mailmgr {

// `doing` is one word for people ("copying"); `done` and `total` are bytes. May be empty: nobody watches.
using ByteProgress = std::function<void(std::string_view doing, std::uint64_t done, std::uint64_t total)>;

}  // namespace mailmgr
