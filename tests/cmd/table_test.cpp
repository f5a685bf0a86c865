#include "cmd/output/table.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace mailmgr::output;

namespace {

// As a list of messages has them: numbers, dates, accounts, names, subjects, folders.
const std::vector<TableColumn> kColumns{{.longest = 6, .least = 6},
                                        {.longest = 16, .least = 16, .spare = 1},
                                        {.longest = 22, .least = 8, .spare = 2},
                                        {.longest = 24, .least = 8},
                                        {.longest = 70, .least = 18, .flexible = true},
                                        {.longest = 20, .least = 8, .spare = 3}};

std::size_t used(const std::vector<std::size_t>& widths) {
  std::size_t sum = 0;
  for (const auto width : widths) sum += width == 0 ? 0 : width + kColumnGap;
  return sum == 0 ? 0 : sum - kColumnGap;
}

}  // namespace

TEST_CASE("columns that fit are as wide as what they hold") {
  const auto widths = column_widths(kColumns, 168);
  CHECK(widths == std::vector<std::size_t>{6, 16, 22, 24, 70, 20});
  CHECK(used(widths) == 168);
  CHECK(column_widths({}, 10).empty());
}

TEST_CASE(
    "columns use what a terminal has, and none is cut to less than it says something with while one can be spared") {
  for (std::size_t terminal = 36; terminal <= 168; ++terminal) {
    CAPTURE(terminal);
    const auto widths = column_widths(kColumns, terminal);
    CHECK(used(widths) <= terminal);
    bool is_cut = false;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      CHECK((widths[i] == 0 || widths[i] >= kColumns[i].least));
      CHECK(widths[i] <= kColumns[i].longest);
      is_cut |= widths[i] != 0 && widths[i] < kColumns[i].longest;
    }
    if (is_cut) CHECK(used(widths) == terminal);
    // In their order, and only where the others would not fit.
    CHECK((widths[1] != 0) >= (widths[2] != 0));
    CHECK((widths[2] != 0) >= (widths[5] != 0));
    CHECK((widths[5] != 0) == (terminal >= 74));
    CHECK((widths[2] != 0) == (terminal >= 64));
    CHECK((widths[1] != 0) == (terminal >= 54));
  }
}

TEST_CASE("the flexible column gives first, then the widest of the others") {
  CHECK(column_widths(kColumns, 126) == std::vector<std::size_t>{6, 16, 22, 24, 28, 20});
  CHECK(column_widths(kColumns, 124) == std::vector<std::size_t>{6, 16, 22, 22, 28, 20});
  CHECK(column_widths(kColumns, 120) == std::vector<std::size_t>{6, 16, 20, 20, 28, 20});
}

TEST_CASE("where nothing more can be spared, the flexible column gives until little is left of it") {
  CHECK(column_widths(kColumns, 30) == std::vector<std::size_t>{6, 0, 0, 8, 12, 0});
  CHECK(column_widths(kColumns, 10) == std::vector<std::size_t>{6, 0, 0, 8, 8, 0});
}
