// Figures for people, the marks of an axis, and what stands in the page of `stats --html`.
#include "cmd/output/stats_page.h"

#include <doctest/doctest.h>

#include "cmd/output/charts.h"
#include "cmd/output/figures.h"
#include "cmd/output/terminal.h"

using namespace mailmgr;
using namespace mailmgr::output;

namespace {

Tally with_messages(std::uint64_t messages) {
  Tally tally;
  tally.messages = messages;
  return tally;
}

}  // namespace

TEST_CASE("figures are written as people read them") {
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1000) == "1,000");
  CHECK(count_text(12345678) == "12,345,678");
  CHECK(size_text(999) == "999 B");
  CHECK(size_text(1000) == "1.0 kB");
  CHECK(size_text(9'949) == "9.9 kB");
  CHECK(size_text(9'950) == "10 kB");
  CHECK(size_text(999'600) == "1.0 MB");
  CHECK(size_text(UINT64_MAX) == "18 EB");
  CHECK(duration_text(std::chrono::seconds(0)) == "0 s");
  CHECK(duration_text(std::chrono::seconds(-5)) == "0 s");
  CHECK(duration_text(std::chrono::seconds(61)) == "1 min 1 s");
  CHECK(duration_text(std::chrono::seconds(7800)) == "2 h 10 min");
  CHECK(duration_text(std::chrono::seconds(86400)) == "1 d");
}

TEST_CASE("a bar is in proportion, never wider than its room, and shows what is not nothing") {
  CHECK(bar(0, 10, 8).empty());
  CHECK(bar(5, 10, 8) == "████");
  CHECK(bar(1, 1'000'000, 8) == "▏");
  for (std::uint64_t value = 1; value <= 100; ++value) CHECK(width(bar(value, 100, 8)) <= 8);
  CHECK(width(bar(200, 100, 8)) == 8);
  CHECK(bar(1, 0, 8).empty());
}

TEST_CASE("an axis has three to six round marks and reaches over its largest value") {
  for (const auto scale : {Scale::count, Scale::bytes, Scale::seconds}) {
    for (std::uint64_t most = 0; most < 3'000'000; most = most * 5 / 4 + 1) {
      CAPTURE(most);
      const auto marks = ticks(most, scale);
      CHECK(marks.front() == 0);
      CHECK(marks.back() >= most);
      CHECK(marks.size() >= 2);
      CHECK(marks.size() <= 6);
      if (most > 0) CHECK(marks.back() - marks[1] < most);  // no room for another bar above
    }
  }
  CHECK(ticks(3, Scale::count) == std::vector<std::uint64_t>{0, 1, 2, 3});
  CHECK(ticks(7000, Scale::seconds) == std::vector<std::uint64_t>{0, 1800, 3600, 5400, 7200});
}

TEST_CASE("an axis of months has those without mail too, and more than three years become years") {
  const auto axis =
      months_for_axis({{"2025-11", with_messages(1)}, {"2026-02", with_messages(2)}, {"odd", with_messages(9)}});
  REQUIRE(axis.size() == 4);
  CHECK(axis[1].key == "2025-12");
  CHECK(axis[1].tally.messages == 0);
  CHECK(axis[3].tally.messages == 2);
  const auto years =
      months_for_axis({{"1970-01", with_messages(1)}, {"2025-01", with_messages(2)}, {"2025-03", with_messages(3)}});
  CHECK(years.size() == 36);
  CHECK(years.back().key == "2025");
  CHECK(years.back().tally.messages == 5);
  CHECK(months_for_axis({}).empty());
}

TEST_CASE("names in the page are text, whatever they hold, and the page holds no way out") {
  Statistics statistics;
  const std::string hostile = "</text></svg><script>alert(1)</script>\"'\x1b[2J\xe2\x80\xae\xff";
  for (const auto by : {Dimension::sender, Dimension::folder})
    statistics.rows[by] = {{hostile, with_messages(1)}, {"", with_messages(0)}};
  const auto page = stats_page({{hostile}, hostile, {}, statistics});
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("&lt;/text&gt;") != std::string::npos);
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(page.find("\xe2\x80\xae") == std::string::npos);
  CHECK(page.find('\xff') == std::string::npos);
  CHECK(page.find("default-src 'none'") != std::string::npos);
  CHECK(page.substr(0, 1024).find(kPageMark) != std::string::npos);
  CHECK(page.find("(none)") != std::string::npos);
}
