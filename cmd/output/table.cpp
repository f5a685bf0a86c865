#include "cmd/output/table.h"

#include <algorithm>

namespace mailmgr::output {

namespace {

constexpr std::size_t kReadable = 28;  // the flexible column does not give more while others can
constexpr std::size_t kNarrow = 8;     // and never more than this

std::size_t used(const std::vector<std::size_t>& widths) {
  std::size_t sum = 0;
  for (const auto width : widths) sum += width == 0 ? 0 : width + kColumnGap;
  return sum - std::min(sum, kColumnGap);
}

// Leaves out what can be spared until the rest fits at its least.
std::vector<std::size_t> spared(const std::vector<TableColumn>& columns, std::size_t terminal_columns) {
  std::vector<std::size_t> widths;
  std::vector<std::size_t> least;
  for (const auto& column : columns) {
    widths.push_back(column.longest);
    least.push_back(column.least);
  }
  while (used(least) > terminal_columns) {
    const TableColumn* next = nullptr;
    for (const auto& column : columns) {
      if (widths[&column - columns.data()] != 0 && column.spare > (next ? next->spare : 0)) next = &column;
    }
    if (next == nullptr) break;
    widths[next - columns.data()] = least[next - columns.data()] = 0;
  }
  return widths;
}

}  // namespace

std::vector<std::size_t> column_widths(const std::vector<TableColumn>& columns, std::size_t terminal_columns) {
  std::vector<std::size_t> widths = spared(columns, terminal_columns);
  std::size_t over = used(widths) - std::min(used(widths), terminal_columns);
  const auto flexible = static_cast<std::size_t>(
      std::find_if(columns.begin(), columns.end(), [](const TableColumn& c) { return c.flexible; }) - columns.begin());
  const auto flexible_gives = [&](std::size_t least) {
    if (flexible == columns.size()) return;
    const std::size_t given = std::min(over, widths[flexible] - std::min(widths[flexible], least));
    widths[flexible] -= given;
    over -= given;
  };
  flexible_gives(kReadable);
  for (; over > 0; --over) {
    std::size_t widest = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool can_give = i != flexible && widths[i] > columns[i].least;
      if (can_give && (widest == columns.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == columns.size()) break;
    --widths[widest];
  }
  flexible_gives(kNarrow);
  return widths;
}

}  // namespace mailmgr::output
