// Comma-separated values as spreadsheets read and write them (RFC 4180): quoted fields, also over several lines, CRLF
// or LF line ends, a byte order mark in front; spaces around unquoted fields do not count.
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

// One line, with its CRLF, for a spreadsheet to open. What it would take for a formula (= + - @, tab, CR at the start)
// gets an apostrophe in front, since the fields come out of mail and lists (OWASP ASVS 1.2.10).
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace mailmgr
