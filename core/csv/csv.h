// Comma-separated values as spreadsheets write them (RFC 4180): quoted fields, also over several lines, CRLF or LF line
// ends, a byte order mark in front; spaces around unquoted fields do not count.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace mailmgr {

struct CsvRow {
  std::size_t line = 0;  // where it begins, from 1, for messages
  std::vector<std::string> fields;
};

// The rows in order; empty lines are left out. Code::usage, naming the line, for quotes that do not balance and for
// text that is not UTF-8 or holds NUL.
Result<std::vector<CsvRow>> read_csv(std::string_view text);

}  // namespace mailmgr
