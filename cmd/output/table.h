// How wide the columns of a table are on a terminal that may be too narrow for all of them.
#pragma once

#include <cstddef>
#include <vector>

namespace mailmgr::output {

constexpr std::size_t kColumnGap = 2;  // spaces between two columns

struct TableColumn {
  std::size_t longest = 0;  // of its cells and its title, in columns of the terminal
  std::size_t least = 0;    // what it still says something with; not above `longest`
  bool flexible = false;    // gives first and longest: at most one
  std::size_t spare = 0;    // left out before anything is cut to less than that, the highest first; 0: never
};

// The width of each; 0: left out. More than the terminal has only where no column can be spared any more.
std::vector<std::size_t> column_widths(const std::vector<TableColumn>& columns, std::size_t terminal_columns);

}  // namespace mailmgr::output
