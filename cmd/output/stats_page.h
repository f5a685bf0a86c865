// The page of `stats --html`: one file that needs nothing else, neither script nor network.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/ports/statistics.h"

namespace mailmgr::output {

// Stands in the first kilobyte of every such page, so that a later run knows what it may replace.
inline constexpr std::string_view kPageMark = "<meta name=\"generator\" content=\"mailmgr stats\">";

struct StatsPage {
  std::vector<std::string> accounts;  // names
  std::string scope;                  // "since 2026-01-01", "query …"; empty: all mail
  Time made;
  const Statistics& statistics;
};

std::string stats_page(const StatsPage& page);

// Bars for an axis of months: those without mail between the first and the last are there too, empty; more than three
// years are summed up by year. For tests as well.
std::vector<TallyRow> months_for_axis(const std::vector<TallyRow>& months);

}  // namespace mailmgr::output
