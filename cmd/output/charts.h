// Bar charts as SVG inside an HTML page: no script, no network. Positions along a chart are percentages, so that it
// fits any width while its letters keep their size. Labels are hostile; what comes out is safe to put into a page.
// Colours and fonts are the page's (classes of stats_page.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mailmgr::output {

enum class Scale { count, bytes, seconds };

struct Bar {
  std::string label;
  std::uint64_t value = 0;
};

struct Chart {
  std::string id;     // of its elements in the page
  std::string title;  // our own words
  Scale scale = Scale::count;
  std::vector<Bar> bars;
};

std::string value_text(std::uint64_t value, Scale scale);

// Marks for an axis from 0 to at least `most`: round numbers, three to six of them, the first 0.
std::vector<std::uint64_t> ticks(std::uint64_t most, Scale scale);

// Bars that stand side by side, for what has an order (months).
std::string columns_svg(const Chart& chart);
// Bars below each other with their labels above them, for names.
std::string rows_svg(const Chart& chart);

// Text as HTML: nothing in it acts, and no character of it changes what stands around it.
std::string page_text(const std::string& text);

}  // namespace mailmgr::output
