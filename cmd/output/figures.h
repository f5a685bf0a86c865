// Numbers as people read them, and bars on a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace mailmgr::output {

std::string count_text(std::uint64_t count);           // "12,345"
std::string size_text(std::uint64_t bytes);            // "980 B", "1.2 MB": powers of 1000
std::string duration_text(std::chrono::seconds time);  // "45 s", "2 h 10 min", "3 d 4 h": the two largest units

// `value` of `most`, as blocks of at most `columns`; a value that is not 0 shows.
std::string bar(std::uint64_t value, std::uint64_t most, std::size_t columns);

}  // namespace mailmgr::output
