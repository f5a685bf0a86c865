// What is safe and readable on a terminal. Text from servers and mails may hold escape sequences, C1 controls and
// bidirectional overrides; nothing of the kind reaches a terminal or a table.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailmgr::output {

// One line: control characters, line breaks, C1 controls, bidirectional and other invisible format characters and
// invalid UTF-8 become visible escapes (\n, \x1b, \u202e) or U+FFFD.
std::string one_line(std::string_view text);
// The same for several lines: line breaks and tabs stay.
std::string many_lines(std::string_view text);

// JSON text in which such characters are written as escapes (\u009b), which stand for the same: who reads it as JSON
// gets what was there, and a terminal on which it ends obeys none of it. `json` is valid.
std::string safe_json(std::string_view json);

// Columns a text takes on a terminal (East Asian wide characters two, combining marks none).
std::size_t width(std::string_view text);
// Cut to at most `columns`, ending in "…" where something was cut.
std::string cut(std::string_view text, std::size_t columns);
// Cut or padded with spaces to exactly `columns`.
std::string fit(std::string_view text, std::size_t columns);

bool is_terminal(int fd);
bool reader_is_gone(int fd);     // of a pipe: what could not be written there is not missed
std::size_t terminal_columns();  // of standard output; $COLUMNS, else the terminal, else 80

}  // namespace mailmgr::output
